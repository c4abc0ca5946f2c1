"""Reading a library: what is accepted and what is refused (data/library), layers over each other, broken files."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from cs_helper.errors import LibraryError
from cs_helper.library import read_drafts, read_layers, read_library, unread_files
from cs_helper.lint import lint
from cs_helper.model import Library, Problem

DATA = Path(__file__).parent / "data" / "library"
VALID = sorted((DATA / "valid").glob("*.yaml"))
INVALID = sorted((DATA / "invalid").glob("*/*.yaml"))

GREEN = """\
title: 问颜色
next: [green]
messages:
  - 这个有绿色的么
  - 绿的还在不
replies:
  - {id: look, text: 这就去看看有没有绿色。}
  - {id: wait, text: 绿色的稍等查查。}
"""


def write(folder: Path, files: dict[str, str | bytes]) -> Path:
    """A library folder with these files."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def brief(problems: tuple[Problem, ...]) -> list[str]:
    return [f"{p.line}:{p.col} {p.level} {p.rule}" for p in problems]


@pytest.mark.parametrize("path", VALID, ids=lambda p: p.stem)
def test_valid_file_reads_as_the_json_beside_it(path: Path, tmp_path: Path) -> None:
    write(tmp_path, {f"pre_sale/{path.name}": path.read_bytes()})
    library = read_library([tmp_path])
    assert library.problems == ()
    found = json.loads(json.dumps(asdict(library.scenarios[path.stem])))
    expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    assert {key: found[key] for key in expected} == expected


@pytest.mark.parametrize("path", INVALID, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_invalid_file_is_reported_where_its_comment_says(path: Path, tmp_path: Path) -> None:
    kind = path.parent.name
    target = (
        tmp_path / ("pre_sale" if kind == "scenario" else "") / (path.name if kind == "scenario" else f"{kind}.yaml")
    )
    target.parent.mkdir(exist_ok=True)
    shutil.copy(path, target)
    expected = re.findall(r"(?m)^# expect: (\d+:\d+ \w+ [\w-]+) ?(.*)$", path.read_text(encoding="utf-8"))
    library = read_layers([tmp_path])
    problems = tuple(sorted(library.problems, key=lambda p: (p.line, p.col)))
    assert brief(problems) == [where for where, _ in expected]
    for problem, (_, words) in zip(problems, expected, strict=True):
        assert words in problem.message
        assert problem.path == str(target)
    assert not library.scenarios
    assert not library.placeholders
    assert not library.rules
    assert not library.concepts


# --- bytes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_unicode_files_read_alike(encoding: str, tmp_path: Path) -> None:
    library = read_library([write(tmp_path, {"pre_sale/green.yaml": GREEN.encode(encoding)})])
    assert library.scenarios["green"].messages == ("这个有绿色的么", "绿的还在不")
    assert library.problems == ()


def test_crlf_is_no_trouble(tmp_path: Path) -> None:
    library = read_library([write(tmp_path, {"pre_sale/green.yaml": GREEN.replace("\n", "\r\n")})])
    assert library.scenarios["green"].messages == ("这个有绿色的么", "绿的还在不")


def test_gb18030_is_read_with_a_warning(tmp_path: Path) -> None:
    library = read_library([write(tmp_path, {"pre_sale/green.yaml": GREEN.encode("gb18030")})])
    assert library.scenarios["green"].title == "问颜色"
    assert brief(library.problems) == ["1:8 warning encoding"]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (GREEN.encode() + b"# \xff\xff\n", "9:3 error encoding"),
        (GREEN.encode().replace(b"title: ", b"title: \x1b[31m"), "1:8 error encoding"),
        (b"\x00\x01\x02" * 50, "1:3 error encoding"),
        (b"# " + b"x" * 4_000_000, "1:1 error size"),
        (b"a: &a [x, x]\nb: [" + b"*a, " * 60 + b"]\n", "2:205 error yaml"),
        (b"a: " + b"[" * 900, "1:23 error yaml"),
        (b"a: " + b"- " * 200_000, "1:4 error yaml"),
    ],
    ids=["bad-utf8", "escape", "binary", "huge", "alias-bomb", "deep-flow", "deep-block"],
)
def test_hostile_bytes_are_one_problem(data: bytes, expected: str, tmp_path: Path) -> None:
    assert brief(read_layers([write(tmp_path, {"pre_sale/x.yaml": data})]).problems) == [expected]


