"""How accurate a library is: the figures over labelled messages and what the matcher answered. Nothing here asks it.

A labelled message carries the scenario ids that are accepted as its answer, best first; none = no scenario fits and
the right answer is to stay unsure.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

from cs_helper.errors import CsHelperError
from cs_helper.model import STAGES
from cs_helper.text import clean
from cs_helper.trial import Answer, Labelled

BINS = 10
OUT_OF_SCOPE = "out_of_scope"
UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class ScenarioFigures:
    """The figures of the messages whose first label is this scenario; `taken`: how many others it wrongly took."""

    scenario: str
    messages: int
    top1: float
    top3: float
    coverage: float
    precision: float
    taken: int


@dataclass(frozen=True, slots=True)
class Confusion:
    """Messages of `want` ("" = no scenario fits) that went to `got` ("" = nothing); the surest one with its score."""

    want: str
    got: str
    count: int
    confident: int
    example: str
    score: float


@dataclass(frozen=True, slots=True)
class Bin:
    """Messages whose first match scored from `low` to below `high`: how many, their mean score, the share right."""

    low: float
    high: float
    messages: int
    score: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything that is counted over one set of messages.

    `stages` counts messages by the stage they belong to (or out of scope) and the stage they were confidently
    answered from (or unsure); `unknown` are the labels that no scenario of the library has.
    """

    figures: Mapping[str, float]
    scenarios: tuple[ScenarioFigures, ...]
    confusions: tuple[Confusion, ...]
    reliability: tuple[Bin, ...]
    calibration_error: float
    stages: Mapping[str, Mapping[str, int]]
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A message that only one of two libraries answers rightly."""

    message: Labelled
    ours: Answer
    theirs: Answer


def is_right(message: Labelled, answer: Answer) -> bool:
    """Whether the first match is accepted; for a message that no scenario fits, whether the matcher stayed unsure."""
    return answer.first in message.labels if message.labels else not answer.confident


def figures(messages: Sequence[Labelled], answers: Sequence[Answer]) -> dict[str, float]:
    """The headline figures, shares rounded to four places, 0 where nothing is to be shared.

    top1, top3, mrr over labelled messages; macro_top1 the mean of top1 over first labels; coverage the share of
    labelled messages answered confidently, precision the share of those answered rightly; false_answers the share of
    messages without a label answered confidently.
    """
    pairs = list(zip(messages, answers, strict=True))
    labelled = [(m, a) for m, a in pairs if m.labels]
    sure = [(m, a) for m, a in labelled if a.confident]
    others = [a for m, a in pairs if not m.labels]
    hits: dict[str, list[bool]] = defaultdict(list)
    for m, a in labelled:
        hits[m.labels[0]].append(a.first in m.labels)
    top3 = sum(_rank(m, a) in (1, 2, 3) for m, a in labelled)
    reciprocal = sum(1 / rank for m, a in labelled if (rank := _rank(m, a)))
    return {
        "labelled": len(labelled),
        "unlabelled": len(others),
        "top1": _share(sum(map(sum, hits.values())), len(labelled)),
        "top3": _share(top3, len(labelled)),
        "mrr": _share(reciprocal, len(labelled)),
        "macro_top1": _share(sum(sum(h) / len(h) for h in hits.values()), len(hits)),
        "coverage": _share(len(sure), len(labelled)),
        "precision": _share(sum(a.first in m.labels for m, a in sure), len(sure)),
        "false_answers": _share(sum(a.confident for a in others), len(others)),
    }


def _share(part: float, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def _rank(message: Labelled, answer: Answer) -> int:
    """The place of the first accepted scenario, from 1; 0 when there is none."""
    return next((k for k, s in enumerate(answer.ranked, 1) if s in message.labels), 0)


def by_scenario(messages: Sequence[Labelled], answers: Sequence[Answer]) -> list[ScenarioFigures]:
    """The figures of each scenario that is a first label, those with the most misses first."""
    groups: dict[str, list[tuple[Labelled, Answer]]] = defaultdict(list)
    taken: Counter[str] = Counter()
    for m, a in zip(messages, answers, strict=True):
        if m.labels:
            groups[m.labels[0]].append((m, a))
        if not is_right(m, a):
            taken[a.first] += 1
    found = []
    for sid, group in groups.items():
        own = figures(*zip(*group, strict=True))
        shares = {k: own[k] for k in ("top1", "top3", "coverage", "precision")}
        found.append(ScenarioFigures(sid, len(group), **shares, taken=taken[sid]))
    return sorted(found, key=lambda s: (-s.messages * (1 - s.top1), s.top1, s.scenario))


def confusions(messages: Sequence[Labelled], answers: Sequence[Answer]) -> list[Confusion]:
    """What was taken for what, the costliest first: a wrong answer counts once, a confident one twice.

    For a message that no scenario fits only a confident answer is wrong.
    """
    groups: dict[tuple[str, str], list[tuple[Labelled, Answer]]] = defaultdict(list)
    for m, a in zip(messages, answers, strict=True):
        if not is_right(m, a):
            groups[m.labels[0] if m.labels else "", a.first].append((m, a))
    found = []
    for (want, got), group in groups.items():
        surest, answer = max(group, key=lambda pair: pair[1].score)
        found.append(Confusion(want, got, len(group), sum(a.confident for _, a in group), surest.text, answer.score))
    return sorted(found, key=lambda c: (-c.count - c.confident, -c.score, c.want, c.got))


def reliability(messages: Sequence[Labelled], answers: Sequence[Answer]) -> tuple[list[Bin], float]:
    """Whether scores mean what they say: the non-empty bins of scores, and the expected calibration error.

    All messages count that have a match, since that is what an agent sees; where no scenario fits, none is right. The
    error is the mean distance of a bin's mean score from its share of right matches, weighted by its messages.
    """
    groups: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for m, a in zip(messages, answers, strict=True):
        if a.ranked:
            groups[min(int(a.score * BINS + 1e-9), BINS - 1)].append((a.score, a.first in m.labels))
    bins = []
    error = 0.0
    for k, group in sorted(groups.items()):
        score = sum(s for s, _ in group) / len(group)
        accuracy = sum(right for _, right in group) / len(group)
        error += abs(score - accuracy) * len(group)
        bins.append(Bin(k / BINS, (k + 1) / BINS, len(group), round(score, 4), round(accuracy, 4)))
    return bins, _share(error, sum(map(len, groups.values())))


def by_stage(
    messages: Sequence[Labelled], answers: Sequence[Answer], stages: Mapping[str, str]
) -> dict[str, dict[str, int]]:
    """Messages by the stage of their first label and the stage of the confident answer; a right one counts as its own.

    `stages` maps scenario ids to stages; messages whose first label is unknown there are left out.
    """
    counts = {row: dict.fromkeys((*STAGES, UNSURE), 0) for row in (*STAGES, OUT_OF_SCOPE)}
    for m, a in zip(messages, answers, strict=True):
        row = stages.get(m.labels[0]) if m.labels else OUT_OF_SCOPE
        if row:
            column = UNSURE if not a.confident else row if is_right(m, a) else stages[a.first]
            counts[row][column] += 1
    return counts


def evaluate(messages: Sequence[Labelled], answers: Sequence[Answer], stages: Mapping[str, str]) -> Evaluation:
    """Count everything; `stages` maps the library's scenario ids to their stages."""
    bins, error = reliability(messages, answers)
    return Evaluation(
        figures=figures(messages, answers),
        scenarios=tuple(by_scenario(messages, answers)),
        confusions=tuple(confusions(messages, answers)),
        reliability=tuple(bins),
        calibration_error=error,
        stages=by_stage(messages, answers, stages),
        unknown=tuple(sorted({label for m in messages for label in m.labels if label not in stages})),
    )


