"""`cs-helper check` as a process: streams, formats, exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import Run
from test_library import write
from test_lint import SCENARIO, reply, scenario

from cs_helper.paths import bundled_library

WARNS = SCENARIO + reply("一二三四五六七八九十")
FAILS = SCENARIO + reply("一二三四五六七八九十一二三四五六七八九十{nonsense}")


def own(folder: Path, text: str) -> Path:
    """A user's library of one scenario, with no declarations of its own."""
    return write(folder / "mine", {"pre_sale/green.yaml": text})


@pytest.mark.parametrize(
    ("text", "options", "code", "counts"),
    [
        (SCENARIO, [], 0, "0 errors, 0 warnings"),
        (SCENARIO, ["--strict"], 0, "0 errors, 0 warnings"),
        (WARNS, [], 0, "0 errors, 1 warning"),
        (WARNS, ["--strict"], 1, "0 errors, 1 warning"),
        (FAILS, [], 1, "1 error, 0 warnings"),
        ("title: [", [], 1, "1 error, 0 warnings"),
    ],
)
def test_exit_codes(run: Run, tmp_path: Path, text: str, options: list[str], code: int, counts: str) -> None:
    done = run("check", str(own(tmp_path, text)), *options)
    assert done.returncode == code
    assert done.stderr.decode().strip() == f"cs-helper: {counts}"
    assert len(done.stdout.splitlines()) == sum(int(n) for n in counts.split() if n.isdigit())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere"], "no such folder"),
        (["mine/pre_sale/green.yaml"], "not a library folder"),
        (["mine/pre_sale"], "no library"),
        (["mine", "--format", "xml"], "known are text, json"),
        (["mine", "--nonsense"], "nonsense"),
    ],
)
def test_what_cannot_run_is_one_line(run: Run, tmp_path: Path, arguments: list[str], words: str) -> None:
    own(tmp_path, SCENARIO)
    done = run("check", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == b""
    assert len(done.stderr.splitlines()) == 1
    assert words in done.stderr.decode()


def test_text_output_is_sorted_and_relative(run: Run, tmp_path: Path) -> None:
    folder = own(tmp_path, FAILS + reply("太短").replace("extra", "more"))
    write(folder, {"in_sale/size.yaml": scenario(more="next: [size]"), "notes.yaml": "x: y\n"})
    done = run("check", "mine", cwd=tmp_path)
    lines = done.stdout.decode().splitlines()
    assert [line.split(" ")[0] for line in lines] == [
        "mine/in_sale/size.yaml:2:7:",
        "mine/notes.yaml:1:1:",
        "mine/pre_sale/green.yaml:12:11:",
        "mine/pre_sale/green.yaml:16:11:",
    ]
    assert lines[0].endswith("[warning] next: the scenario itself (reference)")
    elsewhere = run("check", str(folder), cwd=Path(tmp_path.anchor))
    assert elsewhere.stdout.decode().splitlines()[0].partition(":")[0].endswith("mine/in_sale/size.yaml")


def test_json(run: Run, tmp_path: Path) -> None:
    done = run("check", str(own(tmp_path, FAILS)), "--format", "json", cwd=tmp_path)
    found = json.loads(done.stdout)
    assert done.returncode == 1
    assert {k: v for k, v in found.items() if k != "problems"} == {"version": 1, "errors": 1, "warnings": 0, "hints": 0}
    (problem,) = found["problems"]
    assert problem.pop("message").startswith("unknown placeholder {nonsense}")
    assert problem == {
        "path": "mine/pre_sale/green.yaml",
        "line": 12,
        "col": 11,
        "level": "error",
        "rule": "unknown-placeholder",
    }


def test_layers_are_laid_over_each_other_in_order(run: Run, tmp_path: Path) -> None:
    lower = own(tmp_path, SCENARIO)
    upper = write(
        tmp_path / "upper", {"pre_sale/green.yaml": "extends: true\nreplies:\n  - {id: look, remove: true}\n"}
    )
    both = run("check", str(lower), str(upper), "--strict")
    assert b"no-fact-free-reply" in both.stdout
    alone = run("check", str(upper))
    assert b"nothing to extend" in alone.stdout
    assert (both.returncode, alone.returncode) == (1, 1)


def test_escape_sequences_never_reach_the_terminal(run: Run, tmp_path: Path) -> None:
    done = run("check", str(own(tmp_path, SCENARIO + reply('"\\e[31m{no\\e[0mthing},再看看再看看再看看再看看再看看"'))))
    assert done.returncode == 1
    assert b"unknown placeholder {nothing}" in done.stdout
    assert b"\x1b" not in done.stdout


def test_hints_only_when_asked_for(run: Run, tmp_path: Path) -> None:
    done = run("check", str(own(tmp_path, SCENARIO)), "--hints", "--strict")
    assert done.returncode == 0
    assert done.stderr.decode().strip().startswith("cs-helper: 0 errors, 0 warnings, ")


def test_the_shipped_library_is_clean(run: Run) -> None:
    done = run("check", "--strict")
    assert done.stdout.decode() == ""
    assert done.returncode == 0
    assert run("check", "--strict", str(bundled_library())).returncode == 0
