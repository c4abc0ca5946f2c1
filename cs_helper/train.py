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
from collections.abc import MutableSequence, Sequence
from itertools import chain, compress
from math import exp, log, sqrt
from operator import add

from cs_helper.lanes import SCALE, Lanes

MIN_COUNT = 2
SMOOTHING = 0.1  # of the naive Bayes counts
START = 0.8  # how much of the naive Bayes weights the regression starts from
RATES = (1.5, 1.0)  # step size of each pass
SETTLED = 4.0  # an example this many nats ahead of every rival teaches nothing more
SPREAD = 3.5  # classes this many nats below the best get no gradient
BLOCK = 64  # so many weights always add up within 16 bits
LOWEST = -(1 << 15)

Example = tuple[int, list[int], float]  # class, feature numbers, 1/√n


def train(examples: Sequence[Sequence[str]], labels: Sequence[int], classes: int) -> dict[str, int]:
    """Weights from labelled examples: feature → packed 16-bit weights of all classes, in units of 1/SCALE.

    The commonest features come first.
    """
    counts = Counter(chain.from_iterable(examples))
    names = sorted((f for f, n in counts.items() if n >= MIN_COUNT), key=counts.__getitem__, reverse=True)
    number = dict(zip(names, range(1, len(names) + 1), strict=True)).get  # 0 would be taken for "unknown" below
    data: list[Example] = []
    for label, features in zip(labels, examples, strict=True):
        known = list(filter(None, map(number, features)))
        if known:
            data.append((label, known, 1 / sqrt(len(known))))
    lanes = Lanes(classes, 16)
    rows = _naive_bayes(lanes, data, len(names) + 1)
    order = random.Random(0)  # the same library gives the same weights
    for rate in RATES:
        order.shuffle(data)
        data = [example for example in data if _learn(lanes, rows, example, rate)]
    return dict(zip(names, rows[1:], strict=True))


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


def _learn(lanes: Lanes, rows: list[int], example: Example, rate: float) -> bool:
    """One gradient step: rate · (truth - probability) for each class in reach; False when the example is settled."""
    label, known, weight = example
    scores = _scores(lanes, rows, known)
    unit = weight / SCALE
    own = scores[label]
    scores[label] = LOWEST
    top = max(scores)
    if (own - top) * unit > SETTLED:
        return False
    scores[label] = own
    top = max(top, own)
    near = list(compress(range(lanes.n), map(int(top - SPREAD / unit).__lt__, scores)))
    odds = [exp((scores[c] - top) * unit) for c in near]
    mass = sum(odds)
    size = rate * weight * SCALE
    step = round(size * (1 - exp((own - top) * unit) / mass)) << 16 * label
    size /= mass
    for c, odd in zip(near, odds, strict=True):
        if c != label:
            step -= int(size * odd + 0.5) << 16 * c
    for f in known:
        rows[f] += step
    return True


def _scores(lanes: Lanes, rows: list[int], known: list[int]) -> MutableSequence[int]:
    first = lanes.unpack(sum(map(rows.__getitem__, known[:BLOCK])))
    return first if len(known) <= BLOCK else list(map(add, first, _scores(lanes, rows, known[BLOCK:])))
