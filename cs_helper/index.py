"""A library compiled for answering: what a reply needs, in a layout that loads in a few milliseconds.

Layout (all of it this module's secret): magic, sizes, a JSON header (scenarios, placeholders, wording rules, lexicon),
the scenarios' replies and examples as JSON blobs that are read only when asked for, then for the matcher a sorted
table of feature hashes and a row of 16-bit weights for each.
"""

from __future__ import annotations

import json
import struct
from bisect import bisect_left
from collections.abc import Iterable
from math import sqrt
from typing import Any
from zlib import crc32

from cs_helper.features import Lexicon
from cs_helper.lanes import SCALE, ZERO, Lanes, widen
from cs_helper.model import Placeholder, Reply, Scenario, WordingRule
from cs_helper.render import Placeholders

FORMAT = 1
MAGIC = b"cs-helper\0"
HEAD = struct.Struct("<10sHIII")  # magic, format, bytes of: header, blobs, keys


class Index:
    """A compiled library. `load_library` is the usual way to get one."""

    def __init__(self, data: bytes | memoryview) -> None:
        """Open a compiled library.

        Raises:
            ValueError: the data is damaged or of another format.
        """
        view = memoryview(data)
        try:
            magic, version, header, blobs, keys = HEAD.unpack_from(view)
        except struct.error as e:
            raise ValueError(str(e)) from None
        if magic != MAGIC or version != FORMAT:
            raise ValueError("not an index of this format")
        at = HEAD.size
        meta: dict[str, Any] = json.loads(bytes(view[at : at + header]))
        at += header
        self.key: str = meta["key"]
        self.ids: list[str] = meta["ids"]
        self.lexicon = Lexicon(meta["words"])
        self.placeholders = Placeholders({k: Placeholder(**v) for k, v in meta["placeholders"].items()})
        self.rules = [_rule(r) for r in meta["rules"]]
        self.problems: list[str] = meta["problems"]
        self.states: list[list[str]] = meta["states"]
        self._cards: dict[str, tuple[int, int, int, int]] = meta["cards"]
        self._blobs = view[at : at + blobs]
        at += blobs
        self._keys = view[at : at + keys].cast("I")
        at += keys
        self.classes = len(self.ids) + 1  # the last one: no scenario fits
        self._lanes = Lanes(self.classes, 32)
        self._row_bytes = 2 * self.classes
        self._rows = view[at:]
        if len(self._rows) != len(self._keys) * self._row_bytes:
            raise ValueError("truncated index")
        self._seen: dict[str, int] = {}  # wide rows of the features met so far

    def scenario(self, sid: str) -> Scenario:
        """A scenario with its replies, without its messages.

        Raises:
            KeyError: there is none of that id.
        """
        start, end, _, _ = self._cards[sid]
        raw = json.loads(bytes(self._blobs[start:end]))
        replies = tuple(Reply(**{**r, "states": tuple(r["states"])}) for r in raw.pop("replies"))
        for name in ("states", "ask_for", "next"):
            raw[name] = tuple(raw[name])
        return Scenario(**raw, replies=replies)

    def examples(self, sid: str) -> list[str]:
        """The normalised example messages of a scenario."""
        _, _, start, end = self._cards[sid]
        return bytes(self._blobs[start:end]).decode().split("\n")

    def __contains__(self, sid: str) -> bool:
        return sid in self._cards

    def all_ids(self) -> list[str]:
        """Ids of all scenarios, those that the agent starts included."""
        return list(self._cards)

    def scores(self, found: Iterable[str]) -> tuple[list[float], int]:
        """The mean weight of the features for every class, times √n, and n: how many of them are known."""
        total, known = 0, 0
        for feature in found:
            row = self._seen.get(feature)
            if row is None:
                row = self._row(feature)
                if not row:
                    continue
                self._seen[feature] = row
            total += row
            known += 1
        unit = 1 / SCALE / sqrt(known or 1)
        zero = ZERO * known
        return [(v - zero) * unit for v in self._lanes.unpack(total)], known

    def _find(self, feature: str) -> int | None:
        key = crc32(feature.encode())
        i = bisect_left(self._keys, key)
        return i if i < len(self._keys) and self._keys[i] == key else None

    def _row(self, feature: str) -> int:
        i = self._find(feature)
        size = self._row_bytes
        return 0 if i is None else widen(self._rows[i * size : (i + 1) * size])

    def weights(self, feature: str) -> list[float] | None:
        """What a feature says for every class, None for an unknown one."""
        row = self._row(feature)
        return [(v - ZERO) / SCALE for v in self._lanes.unpack(row)] if row else None


def _rule(raw: dict[str, Any]) -> WordingRule:
    fields: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in raw.items()}
    return WordingRule(**fields)
