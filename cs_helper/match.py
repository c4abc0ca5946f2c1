"""Which scenario a message belongs to: score the whole and its clauses, rank, say whether the first can be trusted.

The whole message decides the first place; clauses bring what a customer wants besides into the next ones. When the
weights leave it open, the nearest example (rapidfuzz) has a say: that is where typos and near-exact phrases count.
How far the first can be trusted rests on two witnesses: its probability, and whether the message says any of the words
that the scenario's replies are about.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log

from cs_helper.backoff import known_features
from cs_helper.heard import Heard
from cs_helper.index import Index
from cs_helper.model import Match
from cs_helper.text import clauses, language

SHARPNESS = 1.25  # of the probabilities: strangers write less typically than examples do
RECENCY = 0.85  # a clause counts this much of the one after it: the demand tends to come last
OPEN = 0.45  # below this probability the nearest examples are asked
NEAREST = 2.0  # what an identical example adds, in nats; less alike ones by the cube of their likeness
CANDIDATES = 5
ALIKE = 30  # examples less alike (rapidfuzz ratio) say nothing
OTHER_STATE = 0.1  # what is left of a scenario's probability in an order state it does not belong to
CLAUSE_WISH = 0.35  # a clause this sure of a scenario brings it forward …
CLAUSE_SHARE = 0.9  # … with this much of its probability
VOUCHED = 0.7  # and makes the first scenario at least this much of its probability sure
# score = 1/(1 + exp(-(SLOPE · logit(probability) + SHIFT))), fitted on labelled messages; several labels may be right
SLOPE, SHIFT = 1.18, 1.94
# what joins the sum, in nats, when the message says a word that a reply of the scenario is about, and when it says none
SAID, UNSAID = 0.15, -1.0
VOCABULARY = 15  # fewer such words in the message's language: that none is said means nothing
CONFIDENT = 0.80
DOUBT = 0.3  # … and "no scenario fits" has less than this much of the first one's probability


@dataclass(frozen=True, slots=True)
class Scored:
    """Probabilities of every class for a message, and its clauses with theirs (empty for a single clause)."""

    heard: Heard
    probabilities: list[float]
    clauses: tuple[tuple[str, list[float]], ...] = ()  # (as written, probabilities)


def match(text: str, index: Index, state: str | None = None, *, top: int = 5) -> tuple[list[Match], bool]:
    """The likeliest scenarios of a message, best first, and whether the first one is to be trusted.

    Args:
        text: the message, cleaned.
        index: the compiled library.
        state: the order's state, when known; scenarios that belong to other states step back.
        top: how many to return at most.
    """
    scored = score(text, index, state)
    return rank(scored, index, top) if scored else ([], False)


def score(text: str, index: Index, state: str | None = None) -> Scored | None:
    """Probabilities of all classes (the last one: no scenario fits); None when no feature of the message is known."""
    heard = Heard(text, index.lexicon)
    found = known_features(heard.text, index)
    if not found:
        return None
    probabilities = _softmax(index.scores(found))
    parts = clauses(text)
    by_clause: tuple[tuple[str, list[float]], ...] = ()
    if len(parts) > 1:
        by_clause = tuple((raw, _softmax(index.scores(known_features(part, index)))) for raw, part in parts)
        probabilities = _blend(probabilities, by_clause)
    if state:
        probabilities = _settle(probabilities, index, state)
    if max(probabilities[:-1]) < OPEN:
        probabilities = _ask_nearest(heard.text, probabilities, index)
    return Scored(heard, probabilities, by_clause)


def rank(scored: Scored, index: Index, top: int) -> tuple[list[Match], bool]:
    """The first `top` scenarios, and whether the first is confident.

    The first place is the message's as a whole; after it, a clause that is sure of a scenario counts by itself.
    """
    probabilities = scored.probabilities
    first = max(range(len(index.ids)), key=probabilities.__getitem__)
    weights = probabilities[: len(index.ids)]
    best_clause: dict[int, str] = {}
    for part, own in scored.clauses:
        likeliest = max(range(len(own)), key=own.__getitem__)
        if likeliest < len(index.ids) and own[likeliest] >= CLAUSE_WISH:
            best_clause.setdefault(likeliest, part)
            weights[likeliest] = max(weights[likeliest], CLAUSE_SHARE * own[likeliest])
    # a wish among others has only its share of the whole, so the clause that is sure of it vouches for it
    ceiling = max(probabilities[first], VOUCHED * weights[first] / CLAUSE_SHARE if first in best_clause else 0.0)
    weights[first] = 1.0  # stays first
    ranked = sorted(range(len(weights)), key=weights.__getitem__, reverse=True)[:top]
    sure = calibrate(ceiling, witness(scored.heard, index.ids[first], index))
    scores = (min(sure, calibrate(weights[c])) for c in ranked)
    matches = [Match(index.ids[c], round(s, 4), best_clause.get(c, "")) for c, s in zip(ranked, scores, strict=True)]
    return matches, matches[0].score >= CONFIDENT and probabilities[-1] < DOUBT * ceiling


def calibrate(probability: float, more: float = 0.0) -> float:
    """The chance that a scenario of this model probability is an accepted answer, as measured on labelled messages.

    `more` is what else speaks for it, in nats.
    """
    p = min(max(probability, 1e-9), 1 - 1e-9)
    return 1 / (1 + exp(-(SLOPE * log(p / (1 - p)) + SHIFT + more)))


def witness(heard: Heard, sid: str, index: Index) -> float:
    """What the words of a scenario's replies say to its being the right one, in nats: 0 when there are too few."""
    words = topics(heard, sid, index)
    if heard.any(words):
        return SAID
    return UNSAID if len(words) >= VOCABULARY else 0.0


