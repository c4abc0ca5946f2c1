"""Where things are: this platform's configuration and cache folders, and the layers of the phrase library."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from cs_helper.errors import LibraryError

NAME = "cs-helper"


def config_dir() -> Path | None:
    """The folder of `config.toml` and of the user's own library; None when the system names no home."""
    return _dir("XDG_CONFIG_HOME", ".config", "APPDATA", "Library/Application Support")


def config_file() -> Path | None:
    """The shop's profile, whether it exists or not; None when the system names no home."""
    folder = config_dir()
    return folder / "config.toml" if folder else None


def cache_dir() -> Path | None:
    """The folder of the built indexes; None when the system names no home."""
    return _dir("XDG_CACHE_HOME", ".cache", "LOCALAPPDATA", "Library/Caches")


def _dir(xdg: str, linux: str, windows: str, macos: str) -> Path | None:
    base = os.environ.get(windows if sys.platform == "win32" else xdg, "")
    if os.path.isabs(base):
        return Path(base, NAME)
    home = os.path.expanduser("~")
    if not os.path.isabs(home):
        return None
    return Path(home, macos if sys.platform == "darwin" else linux, NAME)


def bundled_library() -> Path:
    """The library that ships with the package: inside it in a wheel, beside it in a checkout."""
    inside = Path(__file__).parent / "scripts_library"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "scripts_library"


def bundled_index() -> Path:
    """The bundled library's index, compiled when the package was built; a checkout has none."""
    return Path(__file__).parent / "library.index"


def library_layers(extra: Iterable[str | os.PathLike[str]] = ()) -> list[tuple[Path, str]]:
    """The library folders in use, lowest first, each with the reason why.

    Raises:
        LibraryError: a folder that was asked for does not exist.
    """
    layers = [(bundled_library(), "bundled")]
    config = config_dir()
    if config and os.path.isdir(config / "scripts_library"):
        layers.append((config / "scripts_library", "yours"))
    layers += [(Path(p), "CS_HELPER_LIBRARY") for p in os.environ.get("CS_HELPER_LIBRARY", "").split(os.pathsep) if p]
    layers += [(Path(p), "--library") for p in extra]
    for path, why in layers:
        if not os.path.isdir(path):
            raise LibraryError(f"{path}: not a library folder" + (f" ({why})" if why != "--library" else ""))
    return layers
