"""What `batch` tells on stderr: notes at once, a bar while it takes long (on a terminal), the counts at the end."""

from __future__ import annotations

import os
import sys
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple

from cs_helper.text import clean

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
        parts = (_count(self.messages, "message"), f"{self.confident:,} confident", _count(self.errors, "error"))
        return ", ".join(parts)


class Report:
    """The talk of one run; a context manager, so that an interrupted bar leaves a clean terminal."""

    def __init__(self, *, total: int, bar: bool) -> None:
        """`total` is the size of the input in bytes, 0 when unknown; `bar` allows a bar if stderr is a terminal."""
        self._total = total
        self._wanted = bar and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._start = self._shown = monotonic()
        self._bar: tuple[Progress, TaskID] | None = None

    def __enter__(self) -> Report:
        return self

    def __exit__(self, kind: type[BaseException] | None, e: BaseException | None, where: TracebackType | None) -> None:
        if self._bar:
            self._bar[0].stop()
            self._bar = None

    def note(self, line: str) -> None:
        """A line of its own."""
        line = " ".join(clean(line).split())
        if self._bar:
            self._bar[0].console.print(line, markup=False, highlight=False, emoji=False, soft_wrap=True)
        else:
            print("cs-helper:", line, file=sys.stderr)

    def advance(self, position: int, counts: Counts) -> None:
        """So many bytes were read, so much was done."""
        now = monotonic()
        if self._wanted and now - self._shown >= (REFRESH if self._bar else PATIENCE):
            self._shown = now
            progress, task = self._bar = self._bar or _start_bar(self._total)
            progress.update(task, completed=position, counts=str(counts))
            progress.refresh()

    def finish(self, counts: Counts) -> None:
        """The last line: what was done, in which time."""
        self.__exit__(None, None, None)
        print(f"{counts}, {monotonic() - self._start:.1f} s", file=sys.stderr)


def _start_bar(total: int) -> tuple[Progress, TaskID]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (BarColumn(20), TaskProgressColumn(), TextColumn("{task.fields[counts]}"), TimeRemainingColumn())
    progress = Progress(*columns, console=Console(stderr=True), transient=True, auto_refresh=False)
    progress.start()
    return progress, progress.add_task("", total=total or None, counts="")


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"
