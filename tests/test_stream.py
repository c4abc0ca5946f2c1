"""Cutting batch files into rows: formats, encodings, broken and endless lines; and the file that appears whole."""

from __future__ import annotations

import io
import json
import os
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cs_helper.errors import CsHelperError
from cs_helper.lines import MAX_LINE, TOO_LONG, cut_lines
from cs_helper.stream import guess_format, open_output, open_source, parse_row, part_of, read_rows, to_json_line

Parsed = tuple[int, dict[str, Any], str]  # line, keys, error


def read(data: bytes, input_format: str | None, column: str = "text") -> list[Parsed]:
    found, rows = read_rows(io.BufferedReader(io.BytesIO(data)), input_format, column)  # type: ignore[arg-type]
    return [(row.line, *parse_row(row, found, column)) for row in rows]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a.jsonl", "jsonl"),
        ("a.NDJSON", "jsonl"),
        ("a.json", "jsonl"),
        ("a.b.csv", "csv"),
        ("a.tsv", "csv"),
        ("a.txt", "lines"),
        ("jsonl", "lines"),
        ("-", None),
    ],
)
def test_the_ending_tells_the_format(source: str, expected: str | None) -> None:
    assert guess_format(source) == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ('{"text": "在吗"}\n', "jsonl"),
        ('\n  {"a": 1}\n在吗\n', "jsonl"),
        ("\ufeff{}\n", "jsonl"),
        ("在吗\n{}\n", "lines"),
        ('{"text": \n', "lines"),
        ("[1]\n", "lines"),
        ("", "lines"),
    ],
)
def test_the_first_line_of_stdin_tells_the_format(data: str, expected: str) -> None:
    assert read_rows(io.BufferedReader(io.BytesIO(data.encode())), None, "text")[0] == expected  # type: ignore[arg-type]


def test_json_lines_keep_their_keys_and_line_numbers() -> None:
    data = '{"id": 7, "text": "在吗", "n": [1, 2.50, null]}\n\n   \r\n{"text": "还有货吗"}'
    assert read(data.encode(), "jsonl") == [
        (1, {"id": 7, "text": "在吗", "n": [1, 2.5, None]}, ""),
        (4, {"text": "还有货吗"}, ""),
    ]


@pytest.mark.parametrize(
    ("line", "keys", "error"),
    [
        ("好的", {}, "not JSON: Expecting value at column 1"),
        ('{"text": "在吗"', {}, "not JSON: Expecting ',' delimiter at column 14"),
        ('{"text": "a"} x', {}, "not JSON: Extra data at column 15"),
        ('["text"]', {}, "not a JSON object"),
        ('"text"', {}, "not a JSON object"),
        ("null", {}, "not a JSON object"),
        ('{"id": 1}', {"id": 1}, "there is no 'text'"),
        ('{"text": 666}', {"text": 666}, "'text' is not a string"),
        ('{"text": null}', {"text": None}, "'text' is not a string"),
        ('{"text": "a", "n": NaN}', {}, "not usable JSON: NaN is no JSON number"),
        ('{"text": "a", "n": -1e999}', {}, "not usable JSON: -1e999 is no JSON number"),
        ("[" * 100_000, {}, "not usable JSON: maximum recursion depth exceeded"),
        ('{"n": ' + "9" * 5000 + "}", {}, "not usable JSON: Exceeds the limit"),
    ],
)
def test_a_bad_json_line_says_what_is_wrong_and_keeps_what_it_can(line: str, keys: object, error: str) -> None:
    good = '{"text": "在吗"}'
    first, bad, last = read(f"{good}\n{line}\n{good}\n".encode(), "jsonl")
    assert first == (1, {"text": "在吗"}, "")
    assert last == (3, {"text": "在吗"}, "")
    assert bad[:2] == (2, keys)
    assert bad[2].startswith(error)


