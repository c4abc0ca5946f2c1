"""What is wrong with a library that reads well. Yields problems with their places and prints nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from rapidfuzz import fuzz, process

from cs_helper.lint_replies import LANG_NAMES, check_about, check_placeholders, check_replies, check_specimens, problem
from cs_helper.model import LANGS, Library, Place, Problem, Scenario
from cs_helper.text import has_han, normalise

NEAR = 92  # rapidfuzz ratio, 0..100, from which two normalised messages say the same
FOLDS = 5

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class _Example:
    """A text the matcher learns from: the scenario it stands in and the one it speaks for ("" = out of scope)."""

    text: str
    home: str
    label: str
    at: Place

    @property
    def where(self) -> str:
        return f"{self.home or 'out_of_scope'}, line {self.at.line}"


def lint(
    library: Library, *, below: Library | None = None, hints: bool = False, progress: Progress | None = None
) -> Iterator[Problem]:
    """The findings beyond those of reading (`library.problems`), in no particular order.

    Args:
        library: what to check.
        below: a library whose placeholders, wording rules and lexicon hold too, without being checked.
        hints: also what is merely worth a look: near-duplicates across scenarios, tone, and the messages that the
            matcher, taught without them, confidently gives to another scenario (this takes a while).
        progress: called with (steps done, steps) during the slow part.
    """
    whole = _with_declarations(library, below) if below else library
    found = chain(
        check_placeholders(library, below),
        check_specimens(library),
        check_about(whole),
        *(_check_scenario(whole, s) for s in library.scenarios.values()),
        _check_messages(library, hints),
    )
    yield from (p for p in found if hints or p.level != "hint")
    if hints:
        yield from _stolen_messages(whole, progress)


def _with_declarations(library: Library, below: Library) -> Library:
    rules = {r.id: r for r in (*below.rules, *library.rules)}
    return replace(
        library,
        placeholders={**below.placeholders, **library.placeholders},
        rules=tuple(rules.values()),
        concepts={**below.concepts, **library.concepts},
    )


# --- a scenario -----------------------------------------------------------------------------------------------------


def _check_scenario(library: Library, scenario: Scenario) -> Iterator[Problem]:
    yield from check_replies(library, scenario)
    yield from _check_references(library, scenario)
    if not scenario.by_agent:
        at = library.places["messages", scenario.id]
        found = {"zh" if has_han(m) else "en" for m in scenario.messages}
        for lang in LANGS:
            if lang not in found:
                yield problem(at, "warning", f"no message in {LANG_NAMES[lang]}", "missing-language")


def _check_references(library: Library, scenario: Scenario) -> Iterator[Problem]:
    """References that lead nowhere, or nowhere new."""
    for i, target in enumerate(scenario.next):
        at = library.places["next", scenario.id]
        if target not in library.scenarios:
            yield problem(at, "warning", f"there is no scenario {target!r}", "unknown-scenario")
        if target == scenario.id:
            yield problem(at, "warning", "next: the scenario itself", "reference")
        elif target in scenario.next[:i]:
            yield problem(at, "warning", f"next: {target!r} twice", "reference")
    for i, (_, target) in enumerate(scenario.not_messages):
        at = library.places["belongs_to", scenario.id, i]
        other = library.scenarios.get(target)
        if not other:
            yield problem(at, "warning", f"there is no scenario {target!r}", "unknown-scenario")
        if target == scenario.id:
            yield problem(at, "error", "belongs_to: the scenario itself", "reference")
        elif other and other.by_agent:
            yield problem(at, "warning", f"belongs_to: {target!r} has no messages, the agent starts it", "reference")


# --- messages -------------------------------------------------------------------------------------------------------


def _check_messages(library: Library, hints: bool) -> Iterator[Problem]:
    examples: dict[str, list[_Example]] = defaultdict(list)
    for e in _examples(library):
        examples[normalise(e.text)].append(e)
    examples.pop("", None)  # emoji and punctuation only: nothing to compare
    for same in examples.values():
        yield from _check_same(same)
    firsts = {text: same[0] for text, same in examples.items()}
    if hints:
        groups = [list(firsts)]
    else:
        homes: dict[str, list[str]] = defaultdict(list)
        for text, e in firsts.items():
            homes[e.home].append(text)
        groups = list(homes.values())
    for a, b, score in chain.from_iterable(map(near_pairs, groups)):
        first, second = firsts[a], firsts[b]
        within = first.home == second.home and first.label == second.label
        message = f"nearly the same ({score:.0f} %) as {first.text!r} ({first.where})"
        yield problem(second.at, "warning" if within else "hint", message, "near-duplicate")


def _examples(library: Library) -> Iterator[_Example]:
    places = library.places
    for s in library.scenarios.values():
        for i, text in enumerate(s.messages):
            yield _Example(text, s.id, s.id, places["message", s.id, i])
        for i, (text, label) in enumerate(s.not_messages):
            yield _Example(text, s.id, label, places["not_message", s.id, i])
    for text, at in zip(
        library.out_of_scope, (at for key, at in places.items() if key[0] == "out_of_scope"), strict=True
    ):
        yield _Example(text, "", "", at)


def _check_same(same: Sequence[_Example]) -> Iterator[Problem]:
    """Examples with the same normalised text: one is enough, and they must not contradict each other."""
    first = same[0]
    for other in same[1:]:
        contradicts = other.label != first.label
        message = f"the same message as in {first.where}" + (f", for {first.label or 'nothing'}" if contradicts else "")
        yield problem(other.at, "error" if contradicts else "warning", message, "duplicate")


def near_pairs(texts: Sequence[str]) -> Iterator[tuple[str, str, float]]:
    """(earlier text, later text, ratio) of all distinct texts that are nearly the same.

    Only texts of like length are compared: with lengths a and b and d characters put in or taken out, the ratio is
    1 - d / (a + b), and d is at least b - a, and at least 2 when a = b.
    """
    order = {text: i for i, text in enumerate(texts)}
    by_length: dict[int, list[str]] = defaultdict(list)
    for text in texts:
        by_length[len(text)].append(text)
    for short, those in by_length.items():
        for long in range(short, short * (200 - NEAR) // NEAR + 1):
            fewest = max(long - short, 2 if long == short else 1)
            if long not in by_length or 100 * fewest > (100 - NEAR) * (short + long):
                continue
            for i, text in enumerate(those):
                others = those[i + 1 :] if long == short else by_length[long]
                for other, score, _ in process.extract(text, others, scorer=fuzz.ratio, score_cutoff=NEAR, limit=None):
                    a, b = sorted((text, other), key=order.__getitem__)
                    yield a, b, score


def _stolen_messages(library: Library, progress: Progress | None) -> Iterator[Problem]:
    """Messages that go to another scenario, with confidence, when the matcher has not learnt them."""
    from cs_helper.trial import Labelled, cross_check

    own = [(s.id, i, m) for s in library.scenarios.values() for i, m in enumerate(s.messages)]
    answers = cross_check(library, [Labelled(m, (sid,)) for sid, _, m in own], FOLDS, progress=progress)
    for (sid, i, _), answer in zip(own, answers, strict=True):
        if answer.confident and answer.first != sid:
            message = f"left out, this message goes to {answer.first} ({answer.score:.2f})"
            yield problem(library.places["message", sid, i], "hint", message, "stolen")