def test_bottomless_nesting_is_one_problem(tmp_path: Path) -> None:
    library = read_layers([write(tmp_path, {"pre_sale/x.yaml": b"a: " + b"[" * 200_000})])
    assert [(p.line, p.rule) for p in library.problems] == [(1, "yaml")]  # where it gets too deep is libyaml's choice


def test_an_unreadable_file_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "pre_sale" / "x.yaml").mkdir(parents=True)
    assert brief(read_layers([tmp_path]).problems) == ["1:1 error read"]


# --- folders and layers ---------------------------------------------------------------------------------------------


def test_a_broken_file_leaves_the_others_serving(tmp_path: Path) -> None:
    write(tmp_path, {"pre_sale/green.yaml": GREEN, "in_sale/bad.yaml": "title: [", "lexicon.yaml": "- no"})
    library = read_library([tmp_path])
    assert list(library.scenarios) == ["green"]
    assert {Path(p.path).name for p in library.problems} == {"bad.yaml", "lexicon.yaml"}


def test_a_broken_upper_file_leaves_the_lower_one(tmp_path: Path) -> None:
    lower = write(tmp_path / "lower", {"pre_sale/green.yaml": GREEN})
    upper = write(tmp_path / "upper", {"pre_sale/green.yaml": "title: 新\nmessages: []\nreply: []\n"})
    library = read_library([lower, upper])
    assert library.scenarios["green"].title == "问颜色"
    assert library.places["title", "green"].path.startswith(str(lower))
    assert len(library.problems) == 2


@pytest.mark.parametrize("problem", ["missing", "file", "empty"])
def test_no_library_at_all(problem: str, tmp_path: Path) -> None:
    folder = tmp_path / "library"
    if problem == "file":
        folder.write_text("x", encoding="utf-8")
    if problem == "empty":
        folder.mkdir()
    words = {"missing": "no such folder", "file": "not a library folder", "empty": "no usable scenario"}[problem]
    with pytest.raises(LibraryError, match=words):
        read_library([folder])


def test_an_error_with_nothing_left_carries_the_problems(tmp_path: Path) -> None:
    with pytest.raises(LibraryError) as e:
        read_library([write(tmp_path, {"pre_sale/x.yaml": "title: ["})])
    assert len(e.value.problems) == 1


def layered(tmp_path: Path, upper: dict[str, str | bytes]) -> Library:
    lower = {
        "pre_sale/green.yaml": GREEN,
        "placeholders.yaml": "a: {kind: wording, meaning: 一}\nb: {kind: fact, meaning: 二}\n",
        "lexicon.yaml": "colour: [红]\nfee: [运费]\n",
        "out_of_scope.yaml": "messages: [嗯哼]\n",
        "compliance.yaml": "r: {level: hint, words: [x], reason: 一, bad: [x], good: [y]}\n",
    }
    return read_library([write(tmp_path / "lower", lower), write(tmp_path / "upper", upper)])


def test_an_upper_file_replaces_the_scenario(tmp_path: Path) -> None:
    scenario = layered(tmp_path, {"pre_sale/green.yaml": "title: 新\nmessages: [绿不绿]\nreplies: []\n"}).scenarios[
        "green"
    ]
    assert (scenario.title, scenario.messages, scenario.replies, scenario.next) == ("新", ("绿不绿",), (), ())


