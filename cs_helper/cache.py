"""Keep built indexes in the platform's cache folder, keyed by the library's content and this program's version."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from time import time
from zlib import crc32

from cs_helper import __version__
from cs_helper.index import FORMAT, Index
from cs_helper.model import STAGES
from cs_helper.paths import bundled_index, cache_dir

LEFT_BEHIND = 3600  # seconds after which nobody can be writing a file any more
MAKERS = (
    "build", "examples", "features", "hanzi", "kept", "lanes", "library", "records", "text", "train", "yaml_file",
)  # fmt: skip
KEEP = 8  # indexes that stay in the cache, one for each combination of library folders lately used


def load_index(layers: Sequence[Path], *, before_build: Callable[[], None] | None = None) -> Index:
    """The index of these library folders: one that fits their content, else built and put into the cache.

    `before_build` is called when it must be built, which takes a second or two. A cache that is missing, stale,
    damaged, read-only or full changes nothing but that.

    Raises:
        LibraryError: there is no usable library.
    """
    key = fingerprint(layers)

    def rebuild(earlier: Sequence[Index] = ()) -> bytes:
        if before_build:
            before_build()
        data = compile_library(layers, earlier)
        path = index_path(layers)
        if path:
            with suppress(OSError):
                _store(path, data)
        return data

    earlier = []
    for path in _places(layers):
        with suppress(OSError, ValueError):
            index = Index(_map(path), rebuild=rebuild)
            if index.key == key:
                return index
            if index.key.partition("\n")[0] == key.partition("\n")[0]:  # made by the same code
                earlier.append(index)
    return Index(rebuild(earlier))


def compile_library(layers: Sequence[Path], earlier: Sequence[Index] = ()) -> bytes:
    """The index of these library folders, built; `earlier` ones, made by the same code, lend what has not changed.

    Raises:
        LibraryError: there is no usable library.
    """
    from cs_helper.build import build
    from cs_helper.kept import read_kept
    from cs_helper.library import read_drafts, read_library

    with _no_collector():
        lent = [kept for kept in map(read_kept, earlier) if kept]
        drafts = {name: scenario for kept in lent for name, scenario in kept.drafts.items()} or read_drafts(layers)
        return build(read_library(layers, drafts), fingerprint(layers), lent)


def _places(layers: Sequence[Path]) -> list[Path]:
    """Where an index of these folders may be: in the cache, or with the program."""
    path = index_path(layers)
    return [path, bundled_index()] if path else [bundled_index()]


@contextmanager
def _no_collector() -> Iterator[None]:
    """Look for no garbage meanwhile: a library's many records hold none, and looking takes a third of the time."""
    import gc

    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def index_path(layers: Sequence[Path]) -> Path | None:
    """Where the index of these library folders is kept; None when there is no cache folder."""
    folder = cache_dir()
    if folder is None:
        return None
    return folder / f"{crc32(os.fsencode(os.pathsep.join(map(os.path.abspath, layers)))):08x}.index"


def index_state(layers: Sequence[Path]) -> tuple[Path | None, str]:
    """Which index the next reply finds, and its state: "up to date", "out of date", "damaged" or "not built yet"."""
    states = [(path, _state(path, layers)) for path in _places(layers)]
    return next((found for found in states if found[1] == "up to date"), (index_path(layers), states[0][1]))


def _state(path: Path, layers: Sequence[Path]) -> str:
    try:
        index = Index(_map(path))
    except OSError:
        return "not built yet"
    except ValueError:
        return "damaged"
    return "up to date" if index.key == fingerprint(layers) else "out of date"


def fingerprint(layers: Sequence[Path]) -> str:
    """A key that changes with any library file's place, name or content, and with the code that makes an index of it."""
    parts = [f"{__version__} {FORMAT} {sys.byteorder} {_maker()}"]
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


def _maker() -> int:
    """A checksum of the modules on which the content of an index depends."""
    checksum = 0
    for name in MAKERS:
        with suppress(OSError), open(os.path.join(os.path.dirname(__file__), f"{name}.py"), "rb") as f:
            checksum = crc32(f.read(), checksum)
    return checksum


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
