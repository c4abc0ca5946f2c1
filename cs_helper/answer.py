"""The composition: a message in, ranked scenarios with filled, ordered and checked replies out."""

# without `from __future__ import annotations`: a NamedTuple compiles each such text, 0.1 ms apiece

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from cs_helper.cache import load_index
from cs_helper.compliance import check_wording
from cs_helper.errors import CsHelperError, did_you_mean
from cs_helper.heard import Heard
from cs_helper.index import Index
from cs_helper.match import match
from cs_helper.model import STATES, TOPIC, FilledReply, Lang, Match, Mood, Reply, Scenario, Suggested, Suggestion
from cs_helper.paths import library_layers
from cs_helper.profile import Values, read_values
from cs_helper.rank import order_replies, read_mood
from cs_helper.render import fill
from cs_helper.slots import find_slots
from cs_helper.text import clean, language, read_message

CLARIFY = {
    "zh": "想更准确地帮到您,方便再说具体一点吗?",
    "zh_ask": "想更准确地帮到您,方便说一下{}吗?",
    "en": "I want to get this right for you. Could you tell me a little more about what you need?",
}
NO_REPLY_IN = {"zh": "there is no reply in Chinese here", "en": "there is no reply in English here"}


class Wish(NamedTuple):
    """How replies are wanted: language, tone, bargaining style, how many, and the values to fill in."""

    values: Values = Values(())
    state: str | None = None
    lang: str = "auto"
    tone: str | None = None
    bargaining: str = ""
    replies: int = 3


def load_library(*folders: str | os.PathLike[str], before_build: Callable[[], None] | None = None) -> Index:
    """The phrase library, ready to answer: the bundled one, the user's over it, then the given folders.

    After a change in the library this takes seconds; `before_build` is called then.

    Raises:
        LibraryError: a folder is missing or no scenario can be read; broken files are left out and named in
            the result's `problems`.
    """
    return load_index([p for p, _ in library_layers(folders)], before_build=before_build)


def suggest(
    text: str,
    library: Index,
    *,
    values: Mapping[str, str] | None = None,
    state: str | None = None,
    lang: str = "auto",
    top: int = 3,
) -> Suggestion:
    """The scenarios a customer's message may belong to, each with replies ready to send.

    Args:
        text: the message, up to 20,000 characters.
        library: what `load_library` returned.
        values: placeholder values by name or Chinese alias.
        state: the order's state, one of before, ordered, shipped, received, if known.
        lang: the language of the replies; auto follows the message.
        top: how many scenarios to return at most.

    Raises:
        CsHelperError: the message is empty or too long, a placeholder or state is unknown.
    """
    given = Values([("set", read_values(values or {}, library.placeholders, "values"))])
    return answer(text, library, Wish(given, state, lang), top=top)


def answer(text: str, index: Index, wish: Wish, *, top: int = 3) -> Suggestion:
    """`suggest` with every option: the profile's and the context's values, tone, bargaining style."""
    message = read_message(text)
    _check_state(wish.state)
    lang = _reply_language(message, wish.lang)
    matches, confident = match(message, index, wish.state, top=top)
    scenarios = [index.scenario(m.scenario) for m in matches]
    heard = Heard(message, index.lexicon)
    mood = read_mood(heard, scenarios[0] if scenarios else None)
    suggested = tuple(
        _suggest_one(m, s, index, wish, lang, mood, message, heard) for m, s in zip(matches, scenarios, strict=True)
    )
    return Suggestion(message, confident, lang, mood, suggested, "" if confident else _clarify(suggested, lang))


def answer_scenario(sid: str, index: Index, wish: Wish, text: str = "") -> Suggestion:
    """The filled replies of a scenario that the agent names; a message only adds its language, mood and values.

    Raises:
        CsHelperError: there is no such scenario, the message is too long, the state is unknown.
    """
    if sid not in index:
        raise CsHelperError(
            f"there is no scenario {sid!r}{did_you_mean(sid, index.all_ids()) or '; `cs-helper list` shows them'}"
        )
    message = read_message(text) if text.strip() else ""
    _check_state(wish.state)
    lang = _reply_language(message, wish.lang)
    scenario = index.scenario(sid)
    heard = Heard(message, index.lexicon)
    mood = read_mood(heard, scenario) if message else "calm"
    suggested = _suggest_one(Match(sid, 1.0), scenario, index, wish, lang, mood, message, heard)
    return Suggestion(message, True, lang, mood, (suggested,))