def test_extends_adds_messages_and_replaces_and_removes_replies(tmp_path: Path) -> None:
    upper = """\
extends: true
frequency: high
messages: [绿不绿]
replies:
  - {id: look, text: 换了一句。}
  - {id: wait, remove: true}
  - {id: fresh, text: 又添一句。}
"""
    library = layered(tmp_path, {"pre_sale/green.yaml": upper})
    scenario = library.scenarios["green"]
    assert scenario.title == "问颜色"
    assert scenario.frequency == "high"
    assert scenario.next == ("green",)
    assert scenario.messages == ("这个有绿色的么", "绿的还在不", "绿不绿")
    assert [(r.id, r.text) for r in scenario.replies] == [("look", "换了一句。"), ("fresh", "又添一句。")]
    assert library.problems == ()
    assert library.places["message", "green", 0].path.startswith(str(tmp_path / "lower"))
    added = library.places["message", "green", 2]
    assert (added.path, added.line, added.col) == (str(tmp_path / "upper" / "pre_sale" / "green.yaml"), 3, 12)


def test_removing_what_is_not_there_is_a_warning(tmp_path: Path) -> None:
    library = layered(tmp_path, {"pre_sale/green.yaml": "extends: true\nreplies:\n  - {id: wiat, remove: true}\n"})
    assert brief(library.problems) == ["3:5 warning extends"]
    assert len(library.scenarios["green"].replies) == 2


@pytest.mark.parametrize(
    "upper",
    [
        {},
        {"pre_sale/green.yaml": GREEN.replace("绿", "蓝")},
        {"pre_sale/green.yaml": "extends: true\nmessages: [绿油油的有吗]\n"},
        {"pre_sale/green.yaml": "messages: [\n"},
        {"in_sale/green.yaml": GREEN},
        {"in_sale/red.yaml": "extends: true\nmessages: [红的]\n", "in_sale/blue.yaml": GREEN},
    ],
    ids=["one", "replaced", "extended", "broken", "moved", "nothing to extend"],
)
def test_files_read_by_two_processes_make_the_same_library(upper: dict[str, str | bytes], tmp_path: Path) -> None:
    layers = [write(tmp_path / "lower", {"pre_sale/green.yaml": GREEN}), write(tmp_path / "upper", upper)]
    layers[1].mkdir(exist_ok=True)
    together = read_library(layers, read_drafts(layers))
    assert replace(together, places={}) == replace(read_library(layers), places={})
    assert together.drafts


def test_the_same_id_in_another_stage_is_refused(tmp_path: Path) -> None:
    library = layered(tmp_path, {"in_sale/green.yaml": GREEN})
    assert brief(library.problems) == ["1:1 error stage"]
    assert library.scenarios["green"].stage == "pre_sale"


def test_shared_files_merge_by_key(tmp_path: Path) -> None:
    upper = {
        "placeholders.yaml": "b: {kind: fact, meaning: 新}\nc: {kind: fact, meaning: 三}\n",
        "lexicon.yaml": "colour: [绿]\n",
        "compliance.yaml": "s: {level: error, words: [z], reason: 二, bad: [z], good: [y]}\n",
        "out_of_scope.yaml": "messages: [哼哼]\n",
    }
    library = layered(tmp_path, upper)
    assert {name: p.meaning for name, p in library.placeholders.items()} == {"a": "一", "b": "新", "c": "三"}
    assert library.concepts == {"colour": ("绿",), "fee": ("运费",)}
    assert [r.id for r in library.rules] == ["r", "s"]
    assert library.out_of_scope == ("嗯哼", "哼哼")


def test_references_to_no_scenario_keep_no_file_out(tmp_path: Path) -> None:
    text = (
        "title: 一\nnext: [nowhere]\nmessages: [一二三]\nnot_messages:\n  - {text: 四, belongs_to: gone}\nreplies: []\n"
    )
    folder = write(tmp_path, {"pre_sale/x.yaml": text})
    library = read_library([folder])
    unknown = tuple(p for p in lint(library) if p.rule == "unknown-scenario")
    assert brief(unknown) == ["2:7 warning unknown-scenario", "5:27 warning unknown-scenario"]
    assert "x" in library.scenarios


def test_files_that_nobody_reads_are_named(tmp_path: Path) -> None:
    names = ["green.yaml", "presale/green.yaml", "pre_sale/green.yaml", "lexicon.yaml", "pre_sale/.green.yaml"]
    write(tmp_path, dict.fromkeys(names, GREEN))
    assert [str(p.relative_to(tmp_path)) for p in unread_files(tmp_path)] == ["green.yaml", "presale/green.yaml"]
