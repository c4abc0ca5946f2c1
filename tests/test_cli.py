"""The program as a process: hostile input, streams and exit codes, options, the JSON shape."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from conftest import Run

DEAR = "这也太贵了"
PROGRAM = [sys.executable, "-m", "cs_helper"]


def one_line(stderr: bytes) -> str:
    """The complaint: exactly one line, in the program's name, and no traceback."""
    text = stderr.decode()
    assert text.startswith("cs-helper: ")
    assert text.endswith("\n")
    assert text.count("\n") == 1, text
    return text[len("cs-helper: ") : -1]


def message_of(done: subprocess.CompletedProcess[bytes]) -> str:
    """The message as the program read it, from its JSON."""
    assert done.returncode in (0, 1), done.stderr.decode()
    message = json.loads(done.stdout)["message"]
    assert isinstance(message, str)
    return message


# --- whatever comes in, nothing looks odd ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (DEAR.encode(), DEAR),
        (DEAR.encode() + b"\r\n", DEAR),
        (b"\xef\xbb\xbf" + DEAR.encode(), DEAR),
        (DEAR.encode("gbk"), DEAR),
        ("價格太貴𠮷".encode("gb18030"), "價格太貴𠮷"),
        (DEAR.encode("utf-16"), DEAR),
        ((DEAR + " 88\r\n").encode("utf-16-le"), DEAR + " 88"),
        ("too pricey for me".encode("utf-16-be"), "too pricey for me"),
        (b"\0" + DEAR.encode() + b"\0", DEAR),
        (f"\x1b[31m{DEAR}\x1b[0m\x1b]0;title\x07\x9b2J".encode(), f"{DEAR}2J"),
        (f"{DEAR}[/b] [red]:smile: {{0.__class__}} %s".encode(), f"{DEAR}[/b] [red]:smile: {{0.__class__}} %s"),
        ("\u202e了贵太\u202c".encode(), "了贵太"),
        ("😀😀👍🏻".encode(), "😀😀👍🏻"),
        (b"???", "???"),
        ((DEAR * 4000).encode(), DEAR * 4000),  # 20,000 characters
    ],
)
def test_any_encoding_and_any_sign_is_a_message(run: Run, data: bytes, message: str) -> None:
    done = run("--json", "--top", "1", stdin=data)
    assert message_of(done) == message
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
@pytest.mark.parametrize("locale", ["C", "C.UTF-8", "zh_CN.GBK", "POSIX"])
def test_arguments_in_any_encoding_under_any_locale(encoding: str, locale: str) -> None:
    env = {**os.environ, "LC_ALL": locale, "LANG": locale, "PYTHONCOERCECLOCALE": "0"}
    arguments: list[str | bytes] = [*PROGRAM, "--json", "--set", "product=杯子".encode(encoding), DEAR.encode(encoding)]
    done = subprocess.run(arguments, stdin=subprocess.DEVNULL, capture_output=True, env=env)
    assert message_of(done) == DEAR
    values = [v for r in json.loads(done.stdout)["matches"][0]["replies"] for v in r["values"]]
    assert {"name": "product", "value": "杯子", "source": "set"} in values


@pytest.mark.parametrize("value", ["{0.__class__}", "%s %(x)s", "[/b]", ":smile:", "{product}", "【】", "\\1 \\g<0>"])
def test_a_value_stays_as_it_is(run: Run, value: str) -> None:
    done = run("--scenario", "too_expensive", "--set", f"product={value}")
    assert done.returncode == 0
    assert value in done.stdout.decode()


def test_escape_sequences_in_a_value_never_come_out(run: Run) -> None:
    done = run("--scenario", "too_expensive", "--set", "product=\x1b]0;x\x07杯\x1b[2J子\x9b\u202e")
    assert "杯子" in done.stdout.decode()
    assert not set("\x1b\x07\x9b\u202e") & set(done.stdout.decode())