@pytest.mark.parametrize("input_format", ["jsonl", "lines", "csv"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(input_format: str, encoding: str, end: str) -> None:
    texts = ["请问上面的尺码一共还有几件货", "怎么还没发货", "𠮷祥 👍 ok"]
    lines = [json.dumps({"text": t}, ensure_ascii=False) for t in texts] if input_format == "jsonl" else texts
    if input_format == "csv":
        lines = ["text", *lines]
    data = "".join(line + end for line in lines).encode(encoding)
    found = read(data, input_format)
    assert [(keys, error) for _, keys, error in found] == [({"text": t}, "") for t in texts]


def test_every_line_may_have_an_encoding_of_its_own() -> None:
    data = "太贵了\n".encode() + "能便宜吗\n".encode("gbk") + "\ufeff在吗\n".encode() + b"\xff\xff\n"
    texts = [keys["text"] for _, keys, _ in read(data, "lines")]
    assert texts[:3] == ["太贵了", "能便宜吗", "在吗"]
    assert "\ufffd" in texts[3]


@pytest.mark.parametrize(
    ("lines", "encoding"), [(["在吗", "谢谢"], "gbk"), (["谢谢", "在吗"], "gbk"), (["Привет", "café", "在吗"], "utf-8")]
)
def test_lines_that_could_be_either_follow_the_others(lines: list[str], encoding: str) -> None:
    data = "\n".join(lines).encode(encoding)
    assert [keys["text"] for _, keys, _ in read(data, "lines")] == lines


def test_a_stray_nul_does_not_make_a_file_utf_16() -> None:
    data = "有货吗\0\n尺码多大\n".encode("gbk")
    assert [keys["text"] for _, keys, _ in read(data, "lines")] == ["有货吗\0", "尺码多大"]


def test_utf_16_is_noticed_by_nothing_but_line_ends() -> None:
    data = "一直没有发货\n上面说有货\n".encode("utf-16-le")
    assert [keys["text"] for _, keys, _ in read(data, "lines")] == ["一直没有发货", "上面说有货"]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_lines_do_not_depend_on_how_the_bytes_arrive(size: int) -> None:
    data = "a\r\n\r\nb\rc\n\n在吗\r".encode()
    blocks = [data[i : i + size] for i in range(0, len(data), size)]
    assert [line for _, line in cut_lines(blocks)] == [b"a\r\n", b"\r\n", b"b\r", b"c\n", b"\n", "在吗\r".encode()]


def test_an_endless_line_takes_little_memory_and_costs_one_row() -> None:
    def blocks() -> Iterator[bytes]:
        yield b"first\n"
        for _ in range(600):
            yield b"x" * 65536
        yield b"\nlast\n"

    tracemalloc.start()
    found = list(cut_lines(blocks()))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == [(1, b"first\n"), (2, None), (3, b"last\n")]
    assert peak < 8 * MAX_LINE


@pytest.mark.parametrize(
    ("input_format", "head"), [("lines", "一\n"), ("jsonl", '{"text": "一"}\n'), ("csv", "text\n一\n")]
)
def test_what_is_too_long_is_a_row_with_an_error(input_format: str, head: str) -> None:
    long_line = "x" * (MAX_LINE + 10)
    found = read(f"{head}{long_line}\n{head.splitlines()[-1]}\n".encode(), input_format)
    assert [error for _, _, error in found] == ["", TOO_LONG, ""]


def test_a_message_over_the_limit_is_an_error_that_keeps_its_keys() -> None:
    text = "贵" * 20_001
    [(line, keys, error)] = read(json.dumps({"id": 1, "text": text}).encode(), "jsonl")
    assert (line, keys, error) == (1, {"id": 1, "text": text}, "the message is longer than 20,000 characters")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("text\n在吗\n", [(2, {"text": "在吗"}, "")]),
        ("id, text\n1,在吗\n\n2,好的", [(2, {"id": "1", "text": "在吗"}, ""), (4, {"id": "2", "text": "好的"}, "")]),
        ("text\tid\n太贵了,便宜点\t1\n", [(2, {"text": "太贵了,便宜点", "id": "1"}, "")]),
        ("id;text\n1;在吗\n", [(2, {"id": "1", "text": "在吗"}, "")]),
        (
            'text,id\n"他说""贵""\n太贵了",1\r\n好,2\n',
            [(2, {"text": '他说"贵"\n太贵了', "id": "1"}, ""), (4, {"text": "好", "id": "2"}, "")],
        ),
        ('text\n5" 的屏幕多少钱\n在吗\n', [(2, {"text": '5" 的屏幕多少钱'}, ""), (3, {"text": "在吗"}, "")]),
        ("id,text\n1\n2,,\n", [(2, {"id": "1"}, "there is no 'text'"), (3, {"id": "2", "text": ""}, "")]),
        (
            "text,id\n太贵了,便宜点,1\n",
            [(2, {"text": "太贵了", "id": "便宜点"}, "the row has 3 cells, the header 2")],
        ),
        ('"te\nxt",text\na,b\n', [(3, {"te\nxt": "a", "text": "b"}, "")]),
        ("text\n", []),
    ],
)
def test_csv(data: str, expected: list[Parsed]) -> None:
    assert read(data.encode(), "csv") == expected


