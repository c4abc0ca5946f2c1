"""Which scenario a message belongs to: score every scenario, rank, and say whether the first one can be trusted."""

from __future__ import annotations

from math import exp

from cs_helper.features import features
from cs_helper.index import Index
from cs_helper.model import Match
from cs_helper.text import normalise

CONFIDENT = 0.5


def match(text: str, index: Index, state: str | None = None, *, top: int = 5) -> tuple[list[Match], bool]:
    """The likeliest scenarios of a message, best first, and whether the first one is to be trusted.

    Args:
        text: the message, cleaned.
        index: the compiled library.
        state: the order's state, when known; scenarios that belong to other states step back.
        top: how many to return at most.
    """
    scores, known = index.scores(features(normalise(text), index.words))
    if not known:
        return [], False
    best = max(scores)
    mass = [exp(s - best) for s in scores]
    total = sum(mass)
    ranked = sorted(range(len(index.ids)), key=lambda c: -mass[c])[:top]
    matches = [Match(index.ids[c], round(mass[c] / total, 4)) for c in ranked]
    return matches, matches[0].score >= CONFIDENT
