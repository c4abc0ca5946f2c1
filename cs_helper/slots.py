"""Values that may be taken from the customer's own message: order number, size, city, courier – nothing else.

A price in a message is somebody else's price, so it never becomes ours.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from cs_helper.features import MAX_WORD

_ORDER_NO = re.compile(r"(?<![\d.])\d{10,24}(?![\d.])")
_SIZE = re.compile(r"(?<![A-Za-z0-9])((?:[2-6]?X{0,3}[SL]|M)码?|\d{2,3}码)(?![A-Za-z0-9])", re.IGNORECASE)
_NEGATED = ("不要", "不发", "别发", "除了", "不想", "不是", "不用", "不走", "not ", "no ", "except ")


def find_slots(message: str, words: Mapping[str, str], *, under_way: bool) -> dict[str, str]:
    """Placeholder values found in a message, each only when it is unambiguous.

    Args:
        message: the message as the customer wrote it.
        words: the lexicon, word → concept; `city` and `courier` are looked up.
        under_way: whether the parcel is (or was) on its way; before that a courier in the message is a wish, and
            answering with it would be a promise.
    """
    found = {}
    numbers = set(_ORDER_NO.findall(message))
    if len(numbers) == 1:
        found["order_no"] = numbers.pop()
    sizes = {m.upper() for m in _SIZE.findall(message)}
    if len(sizes) == 1:
        found["size"] = sizes.pop()
    wanted = ("city", "courier") if under_way else ("city",)
    for concept, names in _concept_words(message, words, wanted).items():
        if len(names) == 1:
            found[concept] = names.pop()
    return found


def _concept_words(message: str, words: Mapping[str, str], wanted: tuple[str, ...]) -> dict[str, set[str]]:
    lower = message.casefold()
    found: dict[str, set[str]] = {}
    i = 0
    while i < len(lower):
        for j in range(min(len(lower), i + MAX_WORD), i + 1, -1):
            concept = words.get(lower[i:j])
            if concept in wanted and not lower[:i].endswith(_NEGATED):
                found.setdefault(concept, set()).add(message[i:j] if len(lower) == len(message) else lower[i:j])
                i = j - 1
                break
        i += 1
    return found
