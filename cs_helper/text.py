"""From bytes to comparable text: decode, strip what a terminal must never see, normalise, split into clauses."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from cs_helper import hanzi
from cs_helper.errors import CsHelperError
from cs_helper.model import Lang

MAX_CHARACTERS = 20_000
MAX_BYTES = 4 * MAX_CHARACTERS + 4  # a longer paste cannot be a message, whatever its encoding

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])")
_CONTROL = {c: None for c in (*range(0x20), *range(0x7F, 0xA0)) if c not in (0x09, 0x0A)} | dict.fromkeys(
    # zero-width and direction marks: invisible, and able to reorder what a reader sees
    (0xFEFF, 0x200B, 0x200C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
)
_NOT_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ue000-\uf8ff\ufffd]")
_TRADITIONAL = frozenset(hanzi.TRADITIONAL)
_SIMPLIFY = str.maketrans(hanzi.TRADITIONAL, hanzi.SIMPLIFIED)
_MASK = re.compile(r"\[([^\[\]\s]{1,6})x\]")  # [数字x] [地址x]: what chat exports put in place of private data
_URL = re.compile(r"(?:https?://|www\.)[^\s\u4e00-\u9fff]+")
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_NOT_WORD = re.compile(r"[^\w?' ]+|_+")
_REPEAT = re.compile(r"(.)\1{2,}")
_CLAUSE_END = re.compile(
    r"[\n。!?！？;；~～…、，]+|(?<!\d)[.,:：]|[.,:：](?!\d)|(?<=[\u4e00-\u9fff])[ \u3000]+(?=[\u4e00-\u9fff])"
)
_HAN_GAP = re.compile(r"(?<=[\u4e00-\u9fff]) +(?=[\u4e00-\u9fff])")


def decode(data: bytes) -> str:
    """Text of a paste or file in whatever encoding: BOM, UTF-8, GB18030; with NULs UTF-16 when that reads better."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    if data.startswith(b"\xef\xbb\xbf"):
        return data[3:].decode("utf-8", "replace")
    text = _read_bytes(data)
    if 0 not in data or len(data) % 2:
        return text
    # where the NULs stand does not tell: 退, 一, 最, 开 and the full-width space have theirs where ASCII has none
    return max(text, data.decode("utf-16-le", "replace"), data.decode("utf-16-be", "replace"), key=_usual_share)


def _read_bytes(data: bytes) -> str:
    """UTF-8, or GB18030 where it is not, or where only that makes sense: 谢谢 in GB18030 is лл in UTF-8."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("gb18030", "replace")
    if not text.isascii() and max(text) < "\u0800" and not _is_usual(text):
        chinese = data.decode("gb18030", "replace")
        return chinese if _is_usual(chinese) else text
    return text


def _usual_share(text: str) -> float:
    """The share of characters that customers use; a stray NUL is not as odd as a character of another script."""
    return sum(map(_usual_characters().__contains__, text)) / (len(text) - text.count("\0") / 2)


def _is_usual(text: str) -> bool:
    return _usual_characters().issuperset(text.replace("\0", ""))


@cache
def _usual_characters() -> frozenset[str]:
    """Latin letters, punctuation, common Chinese characters and emoji."""
    ranges = ((0x20, 0x7F), (0xA0, 0x180), (0x2010, 0x2028), (0x3000, 0x3030), (0xFF01, 0xFFEF), (0x1F300, 0x1FB00))
    signs = {chr(c) for start, end in ranges for c in range(start, end)}
    return frozenset(signs.union("\t\n\r", hanzi.SOUNDS, hanzi.TRADITIONAL))


def clean(text: str) -> str:
    """The text without escape sequences, control and invisible characters: safe on a terminal."""
    if text.isprintable():
        return text
    if "\x1b" in text:
        text = _ESCAPE.sub("", text)
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_CONTROL)
    return text.encode("utf-8", "replace").decode("utf-8")  # lone surrogates become "?"


def read_message(text: str) -> str:
    """A customer's message, cleaned and trimmed.

    Raises:
        CsHelperError: it is empty, longer than 20,000 characters, or no text at all (a picture, a program).
    """
    if len(text) > MAX_CHARACTERS:
        raise CsHelperError(
            f"the message is longer than {MAX_CHARACTERS:,} characters; use `batch` for a file of messages"
        )
    if _is_binary(text):
        raise CsHelperError("the message is not text; a file of another kind?")
    text = clean(text).strip()
    if not text:
        raise CsHelperError("the message is empty")
    return text


def _is_binary(text: str) -> bool:
    """Whether more than a few characters, and more than one in eight, are none that anybody types or pastes."""
    return len(_NOT_TEXT.findall(_ESCAPE.sub("", text))) > 3 + len(text) / 8


def has_han(text: str) -> bool:
    """Whether any Chinese character stands in the text."""
    return _HAN.search(text) is not None


def language(text: str) -> Lang:
    """English for a text in letters that are not Chinese; without any letter (👍, ???) the library's Chinese."""
    return "en" if not has_han(text) and any(c.isalpha() for c in text) else "zh"


def fold(text: str) -> str:
    """NFKC, lower case, simplified script; masks, addresses of pages and numbers folded (a number is "0")."""
    text = unicodedata.normalize("NFKC", text).casefold()
    if not _TRADITIONAL.isdisjoint(text):
        text = text.translate(_SIMPLIFY)
    if text.isalpha():  # most messages and words: nothing below but repetition concerns them
        return _REPEAT.sub(r"\1\1", text) if len(text) > 2 else text
    if "[" in text:
        text = _MASK.sub(lambda m: "0" if m[1] in ("数字", "金额") else " ", text)
    if "://" in text or "www." in text:
        text = _URL.sub(" ", text)
    text = _NUMBER.sub("0", text)
    return _REPEAT.sub(r"\1\1", text)


def normalise(text: str) -> str:
    """The text as the matcher compares it: folded, punctuation gone except "?", single spaces between words only."""
    text = fold(text)
    return text if text.isalpha() else _HAN_GAP.sub("", " ".join(_NOT_WORD.sub(" ", text).split()))


def clauses(text: str, *, most: int = 12) -> list[tuple[str, str]]:
    """The clauses of a message as (as written, normalised); a space between Chinese words ends a clause too.

    At most `most`: of a longer paste the first and the last ones, where the demand usually stands.
    """
    pieces = [piece.strip() for piece in _CLAUSE_END.split(text)]
    found = [(piece, normalised) for piece in pieces if piece and (normalised := normalise(piece)).strip("? ")]
    return found if len(found) <= most else found[: most // 2] + found[-(most - most // 2) :]
