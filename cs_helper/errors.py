"""What can go wrong, as types: everything that the command line turns into one line and exit code 2."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cs_helper.model import Problem


class CsHelperError(Exception):
    """A mistake in the input or the surroundings; `str()` of it is the one line a user should read."""


class LibraryError(CsHelperError):
    """No usable phrase library; `problems` holds every finding with its place."""

    def __init__(self, message: str, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(message)
        self.problems = problems


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of a complaint about an unknown word: "; did you mean …?", or nothing when no known word is near."""
    import difflib

    near = difflib.get_close_matches(word, list(known), n=2, cutoff=0.6)
    return f"; did you mean {' or '.join(near)}?" if near else ""
