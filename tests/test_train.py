"""Learning the weights: a toy problem, the same weights every time, rare features left out."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

import pytest

from cs_helper import workers
from cs_helper.lanes import SCALE, ZERO, Lanes, widen
from cs_helper.train import MIN_COUNT
from cs_helper.train import train as train_numbered

# class 0: price, 1: shipping, 2: returns; "吗", "的" say nothing, "退" is in two classes
EXAMPLES = [
    (0, "贵 的"),
    (0, "贵 吗 便宜"),
    (0, "便宜 的"),
    (0, "便宜 吗 贵"),
    (1, "发货 吗"),
    (1, "发货 的 快"),
    (1, "快 发货"),
    (1, "快 的 吗"),
    (2, "退 货 吗"),
    (2, "退 钱"),
    (2, "退 货 的"),
    (2, "货 钱 退"),
]
LABELS = [label for label, _ in EXAMPLES]
FEATURES = [text.split() for _, text in EXAMPLES]


def train(examples: Sequence[Sequence[str]], labels: Sequence[int], classes: int) -> dict[str, int]:
    """Feature → packed weights."""
    names = list(dict.fromkeys(f for features in examples for f in features))
    found = train_numbered(names, [[names.index(f) for f in features] for features in examples], labels, classes)
    size = 2 * classes
    rows = [found.table[i : i + size] for i in range(0, len(found.table), size)]
    unpacked = [[v - ZERO for v in Lanes(classes, 32).unpack(widen(row))] for row in rows]
    return {f: Lanes(classes, 16).pack(array("h", row)) for f, row in zip(found.names, unpacked, strict=True)}


def best(rows: dict[str, int], text: str, classes: int = 3) -> int:
    """The class with the highest score."""
    scores = Lanes(classes, 16).unpack(sum(rows.get(f, 0) for f in text.split()))
    return max(range(classes), key=scores.__getitem__)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        *((text, label) for label, text in EXAMPLES),
        ("贵", 0),
        ("快 吗", 1),
        ("钱 吗", 2),
        ("便宜 贵 吗 的", 0),
        ("退 的", 2),
    ],
)
def test_a_toy_problem_is_learnt(text: str, label: int) -> None:
    assert best(train(FEATURES, LABELS, 3), text) == label


def test_what_says_nothing_weighs_little() -> None:
    rows = train(FEATURES, LABELS, 3)
    lanes = Lanes(3, 16)

    def spread(feature: str) -> int:
        weights = lanes.unpack(rows[feature])
        return max(weights) - min(weights)

    assert spread("吗") < spread("贵") / 2
    assert max(map(abs, lanes.unpack(rows["退"]))) < 100 * SCALE


def test_the_same_examples_give_the_same_weights() -> None:
    first, second = (train(FEATURES, LABELS, 3) for _ in range(2))
    assert first == second
    assert list(first) == list(second)


def test_one_core_and_two_give_the_same_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "cores", lambda: 2)
    two = train(FEATURES, LABELS, 3)
    monkeypatch.setattr(workers, "cores", lambda: 1)
    assert train(FEATURES, LABELS, 3) == two


def test_the_commonest_features_come_first() -> None:
    counts = [sum(f in features for features in FEATURES) for f in train(FEATURES, LABELS, 3)]
    assert counts == sorted(counts, reverse=True)


def test_rare_features_are_left_out() -> None:
    examples = [*FEATURES, ["只", "一次", "贵"], ["两次"], ["两次"]]
    rows = train(examples, [*LABELS, 0, 1, 1], 3)
    assert MIN_COUNT == 2
    assert not {"只", "一次"} & set(rows)
    assert best(rows, "两次") == 1


@pytest.mark.parametrize(
    ("examples", "labels"), [([], []), ([["贵"]], [0]), ([[], []], [0, 1]), ([["a"], ["b"]], [0, 2])], ids=str
)
def test_nothing_to_learn(examples: list[list[str]], labels: list[int]) -> None:
    assert train(examples, labels, 3) == {}


def test_a_class_without_examples_never_wins() -> None:
    rows = train(FEATURES, LABELS, 5)
    assert {best(rows, text, 5) for _, text in EXAMPLES} == {0, 1, 2}


def test_an_example_of_any_length_is_learnt() -> None:
    long = [f"w{i}" for i in range(500)]
    rows = train([*FEATURES, long, long], [*LABELS, 2, 2], 3)
    weights = [Lanes(3, 16).unpack(rows[f]) for f in long]
    totals = [sum(column) for column in zip(*weights, strict=True)]
    assert max(range(3), key=totals.__getitem__) == 2
