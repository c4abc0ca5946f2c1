"""Learn the matcher's weights: multinomial logistic regression by stochastic gradient steps, in plain Python.

A message is the set of its features, each worth 1/√n; a class's score is the mean weight of those features, scaled by
√n. The weights of all classes for one feature are one packed integer (`lanes`), so that a step touches a handful of
big integers instead of a matrix. Features seen once in the whole library are left out: they cannot generalise.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from math import exp, sqrt

from cs_helper.lanes import SCALE, Lanes, shift

EPOCHS = 3
RATE = 4.0
DECAY = 0.7
MIN_COUNT = 2
SETTLED = 0.97  # an example this probable teaches nothing more
SPREAD = 6.0  # classes this many nats below the best get no gradient


def train(examples: Sequence[Sequence[str]], labels: Sequence[int], classes: int) -> dict[str, int]:
    """Weights from labelled examples: feature → packed weights of all classes, in units of 1/SCALE."""
    counts = Counter(f for features in examples for f in features)
    rows = {f: 0 for f, n in counts.items() if n >= MIN_COUNT}
    kept = [(label, [f for f in features if f in rows]) for features, label in zip(examples, labels, strict=True)]
    kept = [example for example in kept if example[1]]
    lanes = Lanes(classes)
    order = random.Random(0)  # the same library gives the same weights
    for epoch in range(EPOCHS):
        order.shuffle(kept)
        for label, features in kept:
            step = _gradient(lanes, rows, features, label, RATE * DECAY**epoch)
            if step:
                for f in features:
                    rows[f] += step
    return rows


def _gradient(lanes: Lanes, rows: dict[str, int], features: list[str], label: int, rate: float) -> int:
    """The packed step for one example: rate · (truth - probability) for each class in reach, 0 when it is settled."""
    total = 0
    for f in features:
        total += rows[f]
    scores = lanes.unpack(total)
    root = sqrt(len(features))
    unit = 1 / (SCALE * root)
    top = max(scores)
    cut = top - int(SPREAD / unit)
    near = [(c, exp((s - top) * unit)) for c, s in enumerate(scores) if s > cut]
    mass = sum(e for _, e in near)
    probability = exp((scores[label] - top) * unit) / mass
    if probability > SETTLED:
        return 0
    size = rate / root * SCALE
    step = int(size * (1 - probability)) << shift(label)
    for c, e in near:
        if c != label:
            step -= int(size * e / mass) << shift(c)
    return step
