"""`cs-helper list`: the scenarios of the library, how much there is of each, or the placeholders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from cs_helper import output
from cs_helper.commands import open_library
from cs_helper.errors import CsHelperError, did_you_mean
from cs_helper.model import STAGES, Placeholder, Scenario
from cs_helper.output import DIM, HEAD, Line, pad
from cs_helper.text import has_han

NUMBERS = (("messages", "zh"), ("messages", "en"), ("replies", "zh"), ("replies", "en"))
WIDTH = 7  # cells of a number


def run(
    *, stage: str | None, stats: bool, placeholders: bool, as_json: bool, library: Sequence[str], color: bool
) -> int:
    """Print the list; the exit code is 0.

    Raises:
        CsHelperError: there is no such stage, or no usable library.
    """
    if stage is not None and stage not in STAGES:
        raise CsHelperError(f"--stage {stage}: known are {', '.join(STAGES)}{did_you_mean(stage, STAGES)}")
    content = open_library(library)
    if placeholders:
        declared = list(content.placeholders.values())
        if as_json:
            output.print_json({"version": 1, "placeholders": [_placeholder_object(p) for p in declared]})
        else:
            output.print_lines(_placeholder_lines(declared), color=color)
        return 0
    scenarios = [s for s in content.scenarios.values() if stage in (None, s.stage)]
    if as_json:
        totals = _object_of(_sum(map(count, scenarios)))
        output.print_json({"version": 1, "scenarios": [_scenario_object(s) for s in scenarios], "total": totals})
    else:
        output.print_lines(_scenario_lines(scenarios, stats=stats), color=color)
    return 0


def count(scenario: Scenario) -> Counter[tuple[str, str]]:
    """How many messages and replies there are in Chinese and English: ("messages", "zh") → number …"""
    counts = Counter(("messages", language(m)) for m in scenario.messages)
    counts.update(("replies", r.lang) for r in scenario.replies)
    return counts


def language(message: str) -> str:
    """zh for a message with any Chinese character or no letter at all, else en."""
    return "zh" if has_han(message) or not any(c.isalpha() for c in message) else "en"


def _sum(counts: Iterable[Counter[tuple[str, str]]]) -> Counter[tuple[str, str]]:
    total: Counter[tuple[str, str]] = Counter()
    for c in counts:
        total.update(c)
    return total


def _object_of(counts: Counter[tuple[str, str]]) -> dict[str, dict[str, int]]:
    return {what: {lang: counts[what, lang] for lang in ("zh", "en")} for what in ("messages", "replies")}


def _scenario_object(s: Scenario) -> dict[str, Any]:
    return {
        "scenario": s.id,
        "stage": s.stage,
        "title": s.title,
        "means": s.means,
        "by_agent": s.by_agent,
        "frequency": s.frequency,
        "states": list(s.states),
        **_object_of(count(s)),
    }


def _scenario_lines(scenarios: Sequence[Scenario], *, stats: bool) -> Iterator[Line]:
    ids = 2 + max(len(word) for word in (*STAGES, *(s.id for s in scenarios)))
    titles = max((output.cells(s.title) for s in scenarios), default=0)
    if stats:
        heads = "".join(f"{lang} {'msg' if what == 'messages' else 'rep'}".rjust(WIDTH) for what, lang in NUMBERS)
        yield Line([(" " * (ids + 2 + titles) + heads, DIM)])
    for stage in STAGES:
        inside = [s for s in scenarios if s.stage == stage]
        if not inside:
            continue
        head = [(pad(stage, ids + 2), HEAD), (pad(_scenarios(len(inside)), titles), DIM)]
        yield Line([*head, (_numbers(_sum(map(count, inside))), HEAD)] if stats else head)
        for s in inside:
            parts = [("  " + pad(s.id, ids), ""), (pad(s.title, titles) if stats else s.title, "")]
            if stats:
                parts.append((_numbers(count(s)), ""))
            elif s.by_agent:
                parts.append(("  by agent", DIM))
            yield Line(parts)
    if stats:
        total = [(pad("total", ids + 2), HEAD), (pad(_scenarios(len(scenarios)), titles), DIM)]
        yield Line([*total, (_numbers(_sum(map(count, scenarios))), HEAD)])


def _scenarios(number: int) -> str:
    return f"{number} scenario" + "s" * (number != 1)


def _numbers(counts: Counter[tuple[str, str]]) -> str:
    return "".join(f"{counts[key]:,}".rjust(WIDTH) for key in NUMBERS)


def _placeholder_object(p: Placeholder) -> dict[str, Any]:
    return {
        "name": p.name,
        "alias": p.alias or None,
        "kind": p.kind,
        "meaning": p.meaning,
        "default": dict(p.default),
    }


def _placeholder_lines(declared: Sequence[Placeholder]) -> Iterator[Line]:
    names = 2 + max((len(p.name) for p in declared), default=0)
    aliases = 2 + max((output.cells(p.alias) for p in declared), default=0)
    for p in declared:
        default = f" = {' / '.join(p.default.values())}" if p.default else ""
        parts = [(pad(p.kind, 9), DIM), (p.meaning, ""), (default, DIM)]
        yield Line(parts, pad(p.name, names) + pad(p.alias, aliases), names + aliases)
