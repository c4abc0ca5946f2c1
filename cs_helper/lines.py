"""From a file's bytes to its lines: any encoding, any line end, any length, in flat memory."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from io import BufferedReader
from itertools import chain

from cs_helper.errors import CsHelperError

BLOCK = 1 << 16  # bytes read at a time
MAX_LINE = 1 << 20  # bytes of a line (or CSV record) that is kept
TOO_LONG = f"the line is longer than {MAX_LINE >> 20} MiB"
_USUAL = re.compile("[\\t\\n\\r -~\\u2010-\\u2030\\u3000-\\u9fff\\uff00-\\uffef\\U00010000-\\U0010ffff]")

Line = tuple[int, str | None]  # number from 1, text with its line end; None: longer than MAX_LINE


def read_lines(file: BufferedReader) -> Iterator[Line]:
    """The lines of a file: UTF-16 when all of it is, else each one UTF-8 or, when it is not, GB18030.

    谢谢 in GB18030 is лл in UTF-8: a line that could be either goes by what was met in the file before.

    Raises:
        CsHelperError: it cannot be read on.
    """
    blocks = _read(file)
    head = b""
    for block in blocks:
        head += block
        if len(head) >= 4:  # a pipe may give less at first
            break
    codec = _utf16(head)
    mixed = codec is None and not _is_utf8(head)
    for number, data in cut_lines(_as_utf8(chain([head], blocks), codec)):
        if data is None:
            yield number, None
            continue
        data = data.removeprefix(codecs.BOM_UTF8)
        try:
            text = data.decode()
            doubtful = mixed and not text.isascii() and max(text) < "\u0800"
        except UnicodeDecodeError:
            doubtful = mixed = True
        yield number, data.decode("gb18030", "replace") if doubtful else text


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
    if 3 * nuls < len(head) and _is_utf8(head):
        return None
    codec = max(("utf-16-le", "utf-16-be"), key=lambda c: _plausible(head.decode(c, "replace")))
    text = head.decode(codec, "replace")
    return codec if _plausible(text) > 0.8 and (3 * nuls >= len(head) or "\n" in text or "\r" in text) else None


def _is_utf8(head: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)  # the last character may be cut
    except UnicodeDecodeError:
        return False
    return True


def _plausible(text: str) -> float:
    """The share of ASCII, Han and their punctuation; GB18030 or swapped bytes taken for UTF-16 give other scripts."""
    return len(_USUAL.findall(text)) / (len(text) or 1)


def _as_utf8(blocks: Iterable[bytes], codec: str | None) -> Iterator[bytes]:
    """The same text, re-coded when it is UTF-16."""
    if codec is None:
        yield from blocks
        return
    decoder = codecs.getincrementaldecoder(codec)("replace")
    for block in blocks:
        yield decoder.decode(block).encode()
    yield decoder.decode(b"", final=True).encode()


def cut_lines(blocks: Iterable[bytes]) -> Iterator[tuple[int, bytes | None]]:
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
