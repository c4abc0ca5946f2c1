"""Order the filled replies of a scenario: state, mood, tone, bargaining style, missing facts, then file order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from cs_helper.features import find_concepts
from cs_helper.model import FilledReply, Mood, Reply
from cs_helper.text import normalise

SELLING = frozenset(
    ("推荐", "引导", "催付", "凑单法", "假设法", "前瞻法", "投资法", "底牌法", "赞美法")
)  # not for the angry

HEATED = frozenset(("#anger", "#threat"))  # concepts of the lexicon
HEATED_SCENARIOS = frozenset(("angry", "complaint", "bad_review", "fake_accusation"))


def read_mood(message: str, words: Mapping[str, str], scenario: str | None) -> Mood:
    """Whether the customer is angry: by the words, or by what the message is about. Exclamation marks do not count."""
    if scenario in HEATED_SCENARIOS:
        return "angry"
    text = normalise(message)
    return "angry" if HEATED.intersection(find_concepts(text, words)) or _english_heat(text, words) else "calm"


def _english_heat(text: str, words: Mapping[str, str]) -> bool:
    return any("#" + words[w] in HEATED for w in text.split() if w in words)


def order_replies(
    candidates: Sequence[tuple[Reply, FilledReply]], *, state: str | None, mood: Mood, tone: str | None, bargaining: str
) -> list[FilledReply]:
    """The filled replies, best first; `rank` of each tells what put it there (0 = fits), in order of weight.

    An angry customer gets apologies first and nothing that sells, unless there is nothing else.
    """
    ranked = []
    for position, (reply, filled) in enumerate(candidates):
        keys = {
            "state": int(bool(state and reply.states and state not in reply.states)),
            "mood": _mood_penalty(reply, mood),
            "tone": int(bool(tone) and reply.tone != tone),
            "bargaining": int(bool(reply.bargaining and bargaining) and reply.bargaining != bargaining),
            "missing": len(filled.missing),
            "state_open": int(bool(reply.states) and not state),
            "position": position,
        }
        ranked.append((tuple(keys.values()), replace(filled, rank=keys)))
    if mood == "angry" and any(keys[1] < 3 for keys, _ in ranked):
        ranked = [r for r in ranked if r[0][1] < 3]
    return [filled for _, filled in sorted(ranked, key=lambda r: r[0])]


def _mood_penalty(reply: Reply, mood: Mood) -> int:
    if mood == "calm":
        return 0
    if reply.technique in SELLING:
        return 3
    return {"apologetic": 0, "warm": 1}.get(reply.tone, 2)
