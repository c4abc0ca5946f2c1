"""Vectors packed into one integer: round trips, borrowing between lanes, the stored form."""

from __future__ import annotations

import random
from array import array

import pytest

from cs_helper.lanes import SCALE, ZERO, Lanes, widen

CODE = {16: "h", 32: "i"}
LOW = {bits: -(1 << (bits - 1)) for bits in CODE}
VECTORS = [
    [0],
    [-1],
    [0, 0, 0],
    [1, -1, 1, -1],
    [-1, -1, -1],
    [-1, 0],  # borrows from the lane above
    [5, 0, 0, -7],
    [SCALE, -SCALE, 3 * SCALE],
]


def vectors(bits: int) -> list[list[int]]:
    """The table above, the ends of the range, and some drawn by lot."""
    low, high = LOW[bits], -LOW[bits] - 1
    chance = random.Random(bits)
    drawn = [[chance.choice((low, high, -1, 0, chance.randint(low, high))) for _ in range(n)] for n in (1, 2, 7, 90)]
    return [*VECTORS, [low, high, low], [high] * 5, [low] * 5, *drawn]


@pytest.mark.parametrize("bits", [16, 32])
def test_what_is_packed_comes_out_again(bits: int) -> None:
    for numbers in vectors(bits):
        lanes = Lanes(len(numbers), bits)
        packed = lanes.pack(array(CODE[bits], numbers))
        assert packed == sum(v << bits * i for i, v in enumerate(numbers))
        assert list(lanes.unpack(packed)) == numbers


@pytest.mark.parametrize("bits", [16, 32])
def test_adding_integers_adds_vectors(bits: int) -> None:
    for a in vectors(bits):
        a = [v // 2 for v in a]
        b = [v // 3 - i for i, v in enumerate(reversed(a))]
        lanes = Lanes(len(a), bits)
        packed = lanes.pack(array(CODE[bits], a)), lanes.pack(array(CODE[bits], b))
        assert list(lanes.unpack(packed[0] + packed[1])) == [x + y for x, y in zip(a, b, strict=True)]
        assert list(lanes.unpack(packed[0] - packed[1])) == [x - y for x, y in zip(a, b, strict=True)]


def test_a_lane_borrows_and_gives_back() -> None:
    lanes = Lanes(3, 16)
    one = lanes.pack(array("h", [0, 1, 0]))
    below = one - 1  # takes one from the lane above on the way
    assert list(lanes.unpack(below)) == [-1, 1, 0]
    assert list(lanes.unpack(below + 1)) == [0, 1, 0]
    assert lanes.pack(array("h", [0, 0, 0])) == 0


def test_stored_and_widened_rows_add_up() -> None:
    for numbers in vectors(16):
        lanes, wide = Lanes(len(numbers), 16), Lanes(len(numbers), 32)
        stored = lanes.store(lanes.pack(array("h", numbers)))
        assert len(stored) == 2 * len(numbers)
        row = widen(stored)
        assert [v - ZERO for v in wide.unpack(row)] == numbers
        assert widen(memoryview(stored)) == row
        # sums far beyond 16 bits still fit
        assert [v - 1000 * ZERO for v in wide.unpack(sum([row] * 1000))] == [1000 * v for v in numbers]


def test_tables_are_averaged_number_by_number() -> None:
    lanes = Lanes(3, 16)
    one, other = [5, -5, 0, 32767, -32768, 1, -1, -1, 7], [6, -6, 1, -32768, -32768, 1, -2, 1, -7]
    a, b = (b"".join(lanes.store(lanes.pack(array("h", ns[i : i + 3]))) for i in (0, 3, 6)) for ns in (one, other))
    mean = lanes.average(a, b)
    rows = [[v - ZERO for v in Lanes(3, 32).unpack(widen(mean[i : i + 6]))] for i in (0, 6, 12)]
    assert [v for row in rows for v in row] == [(x + y) // 2 for x, y in zip(one, other, strict=True)]
    assert lanes.average(b"", b"") == b""


def test_a_stored_row_is_never_zero() -> None:
    """0 stands for an unknown feature; only the lowest number of all, which no weight reaches, is stored as zero."""
    lanes = Lanes(2, 16)
    assert widen(lanes.store(lanes.pack(array("h", [0, 0])))) != 0
    assert lanes.store(lanes.pack(array("h", [0, -1]))) == b"\x00\x80\xff\x7f"
