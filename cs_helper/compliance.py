"""Wording rules: which of them a reply breaks. Plain word lists, so that a maintainer can read and test them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from cs_helper.model import Lang, WordingRule

_LATIN = re.compile(r"[a-z0-9]")


def check_wording(text: str, rules: Iterable[WordingRule], lang: Lang) -> Iterator[tuple[WordingRule, str]]:
    """The rules that the text breaks, each with the first word that breaks it.

    A word inside one of the rule's `unless` phrases does not count (最近 for 最…). Latin words count whole only.
    """
    lower = text.casefold()
    for rule in rules:
        if rule.lang in (None, lang):
            word = _first_hit(lower, rule)
            if word:
                yield rule, word


def _first_hit(text: str, rule: WordingRule) -> str:
    hits = [w for w in rule.words if w in text]
    if not hits:
        return ""
    for phrase in sorted(rule.unless, key=len, reverse=True):
        text = text.replace(phrase, "\n" * len(phrase))
    return next((w for w in hits if _stands_in(w, text)), "")


def _stands_in(word: str, text: str) -> bool:
    at = text.find(word)
    while at >= 0:
        before, after = text[at - 1 : at], text[at + len(word) : at + len(word) + 1]
        if not (_LATIN.match(word[0]) and _LATIN.match(before)) and not (
            _LATIN.match(word[-1]) and _LATIN.match(after)
        ):
            return True
        at = text.find(word, at + 1)
    return False
