"""What a match rests on: the clauses, the words and concepts that carried it, its nearest examples, and the runner-up."""

from __future__ import annotations

from dataclasses import dataclass

from cs_helper.backoff import known_features
from cs_helper.features import latin_words, stem
from cs_helper.index import Index, feature_share
from cs_helper.match import Scored, rank, score, topics, witness
from cs_helper.model import Match

MOST = 8  # pieces of evidence that are worth showing
NAMED = {" 0": ("number", "a number"), " ?": ("mark", "?")}


@dataclass(frozen=True, slots=True)
class Evidence:
    """A feature of the message and what it adds to the first scenario's score and to the second's, in nats."""

    kind: str  # text, concept, sound, word, letters, number, mark
    text: str
    first: float
    second: float


@dataclass(frozen=True, slots=True)
class Example:
    """The example message of a scenario that is most like this one; likeness 0..1 (rapidfuzz ratio)."""

    scenario: str
    text: str
    likeness: float


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause of the message and the scenario it speaks for by itself ("" = none)."""

    text: str
    scenario: str
    probability: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why the first scenario came first: evidence for it, and evidence that separates it from the second."""

    first: Match
    second: Match | None
    out_of_scope: float  # probability that no scenario fits
    clauses: tuple[Clause, ...]
    carried_by: tuple[Evidence, ...]
    separated_by: tuple[Evidence, ...]
    said: tuple[str, ...]  # the words that replies of the first scenario are about and the message says
    witness: float  # what they, or their absence, add to the confidence in it, in nats
    nearest: tuple[Example, ...]


def explain(text: str, index: Index, state: str | None = None) -> Explanation | None:
    """What the match of a message rests on; None when nothing in it is known to the library."""
    scored = score(text, index, state)
    if scored is None:
        return None
    matches, _ = rank(scored, index, 2)
    first, second = matches[0], matches[1] if len(matches) > 1 else None
    evidence = _evidence(scored, index, first.scenario, second.scenario if second else first.scenario)
    carried = sorted((e for e in evidence if e.first > 0), key=lambda e: -e.first)
    separated = sorted((e for e in evidence if e.first - e.second > 0), key=lambda e: e.second - e.first)
    return Explanation(
        first=first,
        second=second,
        out_of_scope=round(scored.probabilities[-1], 4),
        clauses=tuple(_clause(part, own, index) for part, own in scored.clauses),
        carried_by=tuple(carried[:MOST]),
        separated_by=tuple(separated[:MOST]) if second else (),
        said=tuple(scored.heard.said(topics(scored.heard, first.scenario, index))),
        witness=witness(scored.heard, first.scenario, index),
        nearest=tuple(_nearest(scored.heard.text, m.scenario, index) for m in matches),
    )


def _evidence(scored: Scored, index: Index, first: str, second: str) -> list[Evidence]:
    a, b = index.ids.index(first), index.ids.index(second)
    found = [(f, w) for f in known_features(scored.heard.text, index) if (w := index.weights(f)) is not None]
    share = feature_share(len(found))
    written = {f" {stem(word)}": f" {word}" for word in latin_words(scored.heard.text)}
    return [Evidence(*_describe(written.get(f, f)), round(w[a] * share, 3), round(w[b] * share, 3)) for f, w in found]


def _describe(feature: str) -> tuple[str, str]:
    """(kind, text) of a feature for people; a sound is shown by its commonest character."""
    from cs_helper import hanzi

    if feature[0] == "~":
        lines = hanzi.SOUNDS.splitlines()
        return "sound", " ".join(lines[ord(c) - 0xE000].split(":")[0].split()[0] for c in feature[1:])
    if "#" in feature:
        return "concept", feature.replace("#", " " if feature[0] == "#" else "+").strip(" ^")
    if feature in NAMED:
        return NAMED[feature]
    if feature[0] == " ":
        return "word", feature.strip()
    if feature.isascii():
        return "letters", feature
    return "text", feature


def _clause(text: str, own: list[float], index: Index) -> Clause:
    likeliest = max(range(len(own)), key=own.__getitem__)
    return Clause(text, index.ids[likeliest] if likeliest < len(index.ids) else "", round(own[likeliest], 3))


def _nearest(text: str, sid: str, index: Index) -> Example:
    from rapidfuzz import fuzz, process

    best = process.extractOne(text, index.examples(sid), scorer=fuzz.ratio)
    return Example(sid, best[0], round(best[1] / 100, 3)) if best else Example(sid, "", 0.0)
