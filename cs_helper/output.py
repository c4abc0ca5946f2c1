"""The only printer: plain text and JSON for pipes, lines in style for terminals, notes for people on stderr."""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from cs_helper.text import clean

if TYPE_CHECKING:
    from rich.console import Console

    from cs_helper.model import FilledReply, Suggested, Suggestion

PROBLEMS = 3  # findings in library files that a run names, of the others only the number

# styles that read well on light and on dark: the terminal's own colour, bold or dim, and few others
HEAD = "bold"
DIM = "dim"
MARK = "bold magenta"
GAP = "black on yellow"
GOOD = "green"
BAD = "red"


class Line(NamedTuple):
    """A line of a view: its parts as (text, style), right of a label in a column of its own.

    A raw line has no label and is never broken, so that the mouse selects the text as it is.
    """

    parts: Sequence[tuple[str, str]] = ()
    label: str = ""
    column: int = 0  # cells
    raw: bool = False


def is_view() -> bool:
    """Whether a person looks at stdout: a view then, else plain text."""
    return sys.stdout.isatty()


def print_replies(replies: Iterable[FilledReply]) -> None:
    """The texts as they are, a blank line between."""
    sys.stdout.write("\n\n".join(r.text for r in replies) + "\n")


def print_json(data: object) -> None:
    """One JSON object: on one line, or indented for a person."""
    import json

    text = json.dumps(data, ensure_ascii=False, indent=2 if is_view() else None)
    sys.stdout.write(text.translate(_C1) + "\n")


def print_lines(lines: Iterable[Line], *, color: bool) -> None:
    """Lines in style, folded at the terminal's width; on a pipe the same texts, plain and unfolded."""
    if is_view():
        _print_view(lines, _console(color))
        return
    for line in lines:
        sys.stdout.write(_plain(line) + "\n")


def note_lines(lines: Iterable[Line]) -> None:
    """Lines for a person on stderr, where stdout is a pipe that must get nothing else."""
    sys.stdout.flush()
    for line in lines:
        sys.stderr.write(_plain(line) + "\n")


def _plain(line: Line) -> str:
    return (pad(line.label, line.column) + "".join(clean(part) for part, _ in line.parts)).rstrip()


def note(text: str) -> None:
    """One line for a person, on stderr, after what stdout has got so far."""
    sys.stdout.flush()
    sys.stderr.write(f"cs-helper: {' '.join(clean(text).split())}\n")


def note_problems(problems: Sequence[str]) -> None:
    """The library files that were left out, at most a few of them by name."""
    for problem in problems[:PROBLEMS]:
        sys.stderr.write(" ".join(clean(problem).split()) + "\n")
    if len(problems) > PROBLEMS:
        note(f"{len(problems) - PROBLEMS} more problems in library files; `cs-helper check` shows them")


def note_building() -> None:
    """Tell a waiting person what takes so long."""
    if sys.stderr.isatty():
        note("preparing the phrase library; this happens once after it changed …")


def cells(text: str) -> int:
    """The width of a text on a terminal: a Chinese character takes two cells."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def pad(text: str, column: int) -> str:
    """The text, cleaned, with spaces up to a width in cells."""
    text = clean(text)
    return text + " " * max(0, column - cells(text))


def suggestion_object(suggestion: Suggestion) -> dict[str, Any]:
    """What `--json` prints, version 1: keys are only ever added; README documents them and a test holds them."""
    return {
        "version": 1,
        "message": suggestion.message,
        "confident": suggestion.confident,
        "lang": suggestion.lang,
        "mood": suggestion.mood,
        "matches": [_match_object(m) for m in suggestion.matches],
        "clarify": suggestion.clarify or None,
    }


def _match_object(m: Suggested) -> dict[str, Any]:
    return {
        "scenario": m.scenario,
        "stage": m.stage,
        "title": m.title,
        "score": m.score,
        "clause": m.clause or None,
        "ask_for": list(m.ask_for),
        "escalate": m.escalate or None,
        "next": list(m.next),
        "replies": [_reply_object(r) for r in m.replies],
    }


def _reply_object(r: FilledReply) -> dict[str, Any]:
    return {
        "id": r.id,
        "text": r.text,
        "technique": r.technique or None,
        "tone": r.tone,
        "lang": r.lang,
        "missing": list(r.missing),
        "values": [{"name": v.name, "value": v.value, "source": v.source} for v in r.values],
        "warnings": list(r.warnings),
        "rank": dict(r.rank),
    }


_C1 = dict.fromkeys(range(0x7F, 0xA0))  # json.dumps escapes the other control characters


def _console(color: bool) -> Console:
    from rich.console import Console

    plain = not color or bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM", "dumb") in ("dumb", "unknown")
    return Console(
        file=sys.stdout,
        force_terminal=True,
        color_system=None if plain else "auto",
        markup=False,
        emoji=False,
        highlight=False,
    )


def _print_view(lines: Iterable[Line], console: Console) -> None:
    from rich.text import Text

    for line in lines:
        body = Text.assemble(*((clean(part), style) for part, style in line.parts))
        if line.raw:
            console.print(body, soft_wrap=True)
            continue
        for i, piece in enumerate(body.wrap(console, max(20, console.width - line.column)) or [Text()]):
            label = pad("" if i else line.label, line.column)
            console.print(Text.assemble((label, DIM), piece), soft_wrap=True)
