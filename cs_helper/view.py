"""The terminal's view of an answer: scenario, why, what to ask, and the replies, ready to be selected."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cs_helper.model import FilledReply, Suggested, Suggestion
from cs_helper.output import DIM, GAP, GOOD, HEAD, MARK, Line
from cs_helper.text import normalise

COLUMN = 10  # cells of the labels
BAR = 5  # cells of the confidence
STRONG = 0.5  # a scenario as probable as this is likely meant too
NEGLIGIBLE = 0.01
_GAP = re.compile(r"(【[^【】\n]*】)")


def answer_lines(suggestion: Suggestion, *, full: bool, named: bool = False, first: int = 1) -> Iterator[Line]:
    """The lines of an answer.

    Args:
        suggestion: what to show.
        full: every scenario with all its replies, instead of the first one with its replies, other strong ones with
            their best reply, and the rest by name (when not confident: every guess with its best reply).
        named: whether the agent asked for the scenario by its id, so that there is no confidence to show.
        first: the number of the first reply.
    """
    if not suggestion.confident:
        yield from _guess_lines(suggestion, full=full)
        return
    for i, m in enumerate(suggestion.matches):
        if i == 0 or full or m.score >= STRONG:
            if i:
                yield Line()
            yield _head(m, bar=not named, mark=GOOD, prefix="also: " if i and not full else "")
            yield from _advice(m, suggestion)
            yield from _replies(m.replies, first) if i == 0 or full else _replies(m.replies[:1], None)
    others = [m for m in suggestion.matches[1:] if NEGLIGIBLE <= m.score < STRONG and not full]
    if others:
        yield Line()
    for i, m in enumerate(others):
        yield Line([(m.title, ""), (f"  {m.scenario} {m.score:.0%}", DIM)], "" if i else "or", COLUMN)


def _guess_lines(suggestion: Suggestion, *, full: bool) -> Iterator[Line]:
    yield Line([("Not sure: these are guesses." if suggestion.matches else "No scenario comes near.", HEAD)])
    yield Line([("Better ask the customer:", DIM)])
    yield Line([(suggestion.clarify, "")], raw=True)
    for m in suggestion.matches:
        yield Line()
        yield _head(m, bar=True, mark="", prefix="? ")
        yield from _advice(m, suggestion) if full else _why(m, suggestion)
        yield from _replies(m.replies, 1) if full else _replies(m.replies[:1], None)


def _head(m: Suggested, *, bar: bool, mark: str, prefix: str = "") -> Line:
    parts = [(prefix + m.title, HEAD), (f"  {m.scenario}", DIM)]
    if bar:
        filled = max(1, round(m.score * BAR))
        parts += [("  " + "▰" * filled, mark), ("▱" * (BAR - filled), DIM), (f" {m.score:.0%}", "")]
    return Line(parts)


def _why(m: Suggested, suggestion: Suggestion) -> Iterator[Line]:
    """The part of the message that speaks for the scenario, unless it is all of it."""
    if m.clause and normalise(m.clause) != normalise(suggestion.message):
        yield Line([(f"“{m.clause}”", "")], "why", COLUMN)


def _advice(m: Suggested, suggestion: Suggestion) -> Iterator[Line]:
    yield from _why(m, suggestion)
    if suggestion.mood == "angry" and m is suggestion.matches[0]:
        yield Line([("angry: apologies first, nothing that sells", "")], "mood", COLUMN)
    if m.ask_for:
        yield Line([("、".join(m.ask_for), "")], "ask for", COLUMN)
    if m.escalate:
        yield Line(_mark_gaps(m.escalate), "escalate", COLUMN)


def _replies(replies: tuple[FilledReply, ...], first: int | None) -> Iterator[Line]:
    """The replies, numbered from `first` if any, each text on a line of its own."""
    for i, reply in enumerate(replies):
        yield Line()
        about = " · ".join(filter(None, (reply.technique, reply.tone)))
        yield Line([(f"{first + i} " if first else "", MARK), (about, DIM)])
        yield Line(_mark_gaps(reply.text), raw=True)


def _mark_gaps(text: str) -> list[tuple[str, str]]:
    return [(part, GAP if i % 2 else "") for i, part in enumerate(_GAP.split(text))]
