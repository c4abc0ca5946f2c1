"""Compile a library into an index: examples to features, features to weights, everything into one block of bytes."""

from __future__ import annotations

import json
from array import array
from collections.abc import Mapping
from dataclasses import asdict
from zlib import crc32

from cs_helper.features import Lexicon, features
from cs_helper.index import FORMAT, HEAD, MAGIC
from cs_helper.lanes import Lanes
from cs_helper.model import Library
from cs_helper.text import normalise
from cs_helper.train import train


def build(library: Library, key: str = "") -> bytes:
    """Compile a library; `key` is kept in the index to tell later whether it still fits.

    The examples are the scenarios' messages, the not_messages (under the scenario they belong to) and the messages
    that are out of scope (the last class).
    """
    ids = [s.id for s in library.scenarios.values() if not s.by_agent]
    lexicon = Lexicon.from_concepts({c: [normalise(w) for w in ws] for c, ws in library.concepts.items()})
    texts, labels = labelled_examples(library, ids)
    normalised = [normalise(t) for t in texts]
    rows = train([features(t, lexicon) for t in normalised], labels, len(ids) + 1)

    blobs = bytearray()
    cards: dict[str, tuple[int, int, int, int]] = {}
    for s in library.scenarios.values():
        card = {k: v for k, v in asdict(s).items() if k not in ("messages", "not_messages")}
        start = len(blobs)
        blobs += json.dumps(card, ensure_ascii=False).encode()
        middle = len(blobs)
        blobs += "\n".join(dict.fromkeys(normalise(m) for m in s.messages)).encode()
        cards[s.id] = (start, middle, middle, len(blobs))
    blobs += b" " * (-len(blobs) % 4)
    meta = {
        "key": key,
        "ids": ids,
        "states": [library.scenarios[i].states for i in ids],
        "words": lexicon.words,
        "placeholders": {k: asdict(p) for k, p in library.placeholders.items()},
        "rules": [{**asdict(r), "bad": (), "good": ()} for r in library.rules],
        "problems": [str(p) for p in library.problems if p.level == "error"],
        "cards": cards,
    }
    header = json.dumps(meta, ensure_ascii=False).encode()
    header += b" " * (-(HEAD.size + len(header)) % 4)
    keys, table = _pack_rows(rows, Lanes(len(ids) + 1, 16))
    return b"".join((HEAD.pack(MAGIC, FORMAT, len(header), len(blobs), len(keys)), header, bytes(blobs), keys, table))


def labelled_examples(library: Library, ids: list[str]) -> tuple[list[str], list[int]]:
    """Every example text of a library with its class number (len(ids) = out of scope)."""
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


def _pack_rows(rows: Mapping[str, int], lanes: Lanes) -> tuple[bytes, bytes]:
    by_key = {crc32(f.encode()): row for f, row in rows.items()}
    keys = array("I", sorted(by_key))
    return keys.tobytes(), b"".join(lanes.store(by_key[k]) for k in keys)
