"""What the matcher sees of a text: n-grams of characters, words, concepts and sounds, as strings.

The first character tells the kind: none for Chinese character n-grams, `#` concepts and pairs with a concept in them,
`~` sounds, a space for English words and pairs, `<` letter n-grams of English words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from cs_helper import hanzi

_WORD = re.compile(r"[a-z']+|0|\?|[^a-z'0? ]+")
_SUFFIX = re.compile(r"(?<=[a-z]{3})(?:ing|ed|es|s|ly)$")


def _sound_tables() -> tuple[dict[int, int], dict[str, str]]:
    """Character → sound character, and pinyin syllable → the same sound characters (private use area)."""
    by_character, by_syllable = {}, {}
    for i, line in enumerate(hanzi.SOUNDS.splitlines()):
        syllables, _, characters = line.partition(":")
        sound = 0xE000 + i
        for c in characters:
            by_character[ord(c)] = sound
        for s in syllables.split():
            by_syllable[s] = chr(sound)
    return by_character, by_syllable


_SOUND_OF, _SYLLABLES = _sound_tables()


class Lexicon:
    """Words that mean the same: normalised word → concept, and the word lengths that start with each character."""

    def __init__(self, words: Mapping[str, str]) -> None:
        self.words = words
        lengths: dict[str, set[int]] = {}
        for word in words:
            lengths.setdefault(word[0], set()).add(len(word))
        self._lengths = {c: sorted(ls, reverse=True) for c, ls in lengths.items()}

    @classmethod
    def from_concepts(cls, concepts: Mapping[str, Iterable[str]]) -> Lexicon:
        """The lexicon turned round; of two concepts with one word the first wins."""
        words: dict[str, str] = {}
        for concept, names in concepts.items():
            for name in names:
                if name:
                    words.setdefault(name, concept)
        return cls(words)

    def cut(self, run: str) -> list[str]:
        """A run of Chinese characters as lexicon words (`#concept`, the longest first) and single characters."""
        out = []
        i, n = 0, len(run)
        while i < n:
            for length in self._lengths.get(run[i], ()):
                concept = self.words.get(run[i : i + length])
                if concept and i + length <= n:
                    out.append("#" + concept)
                    i += length
                    break
            else:
                out.append(run[i])
                i += 1
        return out

    def concepts(self, text: str) -> set[str]:
        """The concepts of a normalised text, Chinese and English."""
        found = set()
        for piece in _WORD.findall(text):
            if "a" <= piece[0] <= "z":
                found.add(self.words.get(piece, ""))
            else:
                found.update(token[1:] for token in self.cut(piece) if len(token) > 1)
        return found - {""}


def spell(word: str) -> str:
    """The sounds of a word typed in pinyin (`tuikuan`), "" when it cannot be read so; fewest syllables win."""
    best: list[tuple[int, str] | None] = [(0, "")] + [None] * len(word)
    for i in range(len(word)):
        here = best[i]
        if here is None:
            continue
        for end in range(i + 1, min(i + 6, len(word)) + 1):
            sound = _SYLLABLES.get(word[i:end])
            if sound:
                there = best[end]
                if there is None or here[0] + 1 < there[0]:
                    best[end] = (here[0] + 1, here[1] + sound)
    end_state = best[-1]
    return end_state[1] if end_state else ""


def stem(word: str) -> str:
    """An English word without its commonest endings."""
    return _SUFFIX.sub("", word.replace("'", ""))


def features(text: str, lexicon: Lexicon) -> list[str]:
    """The distinct features of a normalised text, in order of appearance."""
    found: dict[str, None] = {}
    previous = sounds = ""
    for piece in _WORD.findall(text):
        first = piece[0]
        if "a" <= first <= "z" or first == "'":
            _add_english(piece, previous, lexicon, found)
            spelt = spell(piece)
            sounds = sounds + spelt if spelt else ""
            _add_sounds(sounds, found)
            previous = piece
            continue
        previous = sounds = ""
        if first == "0" or first == "?":
            found[" " + first] = None
        else:
            _add_chinese(piece, lexicon, found)
    return list(found)


def _add_chinese(run: str, lexicon: Lexicon, found: dict[str, None]) -> None:
    found.update(dict.fromkeys(run))
    padded = "^" + run + "$"
    found.update(dict.fromkeys(map(str.__add__, padded, padded[1:])))
    previous = "^"
    for token in lexicon.cut(run):
        if len(token) > 1:
            found[token] = None
            found[previous + token] = None
        elif len(previous) > 1:
            found[previous + token] = None
        previous = token
    _add_sounds(run.translate(_SOUND_OF), found)


def _add_sounds(sounds: str, found: dict[str, None]) -> None:
    for a, b in zip(sounds, sounds[1:], strict=False):
        found["~" + a + b] = None


def _add_english(word: str, previous: str, lexicon: Lexicon, found: dict[str, None]) -> None:
    root = stem(word)
    found[" " + root] = None
    concept = lexicon.words.get(word)
    if concept:
        found["#" + concept] = None
    if previous:
        found[" " + stem(previous) + " " + root] = None
    padded = "<" + root + ">"
    for i in range(len(padded) - 3):
        found[padded[i : i + 4]] = None
