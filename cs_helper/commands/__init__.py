"""One module a verb: `run(…)` does the work and returns the exit code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cs_helper.model import Library

VERBS = ("batch", "check", "eval", "list", "path", "reply", "search", "show")


def open_library(folders: Sequence[str]) -> Library:
    """The library with all that the index leaves out, read from its files; broken ones are reported on stderr.

    Raises:
        LibraryError: a folder is missing, or no scenario can be read.
    """
    from cs_helper.library import read_library
    from cs_helper.output import note_problems
    from cs_helper.paths import library_layers

    library = read_library([path for path, _ in library_layers(folders)])
    note_problems([str(p) for p in library.problems if p.level == "error"])
    return library
