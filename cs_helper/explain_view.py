"""The terminal's view of an explanation: clauses, what carried the first scenario, what it has over the second."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cs_helper.explain import Evidence, Explanation
from cs_helper.model import LIKE
from cs_helper.output import BAD, DIM, GOOD, HEAD, Line, pad

LABEL = 14  # cells of the labels
TEXT = 22  # cells of a piece of evidence
BAR = 12  # cells of the strongest piece


def explanation_lines(e: Explanation) -> Iterator[Line]:
    """The lines of an explanation."""
    yield Line()
    yield Line([(f"Why {e.first.scenario}", HEAD), (f"  {e.first.score:.0%}", "")])
    for clause in e.clauses:
        label = "" if clause is not e.clauses[0] else "clauses"
        scenario = clause.scenario or "no scenario"
        yield Line([(f"“{clause.text}”", ""), (f"  {scenario} {clause.probability:.0%}", DIM)], label, LABEL)
    yield from _evidence(e.carried_by, "carried by")
    if e.second:
        yield from _evidence(e.separated_by, f"not {e.second.scenario}", versus=True)
    if e.witness:
        said = " · ".join(word.lstrip(LIKE) for word in e.said) or "none that its replies are about"
        yield Line([(said, ""), (f"  {e.witness:+.2f}", DIM if e.said else BAD)], "words said", LABEL)
    for i, example in enumerate(e.nearest):
        if example.text:
            about = f"  {example.scenario}, {example.likeness:.0%} alike"
            yield Line([(f"“{example.text}”", ""), (about, DIM)], "" if i else "like", LABEL)
    yield Line([(f"{e.out_of_scope:.0%}", "")], "no scenario", LABEL)


def _evidence(pieces: Sequence[Evidence], label: str, *, versus: bool = False) -> Iterator[Line]:
    """A bar for each piece: what it adds to the first scenario, or what it puts between first and second."""
    if versus:
        yield Line([(label, DIM)])
    strongest = max((_worth(p, versus) for p in pieces), default=1.0)
    for i, piece in enumerate(pieces):
        worth = _worth(piece, versus)
        bar = "▬" * max(1, round(worth / strongest * BAR))
        against = (
            [(f"  {piece.first:+.2f} against {piece.second:+.2f}", BAD if piece.first < 0 else DIM)] if versus else []
        )
        number = [] if versus else [(f"  {worth:+.2f}", DIM)]
        text = pad(piece.text, TEXT) + pad(piece.kind, 9)
        parts = [(text, ""), (pad(bar, BAR), GOOD), *number, *against]
        yield Line(parts, "" if i or versus else label, LABEL)


def _worth(piece: Evidence, versus: bool) -> float:
    return piece.first - piece.second if versus else piece.first
