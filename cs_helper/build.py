"""Compile a library into an index: examples to features, features to weights, everything into one block of bytes."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Mapping
from typing import Any
from zlib import crc32

from cs_helper.features import Lexicon, features, is_pair, is_word, sound_of
from cs_helper.index import CHECKSUM, FORMAT, HEAD, MAGIC, SIZES
from cs_helper.lanes import Lanes
from cs_helper.model import Library, Placeholder, Reply, Scenario, WordingRule
from cs_helper.text import normalise
from cs_helper.train import train


def build(library: Library, key: str = "") -> bytes:
    """Compile a library; `key` is kept in the index to tell later whether it still fits.

    The examples are the scenarios' messages, the not_messages (under the scenario they belong to) and the messages
    that are out of scope (the last class).
    """
    ids = [s.id for s in library.scenarios.values() if not s.by_agent]
    lexicon = Lexicon.from_concepts(library.concepts)
    texts, labels = labelled_examples(library, ids)  # normalised
    rows = train([features(t, lexicon) for t in texts], labels, len(ids) + 1)
    keys, numbers, table = _pack_rows(rows, Lanes(len(ids) + 1, 16))

    examples: dict[str, dict[str, None]] = {sid: {} for sid in library.scenarios}
    for text, label in zip(texts, labels, strict=True):
        if label < len(ids):
            examples[ids[label]][text] = None
    blobs = _Blobs()
    meta = {
        "key": key,
        "ids": ids,
        "states": [library.scenarios[i].states for i in ids],
        "problems": [str(p) for p in library.problems if p.level == "error"],
        "parts": {
            "lexicon": blobs.add(lexicon.dump()),
            "vocabulary": blobs.add(sorted(f[1:] for f in rows if is_word(f))),
            "placeholders": blobs.add({k: _plain(p) for k, p in library.placeholders.items()}),
            "rules": blobs.add([{**_plain(r), "bad": (), "good": ()} for r in library.rules]),
        },
        "cards": {s.id: (*blobs.add(_card(s)), *blobs.add_lines(examples[s.id])) for s in library.scenarios.values()},
    }
    header = json.dumps(meta, ensure_ascii=False).encode()
    header += b" " * (-len(header) % 4)  # the tables after it are read as 32-bit numbers
    body = blobs.padded()
    sizes = SIZES.pack(len(header), len(body), len(keys), len(rows))
    opened = b"".join((sizes, header, body, keys.tobytes(), numbers.tobytes()))
    return b"".join((HEAD.pack(MAGIC, FORMAT, crc32(opened)), opened, table))


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


def _plain(record: Scenario | Reply | Placeholder | WordingRule) -> dict[str, Any]:
    """A record's fields; `dataclasses.asdict` would copy every text."""
    return {name: getattr(record, name) for name in record.__slots__}


def _card(scenario: Scenario) -> dict[str, Any]:
    return {**_plain(scenario), "messages": (), "not_messages": (), "replies": [_plain(r) for r in scenario.replies]}


def labelled_examples(library: Library, ids: list[str]) -> tuple[list[str], list[int]]:
    """Every example of a library, normalised, with its class number (len(ids) = out of scope)."""
    number = {sid: i for i, sid in enumerate(ids)}
    texts: list[str] = []
    labels: list[int] = []
    for sid in ids:
        scenario = library.scenarios[sid]
        for text, label in [*((m, sid) for m in scenario.messages), *scenario.not_messages]:
            if label in number:
                texts.append(normalise(text))
                labels.append(number[label])
    texts += map(normalise, library.out_of_scope)
    labels += [len(ids)] * len(library.out_of_scope)
    return texts, labels


def _pack_rows(rows: Mapping[str, int], lanes: Lanes) -> tuple[array[int], array[int], bytes]:
    """Sorted hashes of the features and of the sounds of pairs, the row number of each, and the rows with checksums.

    `rows` come the commonest first: a sound stands for the commonest pair that sounds so.
    """
    number: dict[int, int] = {}
    for i, feature in enumerate(rows):
        number[crc32(feature.encode())] = i
    for i, feature in enumerate(rows):
        if is_pair(feature):
            number.setdefault(crc32(sound_of(feature).encode()), i)
    keys = array("I", sorted(number))
    return keys, array("I", map(number.__getitem__, keys)), b"".join(map(_checked, map(lanes.store, rows.values())))


def _checked(row: bytes) -> bytes:
    return row + crc32(row).to_bytes(CHECKSUM, "little")
