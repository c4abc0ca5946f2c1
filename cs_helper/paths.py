"""Where this platform keeps a program's configuration and cache."""

from __future__ import annotations

import os
import sys
from pathlib import Path

NAME = "cs-helper"


def config_dir() -> Path | None:
    """The folder of `config.toml` and of the user's own library; None when the system names no home."""
    return _dir("XDG_CONFIG_HOME", ".config", "APPDATA", "Library/Application Support")


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
