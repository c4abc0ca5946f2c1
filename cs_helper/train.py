"""Learn the matcher's weights in plain Python: naive Bayes to start from, then logistic regression by gradient steps.

A message is the set of its n features, each worth 1/√n. The weights of all classes for one feature are one packed
integer (`lanes`), so that scoring adds, and a step changes, a few dozen integers instead of rows of a matrix. Naive
Bayes (log of how much likelier a feature is within a class) gets most of the way in one pass, two passes of softmax
regression sharpen the borders between neighbours. Features seen once in the whole library are left out.
"""

from __future__ import annotations

import random
from array import array
from collections import Counter
from collections.abc import Sequence
from itertools import chain, compress
from math import exp, log, sqrt
from operator import add

from cs_helper.lanes import SCALE, Lanes

MIN_COUNT = 2
SMOOTHING = 0.1  # of the naive Bayes counts
START = 0.7  # how much of the naive Bayes weights the regression starts from
RATES = (2.0, 1.4)  # step size of each pass
SETTLED = 0.93  # an example this probable teaches nothing more
SPREAD = 3.5  # classes this many nats below the best get no gradient
BLOCK = 64  # so many weights always add up within 16 bits

Example = tuple[int, list[int], float]  # class, feature numbers, 1/√n


def train(examples: Sequence[Sequence[str]], labels: Sequence[int], classes: int) -> dict[str, int]:
    """Weights from labelled examples: feature → packed 16-bit weights of all classes, in units of 1/SCALE."""
    counts = Counter(chain.from_iterable(examples))
    names = [f for f, n in counts.items() if n >= MIN_COUNT]
    number = dict(zip(names, range(len(names)), strict=True))
    data: list[Example] = []
    for label, features in zip(labels, examples, strict=True):
        known = [number[f] for f in features if f in number]
        if known:
            data.append((label, known, 1 / sqrt(len(known))))
    lanes = Lanes(classes, 16)
    rows = _naive_bayes(lanes, data, len(names))
    order = random.Random(0)  # the same library gives the same weights
    for rate in RATES:
        order.shuffle(data)
        for example in data:
            _learn(lanes, rows, example, rate)
    return dict(zip(names, rows, strict=True))


def _naive_bayes(lanes: Lanes, data: list[Example], features: int) -> list[int]:
    """Packed starting weights: log(1 + c/s · T/T_y), c a feature's mass in class y, T_y the class's, T the mean class's."""
    mass: list[dict[int, float]] = [{} for _ in range(lanes.n)]
    for label, known, weight in data:
        own = mass[label]
        for f in known:
            own[f] = own.get(f, 0.0) + weight
    totals = [sum(own.values()) for own in mass]
    mean = sum(totals) / lanes.n
    unit = START * SCALE
    vectors = [array("h", bytes(2 * lanes.n)) for _ in range(features)]
    for label, own in enumerate(mass):
        if own:
            ratio = mean / totals[label] / SMOOTHING
            for f, c in own.items():
                vectors[f][label] = int(unit * log(1 + c * ratio))
    return [lanes.pack(vector) for vector in vectors]


def _learn(lanes: Lanes, rows: list[int], example: Example, rate: float) -> None:
    """One gradient step: rate · (truth - probability) for each class in reach; none when the example is settled."""
    label, known, weight = example
    scores = _scores(lanes, rows, known)
    unit = weight / SCALE
    top = max(scores)
    near = list(compress(range(lanes.n), map(int(top - SPREAD / unit).__lt__, scores)))
    odds = [exp((scores[c] - top) * unit) for c in near]
    mass = sum(odds)
    probability = exp((scores[label] - top) * unit) / mass
    if probability > SETTLED:
        return
    size = rate * weight * SCALE
    step = round(size * (1 - probability)) << 16 * label
    size /= mass
    for c, odd in zip(near, odds, strict=True):
        if c != label:
            step -= int(size * odd + 0.5) << 16 * c
    for f in known:
        rows[f] += step


def _scores(lanes: Lanes, rows: list[int], known: list[int]) -> Sequence[int]:
    first = lanes.unpack(sum(map(rows.__getitem__, known[:BLOCK])))
    return first if len(known) <= BLOCK else list(map(add, first, _scores(lanes, rows, known[BLOCK:])))
