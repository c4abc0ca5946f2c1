"""From a file's bytes to its lines: any encoding, any line end, any length, in flat memory."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from io import BufferedReader
from itertools import chain

from cs_helper.errors import CsHelperError

BLOCK = 1 << 16  # bytes read at a time
MAX_LINE = 1 << 20  # bytes of a line (or CSV record) that is kept
TOO_LONG = f"the line is longer than {MAX_LINE >> 20} MiB"
_BOM = codecs.BOM_UTF8
_USUAL = re.compile("[\\t\\n\\r -~\\u2010-\\u2030\\u3000-\\u9fff\\uff00-\\uffef\\U00010000-\\U0010ffff]")

Line = tuple[int, bytes | None]  # number from 1, content with its line end; None: longer than MAX_LINE


def read_lines(file: BufferedReader) -> Iterator[Line]:
    """The lines of a file, whose bytes are turned into UTF-8 only when all of it is UTF-16.

    Raises:
        CsHelperError: it cannot be read on.
    """
    return cut_lines(_blocks(file))


def _blocks(file: BufferedReader) -> Iterator[bytes]:
    """A file's bytes piece by piece, turned into UTF-8 when all of it is UTF-16."""
    raw = _read(file)
    head = b""
    for block in raw:
        head += block
        if len(head) >= 4:  # a pipe may give less at first
            break
    codec = _utf16(head)
    if codec is None:
        yield head.removeprefix(_BOM)
        yield from raw
        return
    decoder = codecs.getincrementaldecoder(codec)("replace")
    for block in chain([head], raw):
        yield decoder.decode(block).encode()
    yield decoder.decode(b"", final=True).encode()


def _read(file: BufferedReader) -> Iterator[bytes]:
    try:
        while block := file.read1(BLOCK):
            yield block
    except OSError as e:
        raise CsHelperError(f"{file.name}: {e.strerror or e}") from None


def _utf16(head: bytes) -> str | None:
    """The UTF-16 codec of a file that begins like this: by its BOM, or by NULs where they make sense."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    nuls = head.count(0)
    if not nuls:
        return None
    if 3 * nuls < len(head):
        with suppress(UnicodeDecodeError):
            codecs.getincrementaldecoder("utf-8")().decode(head)
            return None  # stray NULs in UTF-8
    codec = max(("utf-16-le", "utf-16-be"), key=lambda c: _plausible(head.decode(c, "replace")))
    text = head.decode(codec, "replace")
    return codec if _plausible(text) > 0.8 and (3 * nuls >= len(head) or "\n" in text or "\r" in text) else None


def _plausible(text: str) -> float:
    """The share of ASCII, Han and their punctuation; GB18030 or swapped bytes taken for UTF-16 give other scripts."""
    return len(_USUAL.findall(text)) / (len(text) or 1)


def cut_lines(blocks: Iterable[bytes]) -> Iterator[Line]:
    """Lines (ended by LF, CR LF or CR) with their numbers; a line of any length takes no more than MAX_LINE."""
    number, rest, too_long = 0, b"", False
    for block in filter(None, blocks):
        lines = (rest + block).splitlines(keepends=True)
        rest = b"" if lines[-1].endswith(b"\n") else lines.pop()  # a CR may be half of a CR LF
        for line in lines:
            number += 1
            yield number, None if too_long or len(line) > MAX_LINE else line
            too_long = False
        if len(rest) > MAX_LINE:
            rest, too_long = rest[-1:], True
    if rest:
        yield number + 1, None if too_long else rest


def decode_line(data: bytes) -> str:
    """The text of a line: UTF-8, or else GB18030 with what fits neither replaced."""
    data = data.removeprefix(_BOM)
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("gb18030", "replace")
