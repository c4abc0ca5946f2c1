"""Compile a library into an index: examples to features, features to weights, everything into one block of bytes."""

from __future__ import annotations

import json
from array import array
from collections import defaultdict
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Any
from zlib import crc32

from cs_helper.examples import Cut, cut_examples, feature_lists, labelled_examples
from cs_helper.features import Lexicon, is_pair, is_word, sound_of
from cs_helper.index import CHECKSUM, FORMAT, HEAD, MAGIC, SIZES, Learnt, record_data, scenario_data
from cs_helper.kept import Kept, dump_kept
from cs_helper.model import Library, Scenario
from cs_helper.train import Weights, train


def build(library: Library, key: str = "", earlier: Sequence[Kept] = ()) -> bytes:
    """Compile a library.

    Args:
        library: what to compile.
        key: kept in the index, to tell later whether it still fits.
        earlier: what indexes made by the same code have kept; texts are not cut again while the lexicon is the same,
            and nothing is learnt again while all examples are.
    """
    ids = [s.id for s in library.scenarios.values() if not s.by_agent]
    texts, labels = labelled_examples(library, ids)
    lexicon = Lexicon.from_concepts(library.concepts)
    lessons = blake2b(repr((ids, texts, labels, lexicon.words)).encode(), digest_size=16).hexdigest()
    cut = cut_examples(texts, lexicon, next((k.cut for k in earlier if k.lender.lexicon.words == lexicon.words), None))
    known = (k.lender.learnt() for k in earlier if k.lender.lessons == lessons)
    learnt = next(filter(None, known), None) or _learn(cut, labels, len(ids) + 1)
    examples: dict[str, dict[str, None]] = defaultdict(dict)
    for text, label in zip(cut.normalised, labels, strict=True):
        if label < len(ids):
            examples[ids[label]][text] = None
    blobs = _Blobs()
    meta = {
        "key": key,
        "lessons": lessons,
        "ids": ids,
        "states": [library.scenarios[i].states for i in ids],
        "problems": [str(p) for p in library.problems if p.level == "error"],
        "parts": {
            "lexicon": blobs.add(lexicon.dump()),
            "vocabulary": blobs.add(learnt.vocabulary),
            "placeholders": blobs.add({k: record_data(p) for k, p in library.placeholders.items()}),
            "rules": blobs.add([{**record_data(r), "bad": (), "good": ()} for r in library.rules]),
        },
        "cards": {s.id: (*blobs.add(_card(s)), *blobs.add_lines(examples[s.id])) for s in library.scenarios.values()},
    }
    header = json.dumps(meta, ensure_ascii=False).encode()
    header += b" " * (-len(header) % 4)  # the tables after it are read as 32-bit numbers
    body = blobs.padded()
    kept = dump_kept(library.drafts, cut)
    sizes = SIZES.pack(len(header), len(body), len(learnt.keys), len(kept), learnt.rows)
    opened = b"".join((sizes, header, body, learnt.keys.tobytes(), learnt.numbers.tobytes()))
    return b"".join((HEAD.pack(MAGIC, FORMAT, crc32(opened)), opened, kept, learnt.table))


def _learn(cut: Cut, labels: Sequence[int], classes: int) -> Learnt:
    weights = train(cut.names, feature_lists(cut), labels, classes)
    keys, numbers = _hash_features(weights.names)
    return Learnt(
        keys,
        numbers,
        _with_checksums(weights, 2 * classes),
        rows=len(weights.names),
        vocabulary=sorted(f[1:] for f in weights.names if is_word(f)),
    )


class _Blobs:
    """JSON texts and lists of lines, one after the other; adding one returns where it starts and ends."""

    def __init__(self) -> None:
        self._data = bytearray()

    def add(self, value: Any) -> tuple[int, int]:
        return self._add(json.dumps(value, ensure_ascii=False))

    def add_lines(self, texts: Iterable[str]) -> tuple[int, int]:
        return self._add("\n".join(texts))

    def _add(self, text: str) -> tuple[int, int]:
        start = len(self._data)
        self._data += text.encode()
        return start, len(self._data)

    def padded(self) -> bytes:
        return bytes(self._data) + b" " * (-len(self._data) % 4)


def _card(scenario: Scenario) -> dict[str, Any]:
    return {**scenario_data(scenario), "messages": (), "not_messages": ()}


def _hash_features(names: Sequence[str]) -> tuple[array[int], array[int]]:
    """Sorted hashes of the features and of the sounds of pairs, and the row number of each.

    `names` come the commonest first: a sound stands for the commonest pair that sounds so.
    """
    number: dict[int, int] = {}
    for i, feature in enumerate(names):
        number[crc32(feature.encode())] = i
    for i, feature in enumerate(names):
        if is_pair(feature):
            number.setdefault(crc32(sound_of(feature).encode()), i)
    keys = array("I", sorted(number))
    return keys, array("I", map(number.__getitem__, keys))


def _with_checksums(weights: Weights, size: int) -> bytes:
    """The rows of a table, each with its checksum behind it."""
    rows = (weights.table[i : i + size] for i in range(0, len(weights.table), size))
    return b"".join(part for row in rows for part in (row, crc32(row).to_bytes(CHECKSUM, "little")))