def first_reply(message: str, sid: str, index: Index, wish: Wish) -> str | None:
    """The text of the best reply of a scenario to a cleaned message: `answer` without all the rest, for batches."""
    scenario = index.scenario(sid)
    heard = Heard(message, index.lexicon)
    mood = read_mood(heard, scenario)
    values = _values(scenario, index, wish, message)
    replies = _ordered(scenario, index, wish, values, _reply_language(message, wish.lang), mood, heard)
    return replies[0].text if replies else None


def _check_state(state: str | None) -> None:
    if state not in (None, *STATES):
        raise CsHelperError(f"unknown order state {state!r}; known: {', '.join(STATES)}")


def _reply_language(message: str, wanted: str) -> Lang:
    if wanted == "auto":
        return language(message)
    return "en" if wanted == "en" else "zh"


def _suggest_one(
    m: Match, scenario: Scenario, index: Index, wish: Wish, lang: Lang, mood: Mood, message: str, heard: Heard
) -> Suggested:
    values = _values(scenario, index, wish, message)
    replies = _ordered(scenario, index, wish, values, lang, mood, heard)
    escalate, _, _ = fill(scenario.escalate, index.placeholders, values.find, "zh")
    return Suggested(
        scenario=scenario.id,
        stage=scenario.stage,
        title=scenario.title,
        score=m.score,
        ask_for=scenario.ask_for,
        escalate=escalate,
        next=scenario.next,
        replies=tuple(replace(r, warnings=_warnings(r, index, lang)) for r in replies),
        clause=m.clause,
    )


def _values(scenario: Scenario, index: Index, wish: Wish, message: str) -> Values:
    if not message:
        return wish.values
    under_way = scenario.stage in ("in_sale", "after_sale")
    return wish.values.with_message(find_slots(message, index.lexicon.words, under_way=under_way))


def _ordered(
    scenario: Scenario, index: Index, wish: Wish, values: Values, lang: Lang, mood: Mood, heard: Heard
) -> list[FilledReply]:
    return order_replies(
        _in_language(scenario, lang),
        lambda reply: _fill_reply(reply, index, values, heard),
        states=(wish.state,) if wish.state else scenario.states,
        mood=mood,
        tone=wish.tone,
        bargaining=wish.bargaining,
        heard=heard,
        facts=index.placeholders.facts,
        most=wish.replies,
    )


def _in_language(scenario: Scenario, lang: Lang) -> Sequence[Reply]:
    """The replies in the wanted language; those in the other one when there are none."""
    return [r for r in scenario.replies if r.lang == lang] or scenario.replies


def _fill_reply(reply: Reply, index: Index, values: Values, heard: Heard) -> FilledReply:
    def find(name: str) -> tuple[str, str] | None:
        found = values.find(name)
        if found is None and name == TOPIC:
            word = heard.longest(reply.about)
            return (word, "message") if word else None
        return found

    text, used, missing = fill(reply.text, index.placeholders, find, reply.lang)
    return FilledReply(reply.id, clean(text), reply.technique, reply.tone, reply.lang, missing, used)


def _warnings(reply: FilledReply, index: Index, lang: Lang) -> tuple[str, ...]:
    """What the agent should know before sending; hints are for those who write the library."""
    found = [] if reply.lang == lang else [NO_REPLY_IN[lang]]
    for rule, word in check_wording(reply.text, index.rules, reply.lang):
        if rule.level != "hint":
            found.append(f"{rule.level}: {word!r} – {rule.reason}")
    return tuple(found)


def _clarify(suggested: tuple[Suggested, ...], lang: Lang) -> str:
    if lang == "zh" and suggested and suggested[0].ask_for:
        return CLARIFY["zh_ask"].format("、".join(suggested[0].ask_for[:2]))
    return CLARIFY[lang]
