"""A message as the words of replies look at it: which of their `about` words it says, and what it means by them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, cached_property

from cs_helper.features import Lexicon, stems
from cs_helper.model import LIKE
from cs_helper.text import has_han, normalise


class Heard:
    """A message's words and what they mean."""

    def __init__(self, message: str, lexicon: Lexicon) -> None:
        self.text = normalise(message)  # as the matcher reads it
        folded = message.casefold()
        self._folded, self._message = folded, message if len(folded) == len(message) else folded
        self._lexicon = lexicon
        self._hay = f"{self.text}\n{stems(self.text)}"

    @cached_property
    def concepts(self) -> set[str]:
        """The concepts of the lexicon that the message speaks of."""
        return self._lexicon.concepts(self.text)

    def count(self, words: Iterable[str]) -> int:
        """How many of a reply's `about` words the message says; words of one concept count once."""
        return len({w if w[0] != LIKE else self._lexicon.words.get(w[1:], w) for w in self.said(words)})

    def said(self, words: Iterable[str]) -> list[str]:
        """Those of some `about` words that the message says."""
        return list(filter(self._says, words))

    def any(self, words: tuple[str, ...]) -> bool:
        """Whether the message says one of them: `said` for the many that say none."""
        hay = self._hay
        return any(needle in hay for needle in _needles(words)) or any(self._says(w) for w in words if w[0] == LIKE)

    def longest(self, words: Iterable[str]) -> str:
        """The longest of some `about` words that stands in the message itself, as it is written there; "" for none."""
        word = max(filter(self._stands_in, (w.lstrip(LIKE) for w in words)), key=len, default="")
        at = self._folded.find(word)
        if at < 0:  # another form of it; a number in it may be another number
            return "" if "0" in word else word
        return self._message[at : at + len(word)]

    def _says(self, word: str) -> bool:
        if word[0] != LIKE:
            return self._stands_in(word)
        return self._lexicon.words.get(word[1:]) in self.concepts or self._stands_in(word[1:])

    def _stands_in(self, word: str) -> bool:
        return _needle(word) in self._hay


@cache
def _needle(word: str) -> str:
    """What to look for in a message that may say a word: Chinese as it stands, Latin words whole, by their stems."""
    return word if has_han(word) else stems(word)


@cache
def _needles(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_needle(word) for word in words if word[0] != LIKE)
