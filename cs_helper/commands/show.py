"""`cs-helper show ID`: what a scenario means, its examples and its reply templates."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cs_helper import output
from cs_helper.commands import open_library
from cs_helper.commands.list import count, language
from cs_helper.errors import CsHelperError, did_you_mean
from cs_helper.model import LANGS, Placeholder, Reply, Scenario
from cs_helper.output import DIM, GAP, HEAD, MARK, Line
from cs_helper.render import Placeholders, names_in

EXAMPLES = 6
COLUMN = 11
ORDER = (
    "Order in an answer: replies for another order state last, before them those about words that the message does not "
    "say; for the angry apologies first and nothing that sells; the shop's way of bargaining; fewest missing facts; "
    "--tone; most words of the message; those that tell a known fact; those for any order state; and as they stand here."
)
_PLACEHOLDER = re.compile(r"(\{[^{}\n]*\})")


def run(scenario: str, *, lang: str | None, as_json: bool, library: Sequence[str], color: bool) -> int:
    """Print one scenario; the exit code is 0.

    Raises:
        CsHelperError: there is no such scenario or language, or no usable library.
    """
    if lang is not None and lang not in LANGS:
        raise CsHelperError(f"--lang {lang}: known are {', '.join(LANGS)}")
    content = open_library(library)
    found = content.scenarios.get(scenario)
    if found is None:
        near = did_you_mean(scenario, content.scenarios) or "; `cs-helper list` shows them"
        raise CsHelperError(f"there is no scenario {scenario!r}{near}")
    replies = [r for r in found.replies if lang in (None, r.lang)]
    if as_json:
        output.print_json(_object_of(found, replies, content.placeholders))
    else:
        output.print_lines(_lines(found, replies, content.placeholders), color=color)
    return 0


def facts_in(reply: Reply, placeholders: Mapping[str, Placeholder]) -> list[str]:
    """The names of the facts that a template needs, each once."""
    declared = Placeholders(placeholders)
    names = dict.fromkeys(declared.name(written) for written, _ in names_in(reply.text))
    return [n for n in names if n not in placeholders or placeholders[n].kind == "fact"]


def _object_of(s: Scenario, replies: Sequence[Reply], placeholders: Mapping[str, Placeholder]) -> dict[str, Any]:
    return {
        "version": 1,
        "scenario": s.id,
        "stage": s.stage,
        "title": s.title,
        "means": s.means,
        "by_agent": s.by_agent,
        "frequency": s.frequency,
        "states": list(s.states),
        "ask_for": list(s.ask_for),
        "next": list(s.next),
        "escalate": s.escalate or None,
        "messages": list(s.messages),
        "not_messages": [{"text": text, "belongs_to": other} for text, other in s.not_messages],
        "replies": [
            {
                "id": r.id,
                "text": r.text,
                "technique": r.technique or None,
                "tone": r.tone,
                "lang": r.lang,
                "about": list(r.about),
                "states": list(r.states),
                "bargaining": r.bargaining or None,
                "facts": facts_in(r, placeholders),
            }
            for r in replies
        ],
    }


def _lines(s: Scenario, replies: Sequence[Reply], placeholders: Mapping[str, Placeholder]) -> Iterator[Line]:
    yield Line([(s.title, HEAD), (f"  {s.id}", DIM)])
    facts = {
        "means": s.means,
        "stage": s.stage + ("" if s.frequency == "normal" else f", {s.frequency} frequency"),
        "states": ", ".join(s.states),
        "ask for": "、".join(s.ask_for),
        "escalate": s.escalate,
        "next": ", ".join(s.next),
        "messages": _examples(s),
        "not": "; ".join(f"{text} → {other}" for text, other in s.not_messages[:EXAMPLES]),
    }
    for label, text in facts.items():
        if text:
            yield Line([(text, "")], label, COLUMN)
    for lang in LANGS:
        chosen = [r for r in replies if r.lang == lang]
        if chosen:
            yield Line()
            yield Line([(f"{'Chinese' if lang == 'zh' else 'English'} replies: {len(chosen)}", HEAD)])
        for number, reply in enumerate(chosen, 1):
            yield Line()
            yield Line([(f"{number} ", MARK), (_about(reply, placeholders), DIM)])
            parts = _PLACEHOLDER.split(reply.text)
            yield Line([(part, GAP if i % 2 else "") for i, part in enumerate(parts)], raw=True)
    yield Line()
    yield Line([(ORDER, DIM)])


def _examples(s: Scenario) -> str:
    if s.by_agent:
        return "none: the agent writes first"
    counts = count(s)
    by_lang = [[m for m in s.messages if language(m) == lang] for lang in LANGS]
    some = [m for messages, most in zip(by_lang, (EXAMPLES - 2, 2), strict=True) for m in messages[:most]]
    return f"{counts['messages', 'zh']} zh, {counts['messages', 'en']} en, such as: {' / '.join(some)}"


def _about(reply: Reply, placeholders: Mapping[str, Placeholder]) -> str:
    """Technique, tone and id, and what decides its place in an answer."""
    needs = facts_in(reply, placeholders)
    parts = (
        reply.technique,
        reply.tone,
        reply.id,
        f"about {', '.join(reply.about)}" if reply.about else "",
        f"only {', '.join(reply.states)}" if reply.states else "",
        f"bargaining {reply.bargaining}" if reply.bargaining else "",
        f"needs {', '.join(needs)}" if needs else "",
    )
    return " · ".join(filter(None, parts))
