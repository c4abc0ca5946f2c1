"""Ordered work over processes: order, bounded reading ahead, and what happens when a process fails."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from multiprocessing import active_children
from pathlib import Path
from threading import Event, Thread
from time import sleep

import pytest

from cs_helper import workers
from cs_helper.errors import CsHelperError

parent = os.getpid()


def _slow_then_fast(n: int) -> int:
    sleep(0.02 if n % 5 == 0 else 0)
    return n * n


def _die(n: int) -> int:
    if n == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return n


def _fail(n: int) -> int:
    return 1 // (3 - n)


def _fail_not(n: int) -> int:
    return n


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


@pytest.mark.parametrize("cores", [1, 2])
def test_two_things_side_by_side(cores: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "cores", lambda: cores)
    assert workers.side_by_side(lambda n: (n, os.getpid() == parent), 1, 2)[0] == (1, True)
    second, here = workers.side_by_side(lambda n: (n, os.getpid() == parent), 1, 2)[1]
    assert (second, here) == (2, cores == 1 or not workers.FORKS)
    assert not active_children()


def test_no_fork_beside_other_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "cores", lambda: 2)
    done = Event()
    thread = Thread(target=done.wait)
    thread.start()
    try:
        assert workers.side_by_side(lambda n: os.getpid(), 1, 2) == (parent, parent)
    finally:
        done.set()
        thread.join()


def test_a_death_at_ones_side_only_takes_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "cores", lambda: 2)

    def work(n: int) -> int:
        if os.getpid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)
        return n

    assert workers.side_by_side(work, 1, 2) == (1, 2)
    assert not active_children()


def test_where_no_process_can_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> int:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(workers, "cores", lambda: 2)
    monkeypatch.setattr(os, "fork", refuse)
    assert workers.side_by_side(_fail_not, 1, 2) == (1, 2)


def test_what_fails_in_the_other_process_fails_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "cores", lambda: 2)
    with pytest.raises(ZeroDivisionError):
        workers.side_by_side(_fail, 1, 3)


def test_handlers_of_the_host_program_are_its_own(tmp_path: Path) -> None:
    note = tmp_path / "note"
    before = signal.signal(signal.SIGTERM, lambda *_: note.write_text("ran", encoding="utf-8"))
    try:
        with closing(workers.map_in_order(partial(_give, _fail_not), range(4), 2)) as results:
            assert list(results) == [0, 1, 2, 3]
    finally:
        signal.signal(signal.SIGTERM, before)
    assert not note.exists()
