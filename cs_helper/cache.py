"""Keep built indexes in the platform's cache folder, keyed by the library's content and this program's version."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from time import time
from zlib import crc32

from cs_helper import __version__
from cs_helper.index import FORMAT, Index
from cs_helper.model import STAGES
from cs_helper.paths import cache_dir

LEFT_BEHIND = 3600  # seconds after which nobody can be writing a file any more
KEEP = 8  # indexes that stay in the cache, one for each combination of library folders lately used


def load_index(layers: Sequence[Path], *, before_build: Callable[[], None] | None = None) -> Index:
    """The index of these library folders: from the cache when it fits their content, else built and put there.

    `before_build` is called when it must be built, which takes seconds. A cache that is missing, stale, damaged,
    read-only or full changes nothing but that.

    Raises:
        LibraryError: there is no usable library.
    """
    key = fingerprint(layers)
    path = index_path(layers)

    def rebuild() -> bytes:
        if before_build:
            before_build()
        from cs_helper.build import build
        from cs_helper.library import read_library

        data = build(read_library(layers), key)
        if path:
            with suppress(OSError):
                _store(path, data)
        return data

    if path:
        with suppress(OSError, ValueError):
            index = Index(_map(path), rebuild=rebuild)
            if index.key == key:
                return index
    return Index(rebuild())


def index_path(layers: Sequence[Path]) -> Path | None:
    """Where the index of these library folders is kept; None when there is no cache folder."""
    folder = cache_dir()
    if folder is None:
        return None
    return folder / f"{crc32(os.fsencode(os.pathsep.join(map(os.path.abspath, layers)))):08x}.index"


def index_state(layers: Sequence[Path]) -> str:
    """What the next reply finds in the cache: "up to date", "out of date", "damaged" or "not built yet"."""
    path = index_path(layers)
    try:
        index = Index(_map(path)) if path else None
    except OSError:
        return "not built yet"
    except ValueError:
        return "damaged"
    if index is None:
        return "not built yet"
    return "up to date" if index.key == fingerprint(layers) else "out of date"


def fingerprint(layers: Sequence[Path]) -> str:
    """A key that changes with any library file's place, name or content, and with the program and its index format."""
    parts = [f"{__version__} {FORMAT}"]
    for layer in layers:
        for stage in ("", *STAGES):
            folder = layer / stage
            parts.append(f"/{stage}")
            with suppress(OSError):
                for name in sorted(os.listdir(folder)):
                    if name.endswith((".yaml", ".yml")):
                        with suppress(OSError), open(os.path.join(folder, name), "rb") as f:
                            data = f.read()
                            parts.append(f"{name} {len(data)} {crc32(data)}")
    return "\n".join(parts)


def _map(path: Path) -> memoryview:
    """The file's bytes, mapped so that only the pages that are looked at get read."""
    import mmap

    with open(path, "rb") as f:
        return memoryview(mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ))


def _store(path: Path, data: bytes) -> None:
    """Write a cache file whole or not at all; remove the oldest ones, and what a killed process left behind."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}.part")
    try:
        part.write_bytes(data)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    others = sorted((-p.stat().st_mtime, p) for p in path.parent.glob("*.index") if p != path)
    left = [p for p in path.parent.glob("*.part") if p.stat().st_mtime < time() - LEFT_BEHIND]
    for old in (*left, *(p for _, p in others[KEEP - 1 :])):
        old.unlink(missing_ok=True)
