"""One module a verb: `run(…)` does the work and returns the exit code."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cs_helper.errors import CsHelperError

if TYPE_CHECKING:
    from cs_helper.model import Library

VERBS = ("batch", "check", "eval", "list", "path", "reply", "search", "show")


def check_choice(option: str, value: str | None, known: Sequence[str]) -> None:
    """Complain about an option's value that is none of the known ones.

    Raises:
        CsHelperError: it is not.
    """
    if value is not None and value not in known:
        raise CsHelperError(f"{option} {value}: known are {', '.join(known)}")


def decode_argument(argument: str) -> str:
    """An argument in whatever encoding the terminal has: its bytes, decoded as those of a file would be."""
    from cs_helper.text import decode

    try:
        return decode(os.fsencode(argument))
    except UnicodeEncodeError:  # not from a command line
        return argument


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
