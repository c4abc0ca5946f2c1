"""The paste prompt on a real terminal: how a message ends, what a paste may contain, what ^C does."""

from __future__ import annotations

import json
import re

import pytest
from terminal import run_on_terminal

ASKED = b"ends it:"
MARKS = re.compile(r"\x1b\[\?2004[hl]")


def paste(*typed: bytes, options: tuple[str, ...] = (), **env: str) -> tuple[str, int]:
    """Type into the prompt, one part after the other; what showed after the question, and the exit code."""
    steps = [(ASKED, typed[0]), *((b"", t) for t in typed[1:])]
    text, code = run_on_terminal("--set", "shop=小铺", *options, typed=steps, env={"NO_COLOR": "1", **env})
    return MARKS.sub("", text).split(ASKED.decode() + "\n", 1)[1], code


def paste_message(*typed: bytes) -> str:
    """The message as the program got it."""
    text, _ = paste(*typed, options=("--json", "--top", "1", "--replies", "1"))
    message = json.loads(text[text.index("{\n") :])["message"]
    assert isinstance(message, str)
    return message


@pytest.mark.parametrize(
    "typed",
    [
        "这也太贵了\n\n".encode(),
        "这也太贵了\n\x04".encode(),
        "这也太贵了\x04".encode(),
        "\x1b[200~这也太贵了\x1b[201~\n\n".encode(),
        "\x1b[200~这也太贵了\n\n\n\x1b[201~\n".encode(),
        "怎么还没到货啊呀\x15这也太贵了\x04".encode(),  # ^U
        "这也太贵了吗吗\x7f\x7f\x04".encode(),  # backspace
        "\x1b[A\x1b[3~这也\x1bOP太贵了\x04".encode(),  # arrow, delete, F1
    ],
)
def test_message_ends_at_an_empty_line_or_ctrl_d(typed: bytes) -> None:
    assert paste_message(typed) == "这也太贵了"


def test_answer_is_the_terminal_view() -> None:
    text, code = paste("这也太贵了\n\n".encode())
    assert code == 0
    assert text.startswith("这也太贵了\n\n太贵了  too_expensive  ▰")
    assert "\n1 " in text


def test_empty_lines_within_a_paste_belong_to_the_message() -> None:
    pasted = "你好\n\n在吗\n\n快递三天没动了"
    assert paste_message(f"\x1b[200~{pasted}\x1b[201~".encode(), b"\n", b"\n") == pasted
    assert paste_message(f"{pasted}\n\n".encode()) == pasted  # a terminal that marks nothing


def test_marks_and_letters_may_come_in_pieces() -> None:
    data = "\x1b[200~这也太贵了\x1b[201~\x04".encode()
    assert paste_message(*(data[i : i + 2] for i in range(0, len(data), 2))) == "这也太贵了"


def test_long_line_is_not_cut() -> None:
    line = "这个杯子" * 2000  # 24,000 bytes; the terminal's own line mode would keep 4,095
    assert paste_message(f"{line}\x04".encode()) == line


@pytest.mark.parametrize("end", [b"\n", b"\x04"])
def test_too_long_paste_is_read_to_its_end_and_refused(end: bytes) -> None:
    text, code = paste(b"\x1b[200~" + "贵".encode() * 60_000 + b"\x1b[201~\n", end)
    assert code == 2
    assert text.rstrip().endswith("use `batch` for a file of messages")


@pytest.mark.parametrize("typed", [b"\n", b"\x04", b"  \n\n"])
def test_nothing_typed_is_an_error(typed: bytes) -> None:
    text, code = paste(typed)
    assert code == 2
    assert text.rstrip().endswith("cs-helper: the message is empty")


def test_ctrl_c_leaves_without_a_word() -> None:
    text, code = paste("太贵".encode(), b"\x03")
    assert code == 130
    assert text.strip() in ("", "太贵", "太贵^C")


def test_dumb_terminal_gets_no_escape_sequence() -> None:
    text, code = paste("这也太贵了\n\n".encode(), TERM="dumb", NO_COLOR="")
    assert code == 0
    assert "\x1b" not in text


def test_terminal_marks_pastes_only_while_asked() -> None:
    text, _ = run_on_terminal(typed=[(ASKED, "这也太贵了\x04".encode())])
    assert text.index("\x1b[?2004h") < text.index("这也") < text.index("\x1b[?2004l")


def test_colours_only_when_wanted() -> None:
    coloured, _ = run_on_terminal("这也太贵了", "--pick", "1")
    assert "\x1b[1m太贵了\x1b[0m" in coloured
    for options, env in (
        ([], {"NO_COLOR": "1"}),
        ([], {"TERM": "dumb"}),
        (["--no-color"], {}),
    ):
        plain, _ = run_on_terminal("这也太贵了", "--pick", "1", *options, env=env)
        assert "\x1b" not in plain
