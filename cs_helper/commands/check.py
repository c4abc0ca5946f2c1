"""`cs-helper check`: lint a library."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

from cs_helper.errors import CsHelperError
from cs_helper.library import read_layers, unread_files
from cs_helper.lint import lint
from cs_helper.model import LEVELS, STAGES, Problem
from cs_helper.output import Line, note, print_json, print_lines
from cs_helper.paths import bundled_library
from cs_helper.text import clean

FORMATS = ("text", "json")


def run(folders: list[Path], *, output_format: str, strict: bool, hints: bool) -> int:
    """Check only the given folders, laid over each other (the bundled library when none is given).

    Placeholders, wording rules and words that the bundled library declares count as known.
    """
    if output_format not in FORMATS:
        raise CsHelperError(f"--format {clean(output_format)}: known are {', '.join(FORMATS)}")
    problems = sorted(
        (replace(p, path=_relative(p.path)) for p in _find(folders or [bundled_library()], hints)),
        key=lambda p: (p.path, p.line, p.col, p.rule),
    )
    counts: Counter[str] = Counter(p.level for p in problems)
    if output_format == "json":
        totals = {f"{level}s": counts[level] for level in LEVELS}
        print_json({"version": 1, **totals, "problems": [asdict(p) for p in problems]})
    else:
        print_lines([Line([(" ".join(str(p).split()), "")], raw=True) for p in problems], color=False)
    note(", ".join(_count(counts[level], level) for level in LEVELS if level != "hint" or hints))
    return 1 if counts["error"] or (strict and counts["warning"]) else 0


def _find(folders: list[Path], hints: bool) -> Iterator[Problem]:
    library = read_layers(folders)
    if not (library.places or library.problems):
        raise CsHelperError(f"no library in {', '.join(map(str, folders))}; it has folders like {', '.join(STAGES)}")
    yield from library.problems
    for path in (path for folder in folders for path in unread_files(folder)):
        yield Problem(str(path), 1, 1, "warning", "nobody reads a file of this name or in this folder", "stray-file")
    bundled = bundled_library()
    known = any(os.path.samefile(folder, bundled) for folder in folders)
    below = None if known else read_layers([bundled], only_shared=True)
    yield from lint(library, below=below, hints=hints, progress=_tell if sys.stderr.isatty() else None)


def _relative(path: str) -> str:
    """The path from here when it lies below the current folder."""
    here = os.getcwd() + os.sep
    return os.path.abspath(path).removeprefix(here)


def _count(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")


def _tell(done: int, steps: int) -> None:
    note(f"learnt {done} of {steps} times")
