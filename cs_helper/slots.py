"""Values that may be taken from the customer's own message: order number, size, city, courier – nothing else.

A price in a message is somebody else's price, so it never becomes ours. A wrong value in a reply costs more than a
missing one: what is ambiguous, negated or about something else is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

MAX_WORD = 8  # characters of the longest place or company name

# named as an order number, or long enough to be nothing else: 12 to 24 digits, the dashed forms of Amazon and Pinduoduo
_ORDER_NO = re.compile(
    r"(?:订单编?号码?|order (?:number|no\.?|id)|order ?#)[\s:\uff1a是为#]*(?:is )?([A-Z0-9][A-Z0-9-]{4,29})(?![\w.-])"
    r"|(?<![\w.-])(\d{3}-\d{7}-\d{7}|\d{6}-\d{15}|\d{12,24})(?![\w.-])",
    re.IGNORECASE | re.ASCII,
)
_TRACKING = ("快递单号", "物流单号", "运单号", "运单", "快递", "物流", "tracking", "tracking number", "parcel")
_SIZE = re.compile(
    r"(?<![a-z0-9'’.])(?:(?:size|尺码|码数)[\s:\uff1a是]*(\d{1,2}|[2-6]?x{0,3}[sl]|m)(?![a-z0-9'’])"
    r"|([2-6]?x{1,4}[sl]|[2-6]xl|[sml](?=[码号])|\d{2,3}(?=码))码?(?![a-z0-9'’]))"
    r"(?!.{0,3}[太偏小大紧松短长窄])",
    re.IGNORECASE | re.ASCII,
)
_NEGATED = ("不要", "不发", "别发", "除了", "不想", "不是", "不用", "不走", "别用", "别走", "not ", "no ", "except ")
_FROM = ("从", "from ")  # where the parcel starts is not where the customer is
_NOT_A_PLACE = ("发", "仓", "产", "货源", "时间", "特产", "路", "银行", "人")


def find_slots(message: str, words: Mapping[str, str], *, under_way: bool) -> dict[str, str]:
    """Placeholder values found in a message, each only when it is unambiguous.

    Args:
        message: the message as the customer wrote it.
        words: the lexicon, word → concept; `city` and `courier` are looked up.
        under_way: whether the parcel is (or was) on its way; before that a courier in the message is a wish, and
            answering with it would be a promise.
    """
    found = {}
    numbers = {m[1] or m[2] for m in _ORDER_NO.finditer(message) if _is_order_no(m, message)}
    if len(numbers) == 1:
        found["order_no"] = numbers.pop()
    sizes = {(m[1] or m[2]).upper() for m in _SIZE.finditer(message) if not _negated(message[: m.start()])}
    if len(sizes) == 1:
        found["size"] = sizes.pop()
    for concept, names in _concept_words(message, words, under_way=under_way).items():
        if len(names) == 1:
            found[concept] = names.pop()
    return found


def _is_order_no(m: re.Match[str], message: str) -> bool:
    if m[1]:
        return any(c.isdigit() for c in m[1])
    return not message[: m.start()].rstrip(" :\uff1a是#").casefold().endswith(_TRACKING)


def _negated(before: str) -> bool:
    return before.casefold().endswith(_NEGATED)


def _concept_words(message: str, words: Mapping[str, str], *, under_way: bool) -> dict[str, set[str]]:
    lower = message.casefold()
    if len(lower) != len(message):  # casefolding moved the letters: the found words could not be quoted
        message = lower
    found: dict[str, set[str]] = {}
    i = 0
    while i < len(lower):
        for j in range(min(len(lower), i + MAX_WORD), i + 1, -1):
            concept = words.get(lower[i:j])
            if concept and not _inside_word(lower, i, j):
                if concept in ("city", "courier") and _is_meant(concept, lower[:i], lower[j:], under_way=under_way):
                    found.setdefault(concept, set()).add(message[i:j])
                i = j - 1
                break
        i += 1
    return found


def _inside_word(text: str, i: int, j: int) -> bool:
    """Whether text[i:j] is only a part of a Latin word (ups in groups)."""
    before, after = text[i - 1 : i], text[j : j + 1]
    return (text[i].isascii() and before.isascii() and before.isalnum()) or (
        text[j - 1].isascii() and after.isascii() and after.isalnum()
    )


def _is_meant(concept: str, before: str, after: str, *, under_way: bool) -> bool:
    if before.endswith(_NEGATED):
        return False
    if concept == "courier":
        return under_way
    return not before.endswith(_FROM) and not after.startswith(_NOT_A_PLACE)
