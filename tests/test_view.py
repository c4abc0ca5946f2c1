"""The terminal's view: it fits, it is safe, and the reply text can be selected."""

from __future__ import annotations

import base64
import json

import pytest
from conftest import Run
from terminal import run_on_terminal

from cs_helper.output import cells

PLAIN = {"NO_COLOR": "1"}
MESSAGE = "快递三天没动了,再不到我就投诉你们,顺便问下运费险怎么用"


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_every_line_but_the_reply_itself_fits(run: Run, columns: int) -> None:
    found = json.loads(run("--json", MESSAGE).stdout)
    replies = {line for m in found["matches"] for r in m["replies"] for line in r["text"].split("\n")}
    text, _ = run_on_terminal(MESSAGE, "--all", columns=columns, env=PLAIN)
    lines = [line for line in text.splitlines() if not line.startswith("cs-helper: ")]
    assert replies <= set(lines), "a reply is one line as far as the program is concerned"
    assert max(cells(line) for line in lines if line not in replies) <= columns


@pytest.mark.parametrize("command", [["list", "--stats"], ["list", "--placeholders"], ["search", "运费险"]])
def test_lists_fit_80_columns(command: list[str]) -> None:
    text, code = run_on_terminal(*command, env=PLAIN)
    assert code == 0
    assert max(map(cells, text.splitlines())) <= 80


def test_gaps_are_marked_and_replies_stay_whole() -> None:
    text, _ = run_on_terminal("--scenario", "shipped_notice", "--replies", "9", env={"TERM": "xterm"})
    assert "\x1b[30;43m【单号】\x1b[0m" in text


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("[/b][red]x", "[/b][red]x"),
        (":smile:", ":smile:"),
        ("\x1b[31mred", "red"),
        ("a\r\x07b", "a b"),
        ("{0.__class__}", "{0.__class__}"),
        ("%s", "%s"),
        ("\\[x]", "\\[x]"),
    ],
)
def test_signs_of_markup_are_shown_as_they_are(value: str, shown: str) -> None:
    text, code = run_on_terminal("--scenario", "too_expensive", "--set", f"product={value}", env=PLAIN)
    assert code == 0
    assert not set("\x1b\x07\r") & set(text)
    assert shown in text.replace("\n", " ")


def test_copy_falls_back_to_the_terminal() -> None:
    text, code = run_on_terminal("这也太贵了", "--pick", "1", "--copy", env={**PLAIN, "PATH": "/nowhere"})
    assert code == 0
    reply = text.split("\n\n1 ")[1].split("\n")[1]
    assert f"\x1b]52;c;{base64.b64encode(reply.encode()).decode()}\x07" in text
    assert text.index(reply) < text.index("\x1b]52")
    assert "cs-helper: copied " in text
    dumb, code = run_on_terminal("这也太贵了", "--copy", env={**PLAIN, "PATH": "/nowhere", "TERM": "dumb"})
    assert code == 0
    assert "\x1b" not in dumb
    assert "cs-helper: not copied: " in dumb


def test_json_for_a_person_is_indented() -> None:
    text, _ = run_on_terminal("这也太贵了", "--json")
    assert text.startswith('{\n  "version": 1,')
