"""What the matcher sees of a text: n-grams of characters, words, concepts and sounds, as strings.

The first character tells the kind: none for Chinese character n-grams, `#` concepts and n-grams with a concept in
them, `~` sounds, ` ` English words and pairs, `<` letter n-grams of English words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from cs_helper import hanzi

MAX_WORD = 8  # characters of the longest Chinese word of the lexicon that is looked for
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


def spell(word: str) -> str:
    """The sounds of a word typed in pinyin (`tuikuan`), "" when it does not read as two or more syllables."""
    best: list[tuple[int, str] | None] = [(0, "")] + [None] * len(word)
    for i in range(len(word)):
        here = best[i]
        if here is None:
            continue
        for n in range(2, 7):
            sound = _SYLLABLES.get(word[i : i + n])
            if sound and i + n <= len(word):
                there = best[i + n]
                if there is None or here[0] + 1 < there[0]:
                    best[i + n] = (here[0] + 1, here[1] + sound)
    end = best[-1]
    return end[1] if end and end[0] >= 2 else ""


def stem(word: str) -> str:
    """An English word without its commonest endings."""
    return _SUFFIX.sub("", word.replace("'", ""))


def concepts_by_word(concepts: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """The lexicon turned round: normalised word → concept; of two concepts with one word the first wins."""
    found: dict[str, str] = {}
    for concept, words in concepts.items():
        for word in words:
            found.setdefault(word, concept)
    return found


def find_concepts(run: str, words: Mapping[str, str]) -> list[str]:
    """A run of Chinese characters cut into lexicon words (as `#concept`) and single characters, longest word first."""
    out = []
    i, n = 0, len(run)
    while i < n:
        for j in range(min(n, i + MAX_WORD), i, -1):
            concept = words.get(run[i:j])
            if concept:
                out.append("#" + concept)
                i = j
                break
        else:
            out.append(run[i])
            i += 1
    return out


def features(text: str, words: Mapping[str, str]) -> list[str]:
    """The distinct features of a normalised text, in order of appearance."""
    found: dict[str, None] = {}
    previous = ""
    for piece in _WORD.findall(text):
        first = piece[0]
        if first == "0" or first == "?":
            found[" " + first] = None
        elif "a" <= first <= "z" or first == "'":
            _english(piece, previous, words, found)
            previous = piece
            continue
        else:
            _chinese(piece, words, found)
        previous = ""
    return list(found)


def _chinese(run: str, words: Mapping[str, str], found: dict[str, None]) -> None:
    padded = "^" + run + "$"
    n = len(padded)
    for i in range(n):
        if 0 < i < n - 1:
            found[padded[i]] = None
        for size in (2, 3, 4):
            if i + size <= n:
                found[padded[i : i + size]] = None
    tokens = find_concepts(run, words)
    for i, token in enumerate(tokens):
        if len(token) > 1:
            found[token] = None
        if i:
            pair = tokens[i - 1] + token
            if len(pair) > 2:
                found["#" + pair] = None
            if i > 1 and len(tokens[i - 2]) + len(pair) > 3:
                found["#" + tokens[i - 2] + pair] = None
    sounds = run.translate(_SOUND_OF)
    for size in (2, 3):
        for i in range(len(sounds) - size + 1):
            found["~" + sounds[i : i + size]] = None


def _english(word: str, previous: str, words: Mapping[str, str], found: dict[str, None]) -> None:
    concept = words.get(word)
    root = stem(word)
    found[" " + root] = None
    if concept:
        found["#" + concept] = None
    if previous:
        found[" " + stem(previous) + " " + root] = None
    padded = "<" + root + ">"
    for i in range(len(padded) - 3):
        found["<" + padded[i : i + 4]] = None
    if len(word) > 3:
        sounds = spell(word)
        for i in range(len(sounds) - 1):
            found["~" + sounds[i : i + 2]] = None