def topics(heard: Heard, sid: str, index: Index) -> tuple[str, ...]:
    """The words that a scenario's replies in the message's language are about."""
    return index.topics(sid, language(heard.text))


def _softmax(scores: Sequence[float]) -> list[float]:
    top = max(scores)
    odds = [exp(SHARPNESS * (s - top)) for s in scores]
    mass = sum(odds)
    return [o / mass for o in odds]


def _blend(whole: list[float], parts: tuple[tuple[str, list[float]], ...]) -> list[float]:
    """The message's probabilities with its clauses' mixed in: the more clauses, the less the whole says.

    A clause counts by its length, by how sure it is that some scenario fits, and the more the later it comes.
    """
    last = len(parts) - 1
    weights = [len(part) * (1 - own[-1]) * RECENCY ** (last - i) for i, (part, own) in enumerate(parts)]
    mass = sum(weights)
    if not mass:
        return whole
    share = max(0.3, 0.8 - 0.08 * len(parts))
    blended = [share * p for p in whole]
    for weight, (_, own) in zip(weights, parts, strict=True):
        weight *= (1 - share) / mass
        blended = [b + weight * p for b, p in zip(blended, own, strict=True)]
    return blended


def _settle(probabilities: list[float], index: Index, state: str) -> list[float]:
    """The same with scenarios of other order states stepping back."""
    fits = [
        p if not own or state in own else p * OTHER_STATE for p, own in zip(probabilities, index.states, strict=False)
    ]
    mass = sum(fits) + probabilities[-1]
    return [p / mass for p in (*fits, probabilities[-1])]


def _ask_nearest(text: str, probabilities: list[float], index: Index) -> list[float]:
    """The probabilities with the likeliest scenarios weighed by how alike their nearest example is."""
    from rapidfuzz import fuzz, process

    weighed = list(probabilities)
    candidates = sorted(range(len(index.ids)), key=probabilities.__getitem__, reverse=True)[:CANDIDATES]
    for c in candidates:
        nearest = process.extractOne(text, index.examples(index.ids[c]), scorer=fuzz.ratio, score_cutoff=ALIKE)
        if nearest:
            weighed[c] *= exp(NEAREST * (nearest[1] / 100) ** 3)
    # what the candidates win among themselves they do not win from "no scenario fits"
    gain = sum(weighed[c] for c in candidates) / (sum(probabilities[c] for c in candidates) or 1)
    for c in candidates:
        weighed[c] /= gain
    return weighed
