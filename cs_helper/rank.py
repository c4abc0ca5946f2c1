"""Order the filled replies of a scenario: what fits the case, what can be sent, what the message speaks of, file order."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from cs_helper.features import Lexicon, stems
from cs_helper.model import FilledReply, Mood, Reply, Scenario
from cs_helper.text import has_han, normalise

# techniques that sell, or make the customer do something: not for the angry
SELLING = frozenset(("推荐", "引导", "催付", "凑单法", "假设法", "前瞻法", "投资法", "底牌法", "赞美法"))

HEATED = frozenset(("anger", "threat"))  # concepts of the lexicon
HEATED_SCENARIOS = frozenset(("angry", "complaint", "bad_review", "fake_accusation"))
_ASKING = ("?", "吗", "吧", "怕", "担心", "会不会")
_OUT = 3  # the penalty of a reply that is not shown while there is another


class Heard:
    """A message as the choice of a reply looks at it: its words and what they mean."""

    def __init__(self, message: str, lexicon: Lexicon) -> None:
        self.text = normalise(message)
        self.concepts = lexicon.concepts(self.text)
        self._concept_of = lexicon.words
        self._stems = stems(self.text)

    def count(self, words: Iterable[str]) -> int:
        """How many of some normalised words the message contains, in any form or by a word that means the same."""
        return sum(map(self._contains, words))

    def longest(self, words: Iterable[str]) -> str:
        """The longest of some normalised words that the message contains, "" when it contains none."""
        return max(filter(self._contains, words), key=len, default="")

    def _contains(self, word: str) -> bool:
        if self._concept_of.get(word) in self.concepts:
            return True
        return word in self.text if has_han(word) else stems(word) in self._stems


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
    candidates: Sequence[tuple[Reply, FilledReply]],
    *,
    states: Collection[str],
    mood: Mood,
    tone: str | None,
    bargaining: str,
    heard: Heard | None = None,
    facts: Collection[str] = (),
) -> list[FilledReply]:
    """The filled replies, best first; `rank` of each tells what put it there, in order of weight (smaller = better).

    An angry customer gets apologies first and nothing that sells, and a shop that bargains one way none of the
    replies of the other, unless there is nothing else.

    Args:
        candidates: each template with its filled form, in the order of the file.
        states: the order states that are possible; empty when nothing is known.
        mood: of the customer.
        tone: the tone that is preferred, if any.
        bargaining: the shop's way, "" when unknown.
        heard: the message, when there is one.
        facts: names of the placeholders that are facts; a reply that can tell some goes before one that tells none.
    """
    ranked = []
    for position, (reply, filled) in enumerate(candidates):
        rank = {
            "state": int(bool(states and reply.states) and not set(states) & set(reply.states)),
            "mood": _mood_penalty(reply, mood),
            "tone": int(bool(tone) and reply.tone != tone),
            "bargaining": _bargaining_penalty(reply, bargaining),
            "missing": len(filled.missing),
            "about": _about(reply, heard),
            "informed": -sum(v.source == "message" or v.name in facts for v in filled.values),
            # it takes a state for granted that nobody told
            "state_open": int(bool(reply.states) and not (states and set(states) <= set(reply.states))),
            "position": position,
        }
        ranked.append(replace(filled, rank=rank))
    for name in ("mood", "bargaining"):
        ranked = [r for r in ranked if r.rank[name] < _OUT] or ranked
    return sorted(ranked, key=lambda r: tuple(r.rank.values()))


def _about(reply: Reply, heard: Heard | None) -> int:
    """The more words of the message a reply is about the better; one about something else is the last."""
    if not reply.about:
        return 0
    return -heard.count(reply.about) or 1 if heard else 1


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