@pytest.mark.parametrize("kind", ["missing", "read-only", "none", "a file"])
def test_homes_that_cannot_be_used(run: Run, tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "home"
    if kind == "read-only":
        folder.mkdir(mode=0o500)
    elif kind == "a file":
        folder.write_text("")
    env = dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"), "" if kind == "none" else str(folder))
    done = run(DEAR, env=env)
    assert done.returncode == 0
    assert done.stderr == b""


def test_words_are_joined_and_win_over_stdin(run: Run) -> None:
    assert message_of(run("--json", "这也", "太贵了", stdin="在吗".encode())) == "这也 太贵了"


@pytest.mark.parametrize(
    ("before", "after"), [((), ()), (("reply",), ()), (("reply",), ("-",)), ((), ("-",)), ((), ("--no-color",))]
)
def test_all_ways_in_give_the_same(run: Run, before: tuple[str, ...], after: tuple[str, ...]) -> None:
    plain = run(DEAR)
    assert plain.returncode == 0
    assert run(*before, *after, stdin=DEAR.encode()).stdout == plain.stdout
    assert run(*before, "--", DEAR).stdout == plain.stdout


@pytest.mark.parametrize("word", ["list", "show", "reply"])
def test_a_command_word_behind_two_dashes_is_a_message(run: Run, word: str) -> None:
    assert message_of(run("--json", "--", word)) == word


# --- one clear line, exit code 2, nothing on stdout -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("args", "stdin", "line"),
    [
        ([], b"", "the message is empty"),
        ([], " \n\t\u200b".encode(), "the message is empty"),
        ([""], b"", "the message is empty"),
        ([], b"x" * 10_000_000, "the message is longer than 20,000 characters; use `batch` for a file of messages"),
        ([], b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0@\0\0\0@\x08\x06\0\0\0\xaaiq", "the message is not text"),
        ([], bytes(range(256)), "the message is not text"),
        (["贵" * 20_001], b"", "the message is longer than 20,000 characters; use `batch` for a file of messages"),
        (["list", "--foo"], b"", "no such option: --foo (see 'cs-helper list --help')"),
        (["--state", "sent", DEAR], b"", "--state sent: known are before, ordered, shipped, received"),
        (["--lang", "fr", DEAR], b"", "--lang fr: known are auto, zh, en"),
        (["--tone", "angry", DEAR], b"", "--tone angry: known are warm, formal, apologetic, firm, brief"),
        (["--set", "price", DEAR], b"", "--set price: expected NAME=VALUE"),
        (["--set", "prise=1", DEAR], b"", "--set: unknown placeholder 'prise'; did you mean price?"),
        (["--scenario", "too_expensiv"], b"", "there is no scenario 'too_expensiv'; did you mean too_expensive?"),
        (["--pick", "99", DEAR], b"", "--pick 99: too_expensive has"),
        (["--library", "/nowhere", DEAR], b"", "/nowhere: not a library folder"),
        (["--context", "/nowhere.json", DEAR], b"", "/nowhere.json: No such file or directory"),
        (["--context", "/", DEAR], b"", "/: Is a directory"),
        (["--context", "/dev/zero", DEAR], b"", "/dev/zero: larger than 1,000,000 bytes"),
        (["list", "--stage", "presale"], b"", "--stage presale: known are pre_sale, in_sale, after_sale, price_obj"),
        (["show", "nothing_like_it"], b"", "there is no scenario 'nothing_like_it'; `cs-helper list` shows them"),
        (["show"], b"", "missing argument"),
        (["search", "。。"], b"", "nothing to look for"),
    ],
)
def test_usage_errors(run: Run, args: list[str], stdin: bytes, line: str) -> None:
    done = run(*args, stdin=stdin)
    assert (done.returncode, done.stdout) == (2, b"")
    found = one_line(done.stderr)
    assert found.replace("option '--foo'", "option: --foo").startswith(line)


@pytest.mark.parametrize("args", [["--foo"], ["--foo", DEAR], [DEAR, "--pick", "x"], [DEAR, "--top", "0"]])
def test_bad_options_of_the_bare_form_point_at_its_help(run: Run, args: list[str]) -> None:
    done = run(*args)
    assert (done.returncode, done.stdout) == (2, b"")
    assert one_line(done.stderr).endswith("(see 'cs-helper --help')")


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("broken.json", '{\n  "price": 88,\n  "gift": \n}', ":4:1: expecting value"),
        ("list.json", '["price"]', ": expected names and values"),
        ("nested.json", '{"price": {"now": 88}}', ": 'price' must be text or a number"),
        ("true.json", '{"price": true}', ": 'price' must be text or a number"),
        ("state.json", '{"state": "sent"}', "unknown order state 'sent'"),
        ("deep.json", "[" * 100_000, ": maximum recursion depth exceeded"),
        ("digits.json", f'{{"price": 1{"0" * 5000}}}', ": Exceeds the limit"),
        ("unknown.yaml", "prise: 88", ": unknown placeholder 'prise'; did you mean price?"),
        ("broken.yaml", "price: 88\ngift: a: b", ":2:8: mapping values are not allowed"),
        ("text.yaml", "just text", ": expected names and values"),
        ("empty.yaml", "", ": expected names and values"),
        ("bomb.yaml", "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]", ":1:4: expected text"),
        ("deep.yaml", "price: " + "[" * 900, ": nested too deeply"),
        ("deeper.yaml", "price: " + "[" * 50_000, ":1:"),  # libyaml may be the one that refuses it, in its own words
    ],
)
def test_context_files_that_do_not_fit(run: Run, tmp_path: Path, name: str, content: str, complaint: str) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    done = run("--context", str(path), DEAR)
    assert (done.returncode, done.stdout) == (2, b"")
    assert complaint in one_line(done.stderr)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_unreadable_context_file(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "context.json"
    path.write_text("{}")
    path.chmod(0)
    assert one_line(run("--context", str(path), DEAR).stderr) == f"{path}: Permission denied"


def test_strict_refuses_a_gap_and_nothing_else(run: Run) -> None:
    done = run("--scenario", "shipped_notice", "--replies", "9", "--strict")
    assert (done.returncode, done.stdout) == (2, b"")
    assert "--strict" in one_line(done.stderr)
    assert run(DEAR, "--pick", "1", "--strict").returncode == 0


# --- streams and signals --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("args", [("list",), ("search", "的"), ("show", "too_expensive", "--json"), ("--help",)])
def test_closed_pipe_is_silent(args: tuple[str, ...]) -> None:
    process = subprocess.Popen(
        [*PROGRAM, *args], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.close()  # before a line is written
    assert process.wait(60) == 141
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()


def test_ctrl_c_while_reading_is_silent() -> None:
    process = subprocess.Popen(PROGRAM, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    time.sleep(3)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, b"", b"")


def test_full_disk_is_one_line() -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run([*PROGRAM, DEAR], stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 2
    assert one_line(done.stderr) == "No space left on device"


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_crash(closed: str) -> None:
    done = subprocess.run(["sh", "-c", f"{sys.executable} -m cs_helper {DEAR} {closed}"], capture_output=True)
    assert done.returncode == 0
    assert done.stderr == b""


def test_not_confident_prints_nothing_on_a_pipe(run: Run) -> None:
    done = run("呃这个那个吧")
    assert (done.returncode, done.stdout) == (1, b"")
    assert "cs-helper: ask the customer: " in done.stderr.decode()


def test_colours_never_reach_a_pipe(run: Run) -> None:
    for args in ((DEAR,), ("list", "--stats"), ("show", "too_expensive"), ("search", "贵")):
        assert b"\x1b" not in run(*args, env={"FORCE_COLOR": "1", "TERM": "xterm-256color"}).stdout


def test_broken_library_files_are_named_and_left_out(run: Run, tmp_path: Path) -> None:
    stage = tmp_path / "pre_sale"
    stage.mkdir()
    for i in range(5):
        (stage / f"broken_{i}.yaml").write_text("title: {oops\n", encoding="utf-8")
    for _ in range(2):  # also when the index comes from the cache
        done = run("--library", str(tmp_path), DEAR)
        lines = done.stderr.decode().splitlines()
        assert done.returncode == 0
        assert [line.startswith(f"{stage}/broken_") for line in lines] == [True, True, True, False]
        assert lines[-1] == "cs-helper: 2 more problems in library files; `cs-helper check` shows them"


def test_empty_library_is_an_error(run: Run, tmp_path: Path) -> None:
    done = run("list", "--library", str(tmp_path / "missing"))
    assert (done.returncode, done.stdout) == (2, b"")
    assert one_line(done.stderr).endswith("missing: not a library folder")


# --- options --------------------------------------------------------------------------------------------------------


def test_pick_is_one_of_the_replies_in_order(run: Run) -> None:
    replies = run(DEAR, "--replies", "4").stdout.decode()
    picked = [run(DEAR, "--pick", str(i)).stdout.decode() for i in (1, 2, 3, 4)]
    assert "\n".join(picked) == replies


def test_language_follows_the_message_or_the_option(run: Run) -> None:
    def langs(*args: str) -> set[str]:
        found = json.loads(run("--json", *args).stdout)
        return {r["lang"] for m in found["matches"] for r in m["replies"]}

    assert langs(DEAR) == {"zh"}
    assert langs("way too pricey for me") == {"en"}
    assert langs("iPhone壳 too pricey") == {"zh"}
    assert langs(DEAR, "--lang", "en") == {"en"}
    assert langs("way too pricey for me", "--lang", "zh") == {"zh"}


def test_profile_context_and_options_by_precedence(run: Run, tmp_path: Path) -> None:
    config = tmp_path / "cs-helper"
    config.mkdir()
    (config / "config.toml").write_text('shop = "小铺"\nproduct = "杯子"\ncustomer = "先生"\n', encoding="utf-8")
    context = tmp_path / "order.yaml"
    context.write_text("商品: 茶壶\ncustomer: 王女士\nstate: before\n", encoding="utf-8")

    def values(*args: str) -> dict[str, tuple[str, str]]:
        done = run("--json", "--replies", "9", *args, DEAR, env={"XDG_CONFIG_HOME": str(tmp_path)})
        replies = json.loads(done.stdout)["matches"][0]["replies"]
        return {v["name"]: (v["value"], v["source"]) for r in replies for v in r["values"]}

    assert values()["product"] == ("杯子", "profile")
    assert values("--context", str(context))["product"] == ("茶壶", "context")
    assert values("--context", str(context))["salutation"] == ("王女士", "context")
    assert values("--context", str(context), "--set", "product=茶杯")["product"] == ("茶杯", "set")


def test_scenario_by_id_with_and_without_a_message(run: Run) -> None:
    by_id = json.loads(run("--json", "--scenario", "urge_shipment").stdout)
    assert (by_id["message"], by_id["confident"], by_id["mood"]) == ("", True, "calm")
    about = json.loads(run("--json", "--scenario", "urge_shipment", "骗子,再不发货就投诉").stdout)
    assert about["mood"] == "angry"
    assert [m["scenario"] for m in about["matches"]] == ["urge_shipment"]


def test_copy_uses_the_systems_program_and_prints_first(run: Run, tmp_path: Path) -> None:
    program = tmp_path / "xclip"
    program.write_text(f'#!/bin/sh\ncat > "{tmp_path}/copied"\n')
    program.chmod(0o755)
    env = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "DISPLAY": ":9", "WAYLAND_DISPLAY": ""}
    done = run(DEAR, "--pick", "2", "--copy", env=env)
    assert (done.returncode, done.stderr) == (0, b"")
    assert (tmp_path / "copied").read_text(encoding="utf-8") + "\n" == done.stdout.decode()


@pytest.mark.parametrize("program", ["#!/bin/sh\nexit 3\n", None])
def test_failed_copy_is_a_note(run: Run, tmp_path: Path, program: str | None) -> None:
    if program:
        (tmp_path / "xclip").write_text(program)
        (tmp_path / "xclip").chmod(0o755)
    done = run(DEAR, "--copy", env={"PATH": f"{tmp_path}:/bin", "DISPLAY": ":9", "WAYLAND_DISPLAY": ""})
    assert done.returncode == 0
    assert done.stdout
    assert one_line(done.stderr).startswith("not copied: ")


# --- shapes ---------------------------------------------------------------------------------------------------------

REPLY: dict[str, Any] = {
    "id": str,
    "text": str,
    "technique": (str, type(None)),
    "tone": str,
    "lang": str,
    "missing": list,
    "values": list,
    "warnings": list,
    "rank": dict,
}
MATCH: dict[str, Any] = {
    "scenario": str,
    "stage": str,
    "title": str,
    "score": float,
    "clause": (str, type(None)),
    "ask_for": list,
    "escalate": (str, type(None)),
    "next": list,
    "replies": list,
}
ANSWER: dict[str, Any] = {
    "version": int,
    "message": str,
    "confident": bool,
    "lang": str,
    "mood": str,
    "matches": list,
    "clarify": (str, type(None)),
}


def check_shape(found: dict[str, Any], shape: dict[str, Any]) -> None:
    """All of version 1's keys with their types; more keys may be added, none taken away."""
    assert {key: isinstance(found.get(key), kind) for key, kind in shape.items()} == dict.fromkeys(shape, True)


@pytest.mark.parametrize("message", [DEAR, "快递三天没动了,我要投诉", "呃这个那个吧", "😀", "way too pricey"])
def test_json_shape_version_1(run: Run, message: str) -> None:
    done = run("--json", message)
    found = json.loads(done.stdout)
    check_shape(found, ANSWER)
    assert found["version"] == 1
    assert done.returncode == (0 if found["confident"] else 1)
    assert (found["clarify"] is None) == found["confident"]
    assert len(found["matches"]) <= 3
    assert [m["score"] for m in found["matches"]] == sorted((m["score"] for m in found["matches"]), reverse=True)
    for m in found["matches"]:
        check_shape(m, MATCH)
        assert 0 <= m["score"] <= 1
        assert len(m["replies"]) <= 3
        for r in m["replies"]:
            check_shape(r, REPLY)
            assert all(set(v) == {"name", "value", "source"} for v in r["values"])
            assert r["text"].count("【") >= len(r["missing"])


def test_list_stats_add_up(run: Run) -> None:
    found = json.loads(run("list", "--json").stdout)
    for what in ("messages", "replies"):
        for lang in ("zh", "en"):
            assert sum(s[what][lang] for s in found["scenarios"]) == found["total"][what][lang]
    lines = run("list", "--stats").stdout.decode().splitlines()
    total = found["total"]
    wanted = [total["messages"]["zh"], total["messages"]["en"], total["replies"]["zh"], total["replies"]["en"]]
    assert [int(n.replace(",", "")) for n in lines[-1].split()[-4:]] == wanted


def test_search_finds_what_is_written_in_any_way(run: Run) -> None:
    plain = json.loads(run("search", "运费险", "--json").stdout)["scenarios"]
    assert plain
    assert json.loads(run("search", "運費險", "--json").stdout)["scenarios"] == plain
    for scenario in plain:
        assert scenario["hits"]
    several = json.loads(run("search", "运费险", "退", "--json").stdout)["scenarios"]
    assert all("运费险" in h["text"] and "退" in h["text"] for s in several for h in s["hits"])
    nothing = run("search", "量子纠缠")
    assert (nothing.returncode, nothing.stdout) == (1, b"")


@pytest.mark.parametrize("command", ["", "reply", "batch", "list", "show", "search", "check", "eval", "path"])
def test_help_fits_80_columns(run: Run, command: str) -> None:
    done = run(*filter(None, [command]), "--help", env={"COLUMNS": "80"})
    assert done.returncode == 0
    lines = done.stdout.decode().splitlines()
    assert max(map(len, lines)) <= 80
    assert not any(line.endswith("...") for line in lines if line.startswith("  ")), "a cut-off help text"