def compare(
    messages: Sequence[Labelled], ours: Sequence[Answer], theirs: Sequence[Answer]
) -> tuple[list[Change], list[Change]]:
    """(won, lost): the messages that only we, and that only they, answer rightly, in their order."""
    won: list[Change] = []
    lost: list[Change] = []
    for m, a, b in zip(messages, ours, theirs, strict=True):
        if is_right(m, a) != is_right(m, b):
            (won if is_right(m, a) else lost).append(Change(m, a, b))
    return won, lost


# --- lower bounds ---------------------------------------------------------------------------------------------------


def read_bounds(options: Iterable[str]) -> dict[str, float]:
    """Lower bounds of figures from KEY=X options.

    Raises:
        CsHelperError: there is no such figure, or X is no number.
    """
    known = figures((), ())
    bounds = {}
    for option in options:
        key, _, number = option.partition("=")
        if key not in known:
            raise CsHelperError(f"--min {clean(option)}: there is no figure {clean(key)!r}; known: {', '.join(known)}")
        try:
            bounds[key] = float(number)
        except ValueError:
            raise CsHelperError(f"--min {clean(option)}: expected {key}=NUMBER") from None
        if not isfinite(bounds[key]):
            raise CsHelperError(f"--min {clean(option)}: expected {key}=NUMBER")
    return bounds


def below(found: Mapping[str, float], bounds: Mapping[str, float]) -> list[str]:
    """The figures that are below their bounds, as "top1 0.65 < 0.7"."""
    return [f"{key} {found[key]:g} < {bound:g}" for key, bound in bounds.items() if found[key] < bound]
