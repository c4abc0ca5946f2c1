"""How far a batch has come: its counts, and a bar on a terminal while it takes long."""

from __future__ import annotations

import os
import sys
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

PATIENCE = 0.5  # seconds before a bar appears
REFRESH = 0.1  # seconds between two looks of it


class Counts(NamedTuple):
    """How many messages there were, and how many of them were answered confidently or not at all."""

    messages: int = 0
    confident: int = 0
    errors: int = 0

    def plus(self, other: Counts) -> Counts:
        """The sum of both."""
        return Counts(self.messages + other.messages, self.confident + other.confident, self.errors + other.errors)

    def __str__(self) -> str:
        return f"{_count(self.messages, 'message')}, {self.confident:,} confident, {_count(self.errors, 'error')}"


class Bar:
    """A progress bar on stderr; a context manager, so that an interruption leaves a clean terminal."""

    def __init__(self, *, total: int, wanted: bool) -> None:
        """`total` is the size of the input in bytes, 0 when unknown; a bar needs to be wanted and a terminal."""
        self._total = total
        self._wanted = wanted and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._shown = monotonic()
        self._drawn: tuple[Progress, TaskID] | None = None

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, kind: type[BaseException] | None, e: BaseException | None, where: TracebackType | None) -> None:
        if self._drawn:
            self._drawn[0].stop()

    def advance(self, position: int, counts: Counts) -> None:
        """So many bytes were read, so much was done."""
        now = monotonic()
        if self._wanted and now - self._shown >= (REFRESH if self._drawn else PATIENCE):
            self._shown = now
            progress, task = self._drawn = self._drawn or _draw(self._total)
            progress.update(task, completed=position, counts=str(counts))
            progress.refresh()


def _draw(total: int) -> tuple[Progress, TaskID]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (BarColumn(12), TaskProgressColumn(), TextColumn("{task.fields[counts]}"), TimeRemainingColumn())
    progress = Progress(*columns, console=Console(stderr=True), transient=True, auto_refresh=False)
    progress.start()
    return progress, progress.add_task("", total=total or None, counts="")


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"
