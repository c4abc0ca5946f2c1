"""What the matcher sees of a text: Chinese characters and pairs of them, concepts, English words, as strings.

`^` and `$` are the ends of a Chinese run, `#` marks a concept of the lexicon, a space begins an English word. `~` is
the sound of a pair; no example has one: it is where the matcher looks when it has never seen a pair (`backoff`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from itertools import pairwise
from operator import add
from typing import Any

from cs_helper import hanzi
from cs_helper.text import normalise

POLITE = frozenset(("filler", "greeting", "agree", "thanks", "farewell"))  # concepts that introduce a wish
PARTICLES = frozenset("啊呀哈哦嗯呢吧了哎诶喂嘛唉噢喔那")
_WORD = re.compile(r"[a-z']+|0|\?|[^a-z'0? ]+")
_WHOLE = frozenset(("customs", "goods", "thanks"))  # another word without its ending
_SUFFIX = re.compile(r"(?<=[a-z]{3})(?:ing|ed|es|s|ly|e)$")


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

    def __init__(self, words: Mapping[str, str], lengths: Mapping[str, Iterable[int]]) -> None:
        self.words = words
        self._lengths = lengths

    @classmethod
    def from_concepts(cls, concepts: Mapping[str, Iterable[str]]) -> Lexicon:
        """The lexicon turned round; of two concepts with one word the first wins."""
        words: dict[str, str] = {}
        lengths: dict[str, set[int]] = {}
        for concept, names in concepts.items():
            for name in filter(None, map(normalise, names)):
                words.setdefault(name, concept)
                lengths.setdefault(name[0], set()).add(len(name))
        return cls(words, {c: sorted(ls, reverse=True) for c, ls in lengths.items()})

    def concept(self, word: str) -> str | None:
        """The concept of an English word, in whatever form."""
        return self.words.get(word) or self.stems.get(stem(word))

    @cached_property
    def stems(self) -> dict[str, str]:
        """The concept of each English word by its stem."""
        return {stem(word): concept for word, concept in self.words.items() if "a" <= word[0] <= "z"}

    def dump(self) -> dict[str, Any]:
        """The lexicon as JSON data."""
        names: dict[str, list[str]] = {}
        for word, concept in self.words.items():
            names.setdefault(concept, []).append(word)
        return {"names": {c: "\n".join(ws) for c, ws in names.items()}, "lengths": self._lengths}

    @classmethod
    def load(cls, data: dict[str, Any]) -> Lexicon:
        """The lexicon that `dump` wrote."""
        words: dict[str, str] = {}
        for concept, names in data["names"].items():
            words.update(dict.fromkeys(names.split("\n"), concept))
        return cls(words, data["lengths"])

    def cut(self, run: str) -> list[str]:
        """A run of Chinese characters as lexicon words (`#concept`, the longest first) and single characters."""
        out = []
        lengths, words = self._lengths.get, self.words.get
        i, n = 0, len(run)
        while i < n:
            character = run[i]
            for length in lengths(character, ()):
                concept = i + length <= n and words(run[i : i + length])
                if concept:
                    out.append("#" + concept)
                    i += length
                    break
            else:
                out.append(character)
                i += 1
        return out

    def core(self, run: str) -> tuple[str, list[str]]:
        """A run of Chinese characters and its cut without the pleasantries in front (哦哦好的,亲在吗…).

        Whole when nothing else would be left.
        """
        tokens = self.cut(run)
        at = polite = 0
        for token in tokens:
            if token in PARTICLES:
                at += 1
            elif token[1:] in POLITE:
                at += next(n for n in self._lengths[run[at]] if self.words.get(run[at : at + n]) == token[1:])
            else:
                break
            polite += 1
        return (run[at:], tokens[polite:]) if 0 < at < len(run) - 1 else (run, tokens)

    def concepts(self, text: str) -> set[str]:
        """The concepts of a normalised text, Chinese and English."""
        found = set()
        for piece in _WORD.findall(text):
            if "a" <= piece[0] <= "z":
                found.add(self.concept(piece) or "")
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
    return word if word in _WHOLE else _SUFFIX.sub("", word.replace("'", ""))


def latin_words(text: str) -> list[str]:
    """The Latin words of a normalised text."""
    return [piece for piece in _WORD.findall(text) if "a" <= piece[0] <= "z"]


def stems(text: str) -> str:
    """The stems of the Latin words and the numbers of a normalised text between spaces; "" when there are none."""
    words = [stem(piece) for piece in _WORD.findall(text) if piece == "0" or "a" <= piece[0] <= "z"]
    return f" {' '.join(words)} " if words else ""


def features(text: str, lexicon: Lexicon) -> list[str]:
    """The distinct features of a normalised text, in order of appearance; pleasantries in front are passed over."""
    found: dict[str, None] = {}
    for i, piece in enumerate(_WORD.findall(text)):
        first = piece[0]
        if "a" <= first <= "z" or first == "'":
            found[" " + stem(piece)] = None
            concept = lexicon.concept(piece)
            if concept:
                found["#" + concept] = None
        elif first == "0" or first == "?":
            found[" " + first] = None
        elif i:
            _add_chinese(piece, lexicon.cut(piece), found)
        else:
            _add_chinese(*lexicon.core(piece), found)
    return list(found)


def _add_chinese(run: str, tokens: list[str], found: dict[str, None]) -> None:
    padded = "^" + run + "$"
    found.update(dict.fromkeys(run))
    found.update(dict.fromkeys(map(add, padded, padded[1:])))
    previous = "^"
    for token in tokens:
        if len(token) > 1:
            found[token] = None
            found[previous + token] = None
        elif len(previous) > 1:
            found[previous + token] = None
        previous = token


def sound_of(pair: str) -> str:
    """The sound feature of two Chinese characters, under which an index finds their commonest homophones."""
    return "~" + pair.translate(_SOUND_OF)


def is_pair(feature: str) -> bool:
    """Whether a feature is two Chinese characters."""
    return len(feature) == 2 and feature[0] > "\u2fff" and feature[1] > "\u2fff"


def is_word(feature: str) -> bool:
    """Whether a feature is one English word."""
    return feature[0] == " " and len(feature) > 2


def spelt_sounds(text: str) -> list[str]:
    """The sound features of a text typed in pinyin (`youhuo ma`), word by word."""
    sounds, found = "", []
    for piece in _WORD.findall(text):
        spelt = spell(piece) if "a" <= piece[0] <= "z" else ""
        sounds = sounds[-1:] + spelt if spelt else ""
        found += ["~" + a + b for a, b in pairwise(sounds)]
    return found
