"""The examples of a library as a learner sees them: normalised, cut into features, the features numbered."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

from cs_helper.features import Lexicon, features
from cs_helper.model import Library
from cs_helper.text import normalise
from cs_helper.workers import side_by_side


class Examples(NamedTuple):
    """Normalised texts, the distinct features of all, and the numbers of each text's features."""

    texts: list[str]
    names: list[str]
    known: list[list[int]]


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


def cut_examples(texts: Sequence[str], lexicon: Lexicon) -> Examples:
    """The texts cut into features, half of them in another process where there is one to spare."""
    middle = (len(texts) + 1) // 2
    halves = side_by_side(lambda half: _cut(half, lexicon), texts[:middle], texts[middle:])
    number: defaultdict[str, int] = _numbering()
    known: list[list[int]] = []
    for _, names, lengths, local in halves:
        mapped = list(map([number[name] for name in names].__getitem__, local))
        known += (mapped[start:end] for start, end in _runs(lengths))
    return Examples([text for half in halves for text in half[0]], list(number), known)


def _cut(texts: Sequence[str], lexicon: Lexicon) -> tuple[list[str], list[str], array[int], array[int]]:
    """Normalised texts, their features, how many each has, and the numbers of all: flat, as they go through a pipe."""
    number: defaultdict[str, int] = _numbering()
    lengths, flat = array("I"), array("I")
    normalised = list(map(normalise, texts))
    for text in normalised:
        found = features(text, lexicon)
        lengths.append(len(found))
        flat.extend(map(number.__getitem__, found))
    return normalised, list(number), lengths, flat


def _numbering() -> defaultdict[str, int]:
    """A dictionary that numbers the keys it is asked for."""
    number: defaultdict[str, int] = defaultdict()
    number.default_factory = number.__len__
    return number


def _runs(lengths: Sequence[int]) -> Iterator[tuple[int, int]]:
    return pairwise(accumulate(lengths, initial=0))
