"""What can go wrong, as types: everything that the command line turns into one line and exit code 2."""

from __future__ import annotations

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
