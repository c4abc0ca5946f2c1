"""What to make of words the library has never seen: pairs that sound alike, the nearest spelling, pinyin."""

from __future__ import annotations

from cs_helper.features import features, is_pair, is_word, sound_of, spelt_sounds
from cs_helper.index import Index
from cs_helper.text import has_han

LIKENESS = 80  # rapidfuzz ratio from which a word counts as a misspelling of a known one
MEMORY = 10_000  # corrected words that are remembered
SHORTEST = 4  # letters of a word worth correcting


def known_features(text: str, index: Index) -> list[str]:
    """The features of a normalised text that the index knows, unknown ones replaced by the nearest known."""
    found: dict[str, None] = {}
    rows = index.rows
    for feature in features(text, index.lexicon):
        if rows[feature]:
            found[feature] = None
        elif is_pair(feature):
            sound = sound_of(feature)
            if index.knows(sound):
                found[sound] = None
        elif is_word(feature):
            found.update(dict.fromkeys(_respell(feature, index)))
    if not has_han(text):
        found.update((sound, None) for sound in spelt_sounds(text) if index.knows(sound))
    return list(found)


def _respell(feature: str, index: Index) -> list[str]:
    """The features of the known word that is spelt most like an unknown one."""
    word = feature[1:]
    if len(word) < SHORTEST:
        return []
    if word not in index.respelt:
        if len(index.respelt) > MEMORY:
            index.respelt.clear()
        from rapidfuzz import fuzz, process

        best = process.extractOne(word, index.vocabulary, scorer=fuzz.ratio, score_cutoff=LIKENESS)
        index.respelt[word] = best[0] if best else ""
    known = index.respelt[word]
    concept = index.lexicon.stems.get(known)
    return [f for f in (" " + known if known else "", f"#{concept}" if concept else "") if f and index.knows(f)]
