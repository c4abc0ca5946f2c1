"""Ordered work over processes: order, bounded reading ahead, and what happens when a process fails."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from multiprocessing import active_children
from time import sleep

import pytest

from cs_helper import workers
from cs_helper.errors import CsHelperError


def _slow_then_fast(n: int) -> int:
    sleep(0.02 if n % 5 == 0 else 0)
    return n * n


def _die(n: int) -> int:
    if n == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return n


def _fail(n: int) -> int:
    return 1 // (3 - n)


def _give(work: Callable[[int], int]) -> Callable[[int], int]:
    return work


@pytest.fixture(params=["fork", "spawn"])
def start(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "fork" and not workers.FORKS:
        pytest.skip("does not fork here")
    monkeypatch.setattr(workers, "FORKS", request.param == "fork")


@pytest.mark.usefixtures("start")
def test_results_come_in_order() -> None:
    with closing(workers.map_in_order(partial(_give, _slow_then_fast), range(60), 3)) as results:
        assert list(results) == [n * n for n in range(60)]
    assert not active_children()


def test_no_more_is_read_than_a_few_chunks_ahead() -> None:
    taken = 0

    def chunks() -> Iterator[int]:
        nonlocal taken
        while taken < 1000:
            taken += 1
            yield taken

    with closing(workers.map_in_order(partial(_give, _slow_then_fast), chunks(), 2)) as results:
        for _ in range(5):
            next(results)
        assert taken <= 5 + 2 * (workers.AHEAD + 1) + 1
    assert not active_children()


@pytest.mark.usefixtures("start")
@pytest.mark.parametrize(
    ("work", "message"),
    [
        (_die, "a worker process was killed by signal 9; not all messages are answered"),
        (_fail, "a worker process failed: ZeroDivisionError: "),
    ],
)
def test_a_dying_process_is_one_clear_error(work: Callable[[int], int], message: str) -> None:
    with (
        closing(workers.map_in_order(partial(_give, work), range(100), 2)) as results,
        pytest.raises(CsHelperError) as e,
    ):
        list(results)
    assert str(e.value).startswith(message)
    assert not active_children()
