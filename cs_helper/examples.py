"""The examples of a library as a learner sees them: normalised, cut into features, the features numbered."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import accumulate, chain, pairwise
from typing import Any, NamedTuple

from cs_helper.features import Lexicon, features
from cs_helper.model import Library
from cs_helper.text import normalise
from cs_helper.workers import side_by_side

FEW = 400  # texts that are cut sooner than another process has started


class Cut(NamedTuple):
    """Texts cut into features, flat: as they go through a pipe and into an index."""

    texts: list[str]  # as written
    normalised: list[str]
    names: list[str]  # the distinct features of all, in order of appearance
    lengths: array[int]  # how many features each text has
    numbers: array[int]  # of the features of all texts, one text after the other


def labelled_examples(library: Library, ids: Sequence[str]) -> tuple[list[str], list[int]]:
    """Every example of a library as written, with its class number (len(ids) = out of scope).

    They are the scenarios' messages, the not_messages (under the scenario they belong to) and the messages that are
    out of scope (the last class).
    """
    number = {sid: i for i, sid in enumerate(ids)}
    texts: list[str] = []
    labels: list[int] = []
    for sid in ids:
        scenario = library.scenarios[sid]
        for text, label in [*((m, sid) for m in scenario.messages), *scenario.not_messages]:
            if label in number:
                texts.append(text)
                labels.append(number[label])
    texts += library.out_of_scope
    labels += [len(ids)] * len(library.out_of_scope)
    return texts, labels


def cut_examples(texts: Sequence[str], lexicon: Lexicon, earlier: Cut | None = None) -> Cut:
    """The texts cut into features, half of them in another process where there is one to spare.

    Args:
        texts: as written.
        lexicon: the words that mean the same.
        earlier: texts that were cut with this lexicon before, and need not be cut again.
    """
    if earlier and earlier.texts == texts:
        return earlier
    known = set(earlier.texts) if earlier else set()
    new = [text for text in dict.fromkeys(texts) if text not in known]
    if len(new) > FEW:
        middle = (len(new) + 1) // 2
        cut = _join(*side_by_side(lambda half: _cut(half, lexicon), new[:middle], new[middle:]))
    else:
        cut = _cut(new, lexicon)
    return _select(texts, _join(earlier, cut) if earlier else cut)


def feature_lists(cut: Cut) -> list[list[int]]:
    """The feature numbers of each text."""
    numbers = cut.numbers.tolist()
    return [numbers[start:end] for start, end in _runs(cut.lengths)]


def _cut(texts: Sequence[str], lexicon: Lexicon) -> Cut:
    number = _numbering()
    lengths, numbers = array("I"), array("I")
    normalised = list(map(normalise, texts))
    for text in normalised:
        found = features(text, lexicon)
        lengths.append(len(found))
        numbers.extend(map(number.__getitem__, found))
    return Cut(list(texts), normalised, list(number), lengths, numbers)


def _join(first: Cut, second: Cut) -> Cut:
    """The same as cutting the texts of both afresh, one after the other."""
    number = _numbering()
    for name in first.names:
        number[name]
    renumbered = array("I", map(list(map(number.__getitem__, second.names)).__getitem__, second.numbers))
    return Cut(
        first.texts + second.texts,
        first.normalised + second.normalised,
        list(number),
        first.lengths + second.lengths,
        first.numbers + renumbered,
    )


def _select(texts: Sequence[str], cut: Cut) -> Cut:
    """The same as cutting these texts afresh, taken from a cut that holds them all."""
    if cut.texts == texts:
        return cut
    place = {text: i for i, text in enumerate(cut.texts)}
    lists = feature_lists(cut)
    chosen = list(map(place.__getitem__, texts))
    number = _numbering()
    numbers = array("I", map(number.__getitem__, chain.from_iterable(map(lists.__getitem__, chosen))))
    return Cut(
        list(texts),
        [cut.normalised[i] for i in chosen],
        [cut.names[i] for i in number],
        array("I", (len(lists[i]) for i in chosen)),
        numbers,
    )


def _numbering() -> defaultdict[Any, int]:
    """A dictionary that numbers the keys it is asked for."""
    number: defaultdict[Any, int] = defaultdict()
    number.default_factory = number.__len__
    return number


def _runs(lengths: Sequence[int]) -> Iterator[tuple[int, int]]:
    return pairwise(accumulate(lengths, initial=0))
