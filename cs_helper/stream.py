"""Batch files: rows cut from JSON Lines, CSV or plain lines in flat memory, and an output that appears whole.

Cutting a file into rows is cheap and keeps no more than a row; what a row says is read by `parse_row`, which may
run in another process.
"""

from __future__ import annotations

import json
import os
import re
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from io import BufferedReader
from itertools import chain, starmap
from pathlib import Path
from typing import Any, NamedTuple

from cs_helper.errors import CsHelperError
from cs_helper.lines import TOO_LONG, Line, read_lines
from cs_helper.text import MAX_CHARACTERS, clean

FORMATS = ("jsonl", "csv", "lines")
ENDINGS = {".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl", ".csv": "csv", ".tsv": "csv"}


class Row(NamedTuple):
    """A line of JSON Lines or plain text, or the cells of a CSV record by column; `line` counts from 1."""

    line: int
    data: str | dict[str, str]
    error: str = ""


def guess_format(source: str) -> str | None:
    """The format that a file's ending stands for; None for stdin, whose first line has to tell."""
    return None if source == "-" else ENDINGS.get(Path(source).suffix.lower(), "lines")


def open_source(path: str) -> BufferedReader:
    """A file to read.

    Raises:
        CsHelperError: it is missing, unreadable or a directory.
    """
    try:
        return open(path, "rb")
    except (OSError, ValueError) as e:  # ValueError: a NUL in the name
        raise CsHelperError(f"{path}: {getattr(e, 'strerror', None) or e}") from None


def read_rows(file: BufferedReader, input_format: str | None, column: str) -> tuple[str, Iterator[Row]]:
    """The format and the rows of a file; without a format JSON Lines if the first line is an object, else lines.

    Blank lines are no rows. A line that cannot be cut becomes a row with an error.

    Raises:
        CsHelperError: a CSV header without the column, or the file cannot be read on.
    """
    lines = read_lines(file)
    if input_format == "csv":
        from cs_helper.csv_rows import read_csv

        return "csv", starmap(Row, read_csv(lines, column))
    rows = _line_rows(lines)
    if input_format is None:
        first = next(rows, None)
        rows = chain([first] if first else [], rows)
        input_format = "jsonl" if first and _is_object(first) else "lines"
    return input_format, rows


def parse_row(row: Row, input_format: str, column: str) -> tuple[dict[str, Any], str]:
    """The keys of a row, as far as they can be read, and what is wrong with it ("" = its column holds a message)."""
    if isinstance(row.data, dict):
        fields, error = dict[str, Any](row.data), row.error
    elif row.error:
        fields, error = {}, row.error
    elif input_format == "lines":
        fields, error = {column: row.data}, ""
    else:
        fields, error = _parse_json(row.data)
    return fields, error or _check_message(fields, column)


def _check_message(fields: dict[str, Any], column: str) -> str:
    text = fields.get(column)
    if not isinstance(text, str):
        return f"{column!r} is not a string" if column in fields else f"there is no {column!r}"
    if len(text) > MAX_CHARACTERS:
        return f"the message is longer than {MAX_CHARACTERS:,} characters"
    return ""


def _is_object(row: Row) -> bool:
    return isinstance(row.data, str) and not _parse_json(row.data)[1]


def _line_rows(lines: Iterable[Line]) -> Iterator[Row]:
    for number, text in lines:
        if text is None:
            yield Row(number, "", TOO_LONG)
        elif text.strip():
            yield Row(number, text.rstrip("\r\n"))


# --- JSON -----------------------------------------------------------------------------------------------------------


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is no JSON number")


def _finite(digits: str) -> float:
    number = float(digits)
    return number if abs(number) != float("inf") else _refuse(digits)


_DECODER = json.JSONDecoder(parse_constant=_refuse, parse_float=_finite)
_ENCODER = json.JSONEncoder(ensure_ascii=False)
_UNSAFE = re.compile("[\x7f-\x9f\u2028\u2029]")  # controls of terminals and ends of lines to some readers


def _parse_json(text: str) -> tuple[dict[str, Any], str]:
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as e:
        return {}, f"not JSON: {e.msg} at column {e.colno}"
    except (ValueError, RecursionError) as e:  # endless digits, NaN, a thousand brackets
        return {}, f"not usable JSON: {clean(str(e))}"
    return (value, "") if isinstance(value, dict) else ({}, "not a JSON object")


def to_json_line(fields: dict[str, Any]) -> bytes:
    """An object as a line of JSON Lines in UTF-8; lone surrogates and what a terminal might obey stay escaped."""
    text = _UNSAFE.sub(lambda m: f"\\u{ord(m[0]):04x}", _ENCODER.encode(fields))
    try:
        return text.encode() + b"\n"
    except UnicodeEncodeError:
        return json.dumps(fields).encode() + b"\n"


# --- output ---------------------------------------------------------------------------------------------------------


def part_of(path: Path) -> tuple[Path, Path]:
    """(where an output goes in the end, where it grows until then); the same for a device or pipe."""
    if path.exists() and not path.is_file():
        return path, path
    target = Path(os.path.realpath(path)) if path.is_symlink() else path
    return target, target.with_name(target.name + ".part")


@contextmanager
def open_output(path: Path) -> Iterator[Callable[[bytes], None]]:
    """A function that writes to a file which appears whole, and stays NAME.part after an error or an interruption.

    Raises:
        CsHelperError: the file cannot be created, the disk is full.
    """
    target, part = part_of(path)
    try:
        file = open(part, "wb")  # noqa: SIM115
    except (OSError, ValueError) as e:
        raise CsHelperError(f"{part}: {getattr(e, 'strerror', None) or e}") from None

    def write(data: bytes) -> None:
        try:
            file.write(data)
            file.flush()
        except OSError as e:
            if isinstance(e, BrokenPipeError):
                raise
            rest = "; what fitted stays there" if part != target else ""
            raise CsHelperError(f"{part}: {e.strerror}{rest}") from None

    try:
        with suppress(OSError):  # what was private stays private
            os.chmod(part, stat.S_IMODE(os.stat(target).st_mode))
        yield write
    finally:
        with suppress(OSError):
            file.close()
    if part != target:
        try:
            os.replace(part, target)
        except OSError as e:
            raise CsHelperError(f"{path}: {e.strerror}; the result is {part}") from None


def refuse_same_file(source: BufferedReader, output: Path | None) -> None:
    """Stop before a file is read and overwritten at once; without `output` it is stdout that is compared.

    Raises:
        CsHelperError: both are the same regular file.
    """
    for target in part_of(output) if output else (None,):
        with suppress(OSError, ValueError):  # no such file yet, no real stream
            here, there = os.fstat(source.fileno()), os.stat(target or sys.stdout.fileno())
            if stat.S_ISREG(here.st_mode) and os.path.samestat(here, there):
                raise CsHelperError(f"{source.name}: input and output are the same file")


def size_of(source: BufferedReader) -> int:
    """Bytes of a regular file, 0 when it has no size to know beforehand."""
    with suppress(OSError, ValueError):
        status = os.fstat(source.fileno())
        return status.st_size if stat.S_ISREG(status.st_mode) else 0
    return 0


def position_in(source: BufferedReader) -> int:
    """Bytes read so far of a file whose size is known, else 0."""
    return source.tell() if size_of(source) else 0