@pytest.mark.parametrize("lines_after", [3, 40_000])
def test_a_quote_that_never_closes_costs_one_row(lines_after: int) -> None:
    data = 'text,id\n在吗,1\n"太贵了,2\n' + "".join(f"第{i}条,{i}\n" for i in range(lines_after))
    found = read(data.encode(), "csv")
    assert len(found) == lines_after + 2
    assert found[1] == (3, {}, "a quoted cell does not end")
    assert found[-1] == (lines_after + 3, {"text": f"第{lines_after - 1}条", "id": str(lines_after - 1)}, "")
    assert [error for _, _, error in found if error] == ["a quoted cell does not end"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("id,message\n1,a\n", "there is no column 'text' in the CSV header (id, message)"),
        ("id;message\n1;a\n", "there is no column 'text' in the CSV header (id, message)"),
        ("", "there is no column 'text' in the CSV header"),
        ('"text,id\n在吗,1\n', "the CSV header: a quoted cell does not end"),
        ("x" * (MAX_LINE + 1), f"the CSV header: {TOO_LONG}"),
    ],
)
def test_a_csv_without_the_column_is_refused_at_once(data: str, message: str) -> None:
    with pytest.raises(CsHelperError) as e:
        read_rows(io.BufferedReader(io.BytesIO(data.encode())), "csv", "text")  # type: ignore[arg-type]
    assert str(e.value) == message


@pytest.mark.parametrize(
    "fields",
    [
        {"text": "在吗\n[/b] :smile:", "n": 1.5},
        {"text": "lone \ud800 half"},
        {"text": "\x1b[31m \x9b31m \x7f \u2028 \u2029 \x85"},
    ],
)
def test_an_output_line_is_one_line_of_clean_utf_8(fields: dict[str, Any]) -> None:
    line = to_json_line(fields).decode()
    assert json.loads(line) == fields
    assert line.splitlines(keepends=True) == [line]
    assert not any(c < " " or "\x7f" <= c <= "\x9f" for c in line[:-1])


# --- files ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "message"), [("none", "No such file or directory"), (".", "Is a directory")])
def test_an_unusable_source_is_one_clear_line(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(CsHelperError, match=message):
        open_source(str(tmp_path / name))


def test_an_output_appears_whole(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text("old", encoding="utf-8")
    path.chmod(0o600)
    with open_output(path) as write:
        write(b"new")
        assert path.read_text(encoding="utf-8") == "old"
        assert part_of(path)[1].read_text(encoding="utf-8") == "new"
    assert path.read_text(encoding="utf-8") == "new"
    assert path.stat().st_mode & 0o777 == 0o600
    assert os.listdir(tmp_path) == ["out.jsonl"]


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, CsHelperError, BrokenPipeError])
def test_an_interrupted_output_stays_a_part(tmp_path: Path, interruption: type[BaseException]) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(interruption):
        _write_and_stop(path, interruption)
    assert path.read_text(encoding="utf-8") == "old"
    assert (tmp_path / "out.jsonl.part").read_text(encoding="utf-8") == "new"


def _write_and_stop(path: Path, interruption: type[BaseException]) -> None:
    with open_output(path) as write:
        write(b"new")
        raise interruption


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    target, link = tmp_path / "far.jsonl", tmp_path / "near.jsonl"
    target.write_text("old", encoding="utf-8")
    link.symlink_to(target)
    with open_output(link) as write:
        write(b"new")
    assert link.is_symlink()
    assert target.read_text(encoding="utf-8") == "new"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_device_is_written_directly_and_a_full_disk_is_one_line() -> None:
    with (
        pytest.raises(CsHelperError, match=r"^/dev/full: No space left on device$"),
        open_output(Path("/dev/full")) as w,
    ):
        w(b"x")
    assert not os.path.exists("/dev/full.part")
