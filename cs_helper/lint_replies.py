"""What is wrong with the replies of a library, and with the placeholders and wording rules that they stand on."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from difflib import get_close_matches

from cs_helper.compliance import check_wording
from cs_helper.features import Lexicon
from cs_helper.heard import Heard
from cs_helper.model import LANGS, LIKE, TOPIC, Lang, Level, Library, Place, Problem, Reply, Scenario, WordingRule
from cs_helper.rank import HEATED_SCENARIOS
from cs_helper.render import Placeholders, fill, names_in, stray_brace
from cs_helper.text import has_han

MAX_PLACEHOLDERS = 50  # of one file
LENGTHS = (20, 120)  # characters of a Chinese reply, at least and at most
SHORT = 6  # characters of one that is meant to be short
STEPS = 300  # characters of one in several lines: steps
WORDS, LETTER_WORDS = 60, 120  # words of an English reply at most: in a chat, in several lines
SENTENCES = 3
SHORT_TECHNIQUES = ("问候", "收尾")
LANG_NAMES = {"zh": "Chinese", "en": "English"}
_FACT = "○○"  # stands for a fact while wording and length are checked
_SENTENCE_END = re.compile(r"[。!?!?]+(?=.)|(?<=\w\w)\.(?=\s)")
_EMOJI = re.compile(r"[\U0001f300-\U0001faff\u2600-\u27bf\u2b50]")


def problem(at: Place, level: Level, message: str, rule: str) -> Problem:
    """A finding at a place."""
    return Problem(at.path, at.line, at.col, level, " ".join(message.split()), rule)


# --- declarations ---------------------------------------------------------------------------------------------------


def check_placeholders(library: Library, below: Library | None) -> Iterator[Problem]:
    """Aliases that clash, names that no template uses, too many names; `below` holds what other layers declare."""
    others = below.placeholders if below else {}
    declared = {**others, **library.placeholders}
    names = Placeholders(declared)
    templates = [t for s in library.scenarios.values() for t in (s.escalate, *(r.text for r in s.replies))]
    used = {names.name(written) for t in templates for written, _ in names_in(t)}
    owners = {name: name for name in declared}
    for name, p in declared.items():
        owner = owners.setdefault(p.alias or name, name)
        at = library.places.get(("placeholder", name))
        if at is None:
            continue
        if owner != name:
            yield problem(at, "error", f"the alias {p.alias!r} already means {owner!r}", "duplicate-alias")
        if name not in used and name not in others:
            yield problem(at, "warning", f"no template uses the placeholder {name!r}", "unused-placeholder")
    places = [library.places["placeholder", name] for name in library.placeholders]
    for path, count in Counter(at.path for at in places).items():
        if count > MAX_PLACEHOLDERS:
            last = [at for at in places if at.path == path][-1]
            message = f"{count} placeholders; more than {MAX_PLACEHOLDERS} nobody remembers"
            yield problem(last, "warning", message, "too-many-placeholders")


def check_specimens(library: Library) -> Iterator[Problem]:
    """Wording rules that miss one of their bad specimens or fire on a good one."""
    for rule in library.rules:
        for kind, texts in (("bad", rule.bad), ("good", rule.good)):
            for i, text in enumerate(texts):
                hit = _hit(rule, text)
                if bool(hit) != (kind == "bad"):
                    message = f"{rule.id} fires on {hit!r} in a good specimen" if hit else f"{rule.id} misses this"
                    yield problem(library.places[kind, rule.id, i], "error", message, "specimen")


def _hit(rule: WordingRule, text: str) -> str:
    lang: Lang = rule.lang or ("zh" if has_han(text) else "en")
    return next((word for _, word in check_wording(text, [rule], lang)), "")


# --- a scenario's replies -------------------------------------------------------------------------------------------


def check_replies(library: Library, scenario: Scenario) -> Iterator[Problem]:
    """Everything about the replies of one scenario; `library` has all declarations."""
    placeholders = Placeholders(library.placeholders)
    for reply in scenario.replies:
        at = library.places["reply", scenario.id, reply.id]
        yield from _check_template(reply.text, at, placeholders)
        if not reply.about and TOPIC in (placeholders.name(written) for written, _ in names_in(reply.text)):
            yield problem(at, "warning", f"{{{TOPIC}}} is a word of `about`, which this reply has not", "topic")
        text, _, _ = fill(reply.text, placeholders, lambda name: _stand_in(name, placeholders), reply.lang)
        yield from _check_shape(text, reply, at)
        for rule, word in check_wording(text, library.rules, reply.lang):
            advice = f"; {rule.suggestion}" if rule.suggestion else ""
            yield problem(at, rule.level, f"{word!r}: {rule.reason}{advice}", rule.id)
    if scenario.escalate:
        yield from _check_template(scenario.escalate, library.places["escalate", scenario.id], placeholders)
    yield from _check_choice(library, scenario, placeholders)


def _stand_in(name: str, placeholders: Placeholders) -> tuple[str, str] | None:
    declared = placeholders.get(name)
    return None if declared and declared.kind == "wording" else (_FACT, "")


def _check_template(text: str, at: Place, placeholders: Placeholders) -> Iterator[Problem]:
    if stray_brace(text):
        yield problem(at, "error", "a brace of no placeholder; a literal one is {{ or }}", "stray-brace")
    for written, default in names_in(text):
        declared = placeholders.get(placeholders.name(written))
        if declared is None:
            known = [w for p in placeholders for w in (p.name, p.alias)]
            close = get_close_matches(written, known, n=1)
            hint = f"; did you mean {{{close[0]}}}?" if close else ""
            yield problem(at, "error", f"unknown placeholder {{{written}}}{hint}", "unknown-placeholder")
        elif default is not None and declared.kind == "fact":
            message = f"{{{written}}} is a fact: a default would become a promise"
            yield problem(at, "error", message, "fact-default")


def _check_shape(text: str, reply: Reply, at: Place) -> Iterator[Problem]:
    text = text.strip()
    if has_han(text) != (reply.lang == "zh"):
        yield problem(at, "warning", f"this is not all {LANG_NAMES[reply.lang]}", "language")
        return
    lines = len(text.splitlines())
    if reply.lang == "zh":
        size, unit = len("".join(text.split())), "characters"
        least = SHORT if reply.tone == "brief" or reply.technique in SHORT_TECHNIQUES else LENGTHS[0]
        most = STEPS if lines > 1 else LENGTHS[1]
    else:
        size, unit = len(text.split()), "words"
        least, most = 1, LETTER_WORDS if lines > 1 else WORDS
    if not least <= size <= most:
        yield problem(at, "warning", f"{size} {unit}; {least} to {most} are read", "length")
    sentences = len(_SENTENCE_END.findall(text)) + 1
    if reply.lang == "zh" and lines == 1 and sentences > SENTENCES:
        yield problem(at, "warning", f"{sentences} sentences; at most {SENTENCES} are read", "length")
    if len(_EMOJI.findall(text)) > 1:
        yield problem(at, "warning", "more than one emoji", "emoji")


def _check_choice(library: Library, scenario: Scenario, placeholders: Placeholders) -> Iterator[Problem]:
    """Whether the replies leave the agent a choice: languages, tones, bargaining styles, something sendable at once."""
    at = library.places["replies", scenario.id]
    for lang in LANGS:
        replies = [r for r in scenario.replies if r.lang == lang]
        if not replies:
            yield problem(at, "warning", f"no reply in {LANG_NAMES[lang]}", "missing-language")
        elif all(r.about or fill(r.text, placeholders, lambda _: None, r.lang)[2] for r in replies):
            message = f"no {LANG_NAMES[lang]} reply can be sent to everybody (no `about`) with nothing filled in"
            yield problem(at, "warning", message, "no-fact-free-reply")
    tones = {r.tone for r in scenario.replies}
    if "brief" not in tones and not scenario.by_agent:
        yield problem(at, "warning", "no reply with the tone brief", "missing-tone")
    if "apologetic" not in tones and scenario.id in HEATED_SCENARIOS:
        yield problem(at, "warning", "no reply with the tone apologetic, and tempers run high here", "missing-tone")
    styles = {r.bargaining for r in scenario.replies if r.bargaining}
    if len(styles) == 1:
        yield problem(at, "warning", f"replies for bargaining: {styles.pop()} only", "missing-bargaining")


def check_about(library: Library) -> Iterator[Problem]:
    """`about` words with LIKE that the lexicon has not, and replies about words that no example of their scenario says."""
    lexicon = Lexicon.from_concepts(library.concepts)
    for scenario in library.scenarios.values():
        replies = [r for r in scenario.replies if r.about]
        heard = [Heard(message, lexicon) for message in scenario.messages] if replies else []
        for reply in replies:
            at = library.places["reply", scenario.id, reply.id]
            for word in reply.about:
                if word[0] == LIKE and word[1:] not in lexicon.words:
                    yield problem(at, "warning", f"about: {word}: the lexicon has no word {word[1:]!r}", "about-unlike")
            if not any(h.count(reply.about) for h in heard):
                message = f"no message of {scenario.id} says any of: {', '.join(reply.about)}"
                yield problem(at, "hint", message, "about-unheard")
