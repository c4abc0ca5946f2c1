"""`cs-helper batch` as a user runs it: a process with files, pipes, signals and a terminal."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from conftest import Run

from cs_helper.answer import Wish, answer
from cs_helper.index import Index
from cs_helper.profile import Values

TEXTS = (
    "太贵了,能不能便宜点",
    "怎么还没发货,都三天了",
    "收到的杯子是碎的",
    "在吗",
    "好的",
    "How long does shipping take?",
    "你们什么破店,我要投诉",
    "👍",
)
COUNT = re.compile(rb"cs-helper: ([\d,]+) messages?, ([\d,]+) confident, ([\d,]+) errors?, [\d.]+ s\r?\n\Z")

Start = Callable[..., "subprocess.Popen[bytes]"]


def rows(data: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in data.decode().splitlines()]


def many(n: int) -> bytes:
    """JSON Lines with a broken line here and there."""
    lines = (
        "{" if i % 97 == 50 else json.dumps({"text": TEXTS[i % len(TEXTS)] + "呢" * (i % 7), "i": i}) for i in range(n)
    )
    return "".join(line + "\n" for line in lines).encode()


@pytest.fixture
def start(library: Index) -> Iterator[Start]:
    """Start a batch as the head of a process group of its own; it is gone when the test is over."""
    started: list[subprocess.Popen[bytes]] = []

    def call(*args: str, **options: Any) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", "cs_helper", "batch", *args],
            **{"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options},
            start_new_session=True,
        )
        started.append(process)
        return process

    yield call
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            with suppress(OSError):
                if stream:
                    stream.close()


def wait_for(condition: Callable[[], Any]) -> Any:
    """What the condition returns once it is true; fails after half a minute."""
    end = time.monotonic() + 30
    while not (found := condition()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)
    return found


def children(pid: int) -> list[int]:
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]


def runs(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return False
    return status.rsplit(")", 1)[1].split()[0] != "Z"  # orphans are reaped by whoever is the first process here


needs_proc = pytest.mark.skipif(not os.path.exists("/proc/self/task"), reason="needs /proc")

# --- what comes out -------------------------------------------------------------------------------------------------


def test_every_row_is_answered_in_order_with_its_own_keys_first(run: Run, library: Index) -> None:
    done = run(
        "batch", "-", stdin=b"".join(json.dumps({"id": i, "text": t}).encode() + b"\n" for i, t in enumerate(TEXTS))
    )
    assert done.returncode == 0
    found = rows(done.stdout)
    assert [(r["id"], r["text"]) for r in found] == list(enumerate(TEXTS))
    for row in found:
        assert list(row) == ["id", "text", "matches", "confident", "reply"]
        expected = answer(row["text"], library, Wish(), top=5)
        assert row["confident"] == expected.confident
        assert row["matches"] == [
            {"scenario": m.scenario, "stage": m.stage, "score": m.score} for m in expected.matches
        ]
        assert row["reply"] == (expected.matches[0].replies[0].text if expected.confident else None)
    counts = COUNT.search(done.stderr)
    assert counts
    assert [int(n) for n in counts.groups()] == [len(TEXTS), sum(r["confident"] for r in found), 0]
    assert done.stderr.count(b"\n") == 1


def test_options_reach_the_replies(run: Run, library: Index) -> None:
    text = "怎么还没发货"
    done = run(
        "batch", "-", "--set", "顾客=王女士", "--state", "ordered", "--lang", "en", "--top", "7", stdin=text.encode()
    )
    [row] = rows(done.stdout)
    wish = Wish(Values([("set", {"customer": "王女士"})]), "ordered", "en")
    assert row["reply"] == answer(text, library, wish).matches[0].replies[0].text
    assert len(row["matches"]) == 7


def test_no_reply_leaves_only_the_reply_out(run: Run) -> None:
    data = "\n".join(TEXTS).encode()
    full, short = (rows(run("batch", "-", *args, stdin=data).stdout) for args in ((), ("--no-reply",)))
    assert short == [{k: v for k, v in row.items() if k != "reply"} for row in full]


@pytest.mark.parametrize(
    ("name", "data", "args", "keys"),
    [
        ("a.jsonl", '{"text": "太贵了", "id": 1}\n'.encode(), (), {"text": "太贵了", "id": 1}),
        ("a.ndjson", '{"text": "太贵了"}'.encode("gbk"), (), {"text": "太贵了"}),
        ("a.jsonl", '{"msg": "太贵了"}'.encode(), ("--column", "msg"), {"msg": "太贵了"}),
        ("a.csv", "id,text\n007,太贵了\n".encode("utf-8-sig"), (), {"id": "007", "text": "太贵了"}),
        ("a.csv", 'msg,x\n"太\n贵了",\n'.encode("gb18030"), ("--column", "msg"), {"msg": "太\n贵了", "x": ""}),
        ("a.tsv", "text\tid\n太贵了\t1\n".encode("utf-16"), (), {"text": "太贵了", "id": "1"}),
        ("a.txt", '\n太贵了, "1"\n'.encode(), ("--column", "msg"), {"text": '太贵了, "1"'}),
        ("a.log", "id,text\n".encode("utf-16"), (), {"text": "id,text"}),
        ("a.txt", '{"text": "太贵了"}'.encode(), ("--input-format", "jsonl"), {"text": "太贵了"}),
        ("a.jsonl", '{"text": "太贵了"}'.encode(), ("--input-format", "lines"), {"text": '{"text": "太贵了"}'}),
    ],
)
def test_formats(run: Run, tmp_path: Path, name: str, data: bytes, args: tuple[str, ...], keys: dict[str, Any]) -> None:
    (tmp_path / name).write_bytes(data)
    done = run("batch", str(tmp_path / name), *args)
    assert done.returncode == 0
    [row] = rows(done.stdout)
    assert {k: v for k, v in row.items() if k not in ("matches", "confident", "reply")} == keys
    assert list(row)[: len(keys)] == list(keys)


def test_bad_rows_are_counted_and_stop_nothing(run: Run) -> None:
    lines = [
        b'{"text": "\xcc\xab\xb9\xf3\xc1\xcb", "id": 1}',
        b"nonsense",
        b"",
        b'{"id": 2}',
        b'{"id": 3, "text": 5}',
        b'{"id": 4, "text": " \\u0000 "}',
        json.dumps({"id": 5, "text": "x" * 20_001}).encode(),
        b'{"big": "' + b"x" * 3_000_000 + b'"}',
        b'{"text": "\\ud800", "id": {"a": [1.5]}}',
    ]
    done = run("batch", "-", stdin=b"\r\n".join(lines))
    assert done.returncode == 0
    found = rows(done.stdout)
    assert [(r.get("line"), r.get("error")) for r in found] == [
        (None, None),
        (2, "not JSON: Expecting value at column 1"),
        (4, "there is no 'text'"),
        (5, "'text' is not a string"),
        (6, "the message is empty"),
        (7, "the message is longer than 20,000 characters"),
        (8, "the line is longer than 1 MiB"),
        (None, None),
    ]
    assert [r.get("id") for r in found] == [1, None, 2, 3, 4, 5, None, {"a": [1.5]}]
    assert not any("matches" in r for r in found if "error" in r)
    assert b"8 messages, " in done.stderr
    assert b", 6 errors, " in done.stderr


def test_keys_of_ours_are_taken_over_with_one_warning(run: Run) -> None:
    data = b'{"matches": 1, "text": "\xe5\x9c\xa8\xe5\x90\x97", "error": "old", "reply": 2}\n' * 300
    done = run("batch", "-", "--no-reply", stdin=data)
    assert {tuple(r) for r in rows(done.stdout)} == {("text", "matches", "confident")}
    assert done.stderr.count(b"\n") == 2
    assert b"takes over: matches, reply, error\n" in done.stderr


def test_its_own_output_can_be_its_input(run: Run) -> None:
    first = run("batch", "-", stdin=many(60))
    second = run("batch", "-", stdin=first.stdout)
    assert [r for r in rows(second.stdout) if "error" not in r] == [r for r in rows(first.stdout) if "error" not in r]


@pytest.mark.parametrize("args", [(), ("--no-reply",)])
def test_processes_change_nothing_but_the_time(run: Run, args: tuple[str, ...]) -> None:
    one, two = (run("batch", "-", "--jobs", jobs, *args, stdin=many(1500)) for jobs in ("1", "3"))
    assert (one.returncode, two.returncode) == (0, 0)
    assert one.stdout == two.stdout
    assert len(rows(one.stdout)) == 1500


def test_processes_that_do_not_fork_answer_the_same(run: Run) -> None:
    code = (
        "import sys; from cs_helper import workers; from cs_helper.__main__ import main; workers.FORKS = False; "
        "sys.argv[1:] = ['batch', '-', '--jobs', '2', '--no-reply']; main()"
    )
    spawned = subprocess.run([sys.executable, "-c", code], input=many(900), capture_output=True, timeout=120)
    assert spawned.returncode == 0
    assert spawned.stdout == run("batch", "-", "--jobs", "1", "--no-reply", stdin=many(900)).stdout


def test_nothing_in_nothing_out(run: Run, tmp_path: Path) -> None:
    done = run("batch", "-", "--output", str(tmp_path / "out"), stdin=b"\n \n")
    assert done.returncode == 0
    assert (tmp_path / "out").read_bytes() == done.stdout == b""
    assert b"0 messages, 0 confident, 0 errors" in done.stderr


# --- what does not work ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("none.jsonl",), "none.jsonl: No such file or directory"),
        (("folder",), "folder: Is a directory"),
        (("a\n\x1b[31mb",), "a b: No such file or directory"),
        (("in.jsonl", "--input-format", "xml"), "--input-format xml: known are jsonl, csv, lines"),
        (("in.jsonl", "--state", "lost"), "--state lost: known are before, ordered, shipped, received"),
        (("in.jsonl", "--lang", "fr"), "--lang fr: known are auto, zh, en"),
        (("in.csv", "--column", "msg"), "there is no column 'msg' in the CSV header (id, text)"),
        (("in.jsonl", "--output", "folder"), "folder: Is a directory"),
        (("in.jsonl", "--output", "none/out"), "none/out.part: No such file or directory"),
        (("in.jsonl", "--output", "in.jsonl"), "in.jsonl: input and output are the same file"),
        (("in.jsonl", "--output", "./link.jsonl"), "in.jsonl: input and output are the same file"),
        (("out.part", "--output", "out"), "out.part: input and output are the same file"),
        (("in.jsonl", "--set", "nonsense"), "--set nonsense: expected NAME=VALUE"),
    ],
)
def test_mistakes_are_one_line_and_leave_no_file(run: Run, tmp_path: Path, args: tuple[str, ...], message: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "in.jsonl").write_text('{"text": "在吗"}\n', encoding="utf-8")
    (tmp_path / "in.csv").write_text("id,text\n1,在吗\n", encoding="utf-8")
    (tmp_path / "out.part").write_text("在吗\n", encoding="utf-8")
    (tmp_path / "link.jsonl").symlink_to(tmp_path / "in.jsonl")
    before = {p: p.is_file() and p.read_bytes() for p in tmp_path.iterdir()}
    done = run("batch", *args, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.decode()) == (2, b"", f"cs-helper: {message}\n")
    assert {p: p.is_file() and p.read_bytes() for p in tmp_path.iterdir()} == before


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="everything is readable for this user")
def test_an_unreadable_file_is_one_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch(0)
    done = run("batch", "a.txt", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (2, b"cs-helper: a.txt: Permission denied\n")


def test_appending_to_the_input_is_refused(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(many(5))
    with path.open("ab") as end:
        process = start(str(path), stdout=end)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 2
    assert errors.endswith(b"input and output are the same file\n")
    assert path.read_bytes() == many(5)


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_full_disk_is_one_line_and_keeps_the_part(start: Start, tmp_path: Path, jobs: str) -> None:
    resource = pytest.importorskip("resource")
    out = tmp_path / "out.jsonl"
    out.write_bytes(b"old")
    process = start(
        "-",
        *("--output", str(out), "--jobs", jobs),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)),
    )
    _, errors = process.communicate(many(2000), timeout=60)
    assert (process.returncode, errors.count(b"\n")) == (2, 1)
    assert errors.endswith(b"out.jsonl.part: File too large; what fitted stays there\n")
    assert out.read_bytes() == b"old"
    assert 0 < (tmp_path / "out.jsonl.part").stat().st_size <= 100_000


# --- interrupted ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_closed_pipe_ends_it_quietly(start: Start, jobs: str) -> None:
    process = start("-", "--jobs", jobs)
    assert process.stdin
    assert process.stdout
    assert process.stderr
    process.stdin.write(many(700))
    process.stdin.flush()
    process.stdout.readline()
    process.stdout.close()
    with suppress(BrokenPipeError):
        while True:
            process.stdin.write(many(200))
    assert process.wait(60) == 141
    assert process.stderr.read() == b""


@needs_proc
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_an_interruption_keeps_the_part_and_leaves_no_process(start: Start, tmp_path: Path, jobs: str) -> None:
    out, part = tmp_path / "out.jsonl", tmp_path / "out.jsonl.part"
    process = start("-", "--output", str(out), "--jobs", jobs)
    assert process.stdin
    process.stdin.write(many(1500))
    process.stdin.flush()  # and no end: it waits for more
    wait_for(lambda: part.exists() and part.stat().st_size)
    helpers = children(process.pid)
    assert len(helpers) == (2 if jobs == "2" else 0)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(30) == 130
    assert process.stderr
    assert process.stderr.read() == b""
    assert not out.exists()
    assert all("text" in row or "error" in row for row in rows(part.read_bytes()))
    assert not any(map(runs, helpers))


@needs_proc
def test_a_killed_worker_is_one_line_and_keeps_the_part(start: Start, tmp_path: Path) -> None:
    out, part = tmp_path / "out.jsonl", tmp_path / "out.jsonl.part"
    process = start("-", "--output", str(out), "--jobs", "2")
    assert process.stdin
    process.stdin.write(many(1500))
    process.stdin.flush()
    wait_for(lambda: part.exists() and part.stat().st_size)
    helpers = children(process.pid)
    os.kill(helpers[0], signal.SIGKILL)
    _, errors = process.communicate(many(3000), timeout=60)
    assert process.returncode == 2
    assert errors == b"cs-helper: a worker process was killed by signal 9; not all messages are answered\n"
    assert part.exists()
    assert not out.exists()
    assert not any(map(runs, helpers))


@needs_proc
def test_workers_do_not_outlive_a_killed_program(start: Start) -> None:
    process = start("-", "--jobs", "2")
    assert process.stdin
    process.stdin.write(many(1500))
    process.stdin.flush()
    helpers = wait_for(lambda: children(process.pid))
    process.kill()
    process.wait(10)
    wait_for(lambda: not any(map(runs, helpers)))


# --- a terminal -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("term", "bar"), [("xterm", True), ("dumb", False)], ids=["a bar", "a terminal that cannot move its cursor"]
)
def test_a_terminal_gets_a_bar_while_it_takes_long(start: Start, tmp_path: Path, term: str, bar: bool) -> None:
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    process = start(
        "-", "--output", str(tmp_path / "out"), "--jobs", "1", stderr=theirs, env={**os.environ, "TERM": term}
    )
    os.close(theirs)
    assert process.stdin
    for _ in range(3):
        process.stdin.write(many(600))
        process.stdin.flush()
        wait_for(lambda: (tmp_path / "out.part").exists())
        time.sleep(0.6)
    process.stdin.close()
    seen = b""
    try:
        while block := os.read(ours, 4096):
            seen += block
    except OSError:  # the other end is closed
        pass
    os.close(ours)
    assert process.wait(30) == 0
    assert (b"\x1b[" in seen) == bar
    assert (seen.count(b"confident") > 1) == bar
    assert COUNT.search(seen)
