"""`cs-helper search WORDS`: where the library says something, in titles, meanings, examples and replies."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from cs_helper import output
from cs_helper.commands import open_library
from cs_helper.errors import CsHelperError
from cs_helper.model import Scenario
from cs_helper.output import DIM, HEAD, MARK, Line
from cs_helper.text import fold, normalise

SHOWN = 5  # hits of a scenario that are printed, of the others only the number
COLUMN = 11
AROUND = 30  # characters of a long text shown on each side of a hit


class Hit(NamedTuple):
    """A text with all the words: what it is (title, means, message, reply), the reply's id, and the text."""

    kind: str
    id: str
    text: str


def run(words: str, *, as_json: bool, library: Sequence[str], color: bool) -> int:
    """Print the hits, the scenarios with most of them first: 0 when there are any, else 1.

    Raises:
        CsHelperError: there is nothing to look for, or no usable library.
    """
    wanted = normalise(words).split()
    if not wanted:
        raise CsHelperError(f"nothing to look for in {words!r}")
    found = [(s, hits) for s in open_library(library).scenarios.values() if (hits := _find(s, wanted))]
    found.sort(key=lambda f: (f[1][0].kind != "title", -len(f[1])))
    if as_json:
        output.print_json({"version": 1, "words": wanted, "scenarios": [_object_of(s, hits) for s, hits in found]})
    elif found:
        output.print_lines(_lines(found, words.split()), color=color)
    else:
        output.note(f"nothing found for {words!r}")
    return 0 if found else 1


def _find(scenario: Scenario, wanted: Sequence[str]) -> list[Hit]:
    texts = [
        Hit("title", "", scenario.title),
        Hit("means", "", scenario.means),
        *(Hit("message", "", m) for m in scenario.messages),
        *(Hit("reply", r.id, r.text) for r in scenario.replies),
    ]
    return [hit for hit in texts if _has_all(normalise(hit.text), wanted)]


def _has_all(text: str, wanted: Sequence[str]) -> bool:
    return all(word in text for word in wanted)


def _object_of(scenario: Scenario, hits: Sequence[Hit]) -> dict[str, Any]:
    return {
        "scenario": scenario.id,
        "stage": scenario.stage,
        "title": scenario.title,
        "hits": [{"kind": h.kind, "id": h.id or None, "text": h.text} for h in hits],
    }


def _lines(found: Sequence[tuple[Scenario, Sequence[Hit]]], words: Sequence[str]) -> Iterator[Line]:
    for i, (scenario, hits) in enumerate(found):
        if i:
            yield Line()
        yield Line([(scenario.title, HEAD), (f"  {scenario.stage}/{scenario.id}", DIM)])
        for hit in hits[:SHOWN]:
            id_part = [(f"{hit.id}: ", DIM)] if hit.id else []
            yield Line([*id_part, *mark_words(hit.text, words)], hit.kind, COLUMN)
        if len(hits) > SHOWN:
            yield Line([(f"… and {len(hits) - SHOWN} more", DIM)], "", COLUMN)


def mark_words(text: str, words: Sequence[str]) -> list[tuple[str, str]]:
    """The text around the first hit, cut into (part, style) with the words marked as they stand in it."""
    text = " ".join(text.split())
    marked = _marked(text, [fold(w) for w in words])
    first = marked.index(True) if True in marked else 0
    start, end = max(0, first - AROUND), first + 2 * AROUND
    parts: list[tuple[str, str]] = [("…", DIM)] if start else []
    for character, mark in zip(text[start:end], marked[start:end], strict=True):
        style = MARK if mark else ""
        if parts and parts[-1][1] == style:
            parts[-1] = (parts[-1][0] + character, style)
        else:
            parts.append((character, style))
    return [*parts, ("…", DIM)] if end < len(text) else parts


def _marked(text: str, words: Sequence[str]) -> list[bool]:
    """Whether each character belongs to one of the folded words (a character may fold to none, or to several)."""
    folded, origin = "", []
    for i, character in enumerate(text):
        piece = fold(unicodedata.normalize("NFKC", character))
        folded += piece
        origin += [i] * len(piece)
    marked = [False] * len(text)
    for word in filter(None, words):
        at = folded.find(word)
        while at >= 0:
            for i in origin[at : at + len(word)]:
                marked[i] = True
            at = folded.find(word, at + 1)
    return marked
