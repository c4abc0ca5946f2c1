"""Learn the matcher's weights in plain Python: naive Bayes to start from, then logistic regression by gradient steps.

A message is the set of its n features, each worth 1/√n. The weights of all classes for one feature are one packed
integer (`lanes`), so that scoring adds, and a step changes, a few dozen integers instead of rows of a matrix. Naive
Bayes (log of how much likelier a feature is within a class) gets most of the way in one pass; then two learners, each
with every other example, sharpen the borders between neighbours by softmax regression, and their weights are averaged:
as good as one learner with all of them, and two cores halve the time. Features seen once in the whole library are
left out.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from itertools import chain
from math import exp, log, sqrt
from operator import add
from typing import NamedTuple

from cs_helper.lanes import SCALE, Lanes
from cs_helper.workers import side_by_side

MIN_COUNT = 2
SMOOTHING = 0.35  # of the naive Bayes counts
START = 0.8  # how much of the naive Bayes weights the regression starts from
RATES = (2.0, 1.0)  # step size of each pass
SETTLED = 3.0  # an example this many nats ahead of every rival teaches nothing more
SPREAD = 3.0  # classes this many nats below the best get no gradient
BLOCK = 64  # so many weights always add up within 16 bits
LOWEST = -(1 << 15)

Example = tuple[int, list[int], float]  # class, row numbers, 1/√n


class Weights(NamedTuple):
    """What was learnt: features, the commonest first, and as many stored rows (`Lanes.store`) of 16-bit weights."""

    names: list[str]
    table: bytes


def train(names: Sequence[str], examples: Sequence[Sequence[int]], labels: Sequence[int], classes: int) -> Weights:
    """Weights from labelled examples, in units of 1/SCALE.

    Args:
        names: the features; an example holds the numbers of its own.
        examples: feature numbers of each example.
        labels: the class of each example.
        classes: how many there are.
    """
    counts = Counter(chain.from_iterable(examples))
    kept = sorted((f for f, n in counts.items() if n >= MIN_COUNT), key=counts.__getitem__, reverse=True)
    row = [-1] * len(names)
    for i, f in enumerate(kept):
        row[f] = i
    data: list[Example] = []
    for label, features in zip(labels, examples, strict=True):
        known = [i for i in map(row.__getitem__, features) if i >= 0]
        if known:
            data.append((label, known, 1 / sqrt(len(known))))
    lanes = Lanes(classes, 16)
    start = _naive_bayes(data, classes, len(kept))

    def learn(which: int) -> bytes:  # always two learners, whatever the cores: a library has one set of weights
        return b"".join(map(lanes.store, _sharpen(lanes, start[:], data[which::2])))

    return Weights([names[f] for f in kept], lanes.average(*side_by_side(learn, 0, 1)))


def _naive_bayes(data: Sequence[Example], classes: int, features: int) -> list[int]:
    """Packed starting weights: log(1 + c/s · T/T_y), c a feature's count in class y, T_y the class's, T the mean class's."""
    members: list[list[list[int]]] = [[] for _ in range(classes)]
    for label, known, _ in data:
        members[label].append(known)
    counts = [Counter(chain.from_iterable(own)) for own in members]
    totals = [own.total() for own in counts]
    mean = sum(totals) / classes
    rows = [0] * features
    for label, own in enumerate(counts):
        if own:
            ratio = mean / totals[label] / SMOOTHING
            weight = [int(START * SCALE * log(1 + c * ratio)) << 16 * label for c in range(max(own.values()) + 1)]
            for f, c in own.items():
                rows[f] += weight[c]
    return rows


def _sharpen(lanes: Lanes, rows: list[int], data: list[Example]) -> list[int]:
    """The rows after a few passes of gradient steps over the examples."""
    order = random.Random(0)
    shifts = [1 << 16 * c for c in range(lanes.n)]
    for rate in RATES:
        order.shuffle(data)
        data = [example for example in data if _step(lanes, rows, example, rate, shifts)]
    return rows


def _step(lanes: Lanes, rows: list[int], example: Example, rate: float, shifts: Sequence[int]) -> bool:
    """One gradient step: rate · (truth - probability) for each class in reach; False when the example is settled."""
    label, known, weight = example
    scores = _scores(lanes, rows, known)  # a list: the numbers of an array would be made anew at each look
    unit = weight / SCALE
    own = scores[label]
    scores[label] = LOWEST
    top = max(scores)
    if (own - top) * unit > SETTLED:
        return False
    top = max(top, own)
    floor = top - SPREAD / unit
    rivals = [c for c, score in enumerate(scores) if score > floor]
    odds = [exp((scores[c] - top) * unit) for c in rivals]
    truth = exp((own - top) * unit)
    mass = sum(odds) + truth
    size = rate * weight * SCALE
    step = round(size * (1 - truth / mass)) * shifts[label]
    size /= mass
    for c, odd in zip(rivals, odds, strict=True):
        step -= int(size * odd + 0.5) * shifts[c]
    for f in known:
        rows[f] += step
    return True


def _scores(lanes: Lanes, rows: list[int], known: list[int]) -> list[int]:
    first = lanes.unpack(sum(map(rows.__getitem__, known[:BLOCK]))).tolist()
    return first if len(known) <= BLOCK else list(map(add, first, _scores(lanes, rows, known[BLOCK:])))
