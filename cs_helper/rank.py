"""Order the filled replies of a scenario: what fits the case, what can be sent, what the message speaks of, file order."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from itertools import groupby
from typing import NamedTuple

from cs_helper.heard import Heard
from cs_helper.model import TOPIC, FilledReply, Mood, Reply, Scenario, Value

# techniques that sell, or make the customer do something: not for the angry
SELLING = frozenset(("推荐", "引导", "催付", "凑单法", "假设法", "前瞻法", "投资法", "底牌法", "赞美法"))

HEATED = frozenset(("anger", "threat"))  # concepts of the lexicon
HEATED_SCENARIOS = frozenset(("angry", "complaint", "bad_review", "fake_accusation"))
_ASKING = ("?", "吗", "吧", "怕", "担心", "会不会")
_OUT = 3  # the penalty of a reply that is not shown while there is another


def read_mood(heard: Heard, scenario: Scenario | None) -> Mood:
    """Whether the customer is angry: by the words, or by what the message is about. Exclamation marks do not count.

    Before the sale, who asks about bad reviews or fakes is worried, not angry.
    """
    if scenario and scenario.id in HEATED_SCENARIOS:
        return "angry"
    heat = HEATED & heard.concepts
    if scenario and scenario.stage == "pre_sale":
        return "angry" if "anger" in heat and not any(word in heard.text for word in _ASKING) else "calm"
    return "angry" if heat else "calm"


def order_replies(
    replies: Sequence[Reply],
    fill: Callable[[Reply], FilledReply],
    *,
    states: Collection[str],
    mood: Mood,
    tone: str | None,
    bargaining: str,
    heard: Heard | None = None,
    facts: Collection[str] = (),
    most: int | None = None,
) -> list[FilledReply]:
    """The filled replies, best first; `rank` of each tells what put it there, in order of weight (smaller = better).

    An angry customer gets apologies first and nothing that sells, and a shop that bargains one way none of the
    replies of the other, unless there is nothing else.

    Args:
        replies: the templates, in the order of the file.
        fill: fills one; called for those only that may be among the first.
        states: the order states that are possible; empty when nothing is known.
        mood: of the customer.
        tone: the tone that is preferred, if any.
        bargaining: the shop's way, "" when unknown.
        heard: the message, when there is one.
        facts: names of the placeholders that are facts; a reply that tells a known one goes before one that does not.
        most: how many are wanted; None = all.
    """
    candidates = []
    for position, reply in enumerate(replies):
        said = heard.count(reply.about) if heard and reply.about else 0
        candidates.append(_Candidate(reply, position, said, _fit(reply, said, states, mood, bargaining)))
    for name in ("mood", "bargaining"):
        candidates = [c for c in candidates if c.fit[name] < _OUT] or candidates
    candidates.sort(key=lambda c: tuple(c.fit.values()))
    ordered: list[FilledReply] = []
    for _, equals in groupby(candidates, key=lambda c: c.fit):
        filled = [_rank(c, fill(c.reply), states, tone, facts) for c in equals]
        ordered += sorted(filled, key=lambda r: tuple(r.rank.values()))
        if most is not None and len(ordered) >= most:
            break
    return ordered[:most]


class _Candidate(NamedTuple):
    reply: Reply
    position: int  # in the file
    said: int  # how many of its `about` words the message says
    fit: dict[str, int]  # the first keys of its rank


def _fit(reply: Reply, said: int, states: Collection[str], mood: Mood, bargaining: str) -> dict[str, int]:
    """What can be told of a reply before it is filled, in order of weight."""
    return {
        "state": int(bool(states and reply.states) and not set(states) & set(reply.states)),
        "off_topic": int(bool(reply.about) and not said),
        "mood": _mood_penalty(reply, mood),
        "bargaining": _bargaining_penalty(reply, bargaining),
    }


def _rank(
    c: _Candidate, filled: FilledReply, states: Collection[str], tone: str | None, facts: Collection[str]
) -> FilledReply:
    """The filled reply with its whole rank."""
    rank = {
        **c.fit,
        "missing": len(filled.missing),
        "tone": int(bool(tone) and c.reply.tone != tone),
        "about": -c.said,
        "informed": -sum(_tells(v, facts, c.said) for v in filled.values),
        # it takes a state for granted that nobody told
        "state_open": int(bool(c.reply.states) and not (states and set(states) <= set(c.reply.states))),
        "position": c.position,
    }
    return replace(filled, rank=rank)


def _tells(value: Value, facts: Collection[str], said: int) -> bool:
    """Whether a value lifts its reply: a fact of this order does, a lasting one of the shop only where it is asked for."""
    if value.source == "profile":
        return value.name in facts and said > 0
    return value.name in facts or (value.source == "message" and value.name != TOPIC)


def _mood_penalty(reply: Reply, mood: Mood) -> int:
    if mood == "calm":
        return 0
    if reply.technique in SELLING:
        return _OUT
    return {"apologetic": 0, "warm": 1}.get(reply.tone, 2)


def _bargaining_penalty(reply: Reply, bargaining: str) -> int:
    """A reply that names no style fits every shop; one that gives way is not the first guess of an unknown shop."""
    if not reply.bargaining:
        return 0
    if not bargaining:
        return int(reply.bargaining == "small_concession")
    return 0 if reply.bargaining == bargaining else _OUT
