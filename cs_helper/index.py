"""A library compiled for answering: what a reply needs, in a layout that loads in a few milliseconds.

Layout (all of it this module's and `build`'s secret): magic and sizes; a JSON header; JSON blobs that are read only
when asked for (lexicon, placeholders, wording rules, each scenario's replies and examples); a sorted table of feature
hashes with the number of a row for each; the rows, 16-bit weights of all classes for a feature.
"""

from __future__ import annotations

import json
import struct
from bisect import bisect_left
from collections.abc import Iterable
from functools import cached_property
from math import sqrt
from typing import Any
from zlib import crc32

from cs_helper.features import Lexicon
from cs_helper.lanes import SCALE, ZERO, Lanes, widen
from cs_helper.model import Placeholder, Reply, Scenario, WordingRule
from cs_helper.render import Placeholders

FORMAT = 2
MAGIC = b"cs-helper\0"
HEAD = struct.Struct("<10sHIIII")  # magic, format, bytes of header and blobs, numbers of hashes and rows


class Index:
    """A compiled library. `load_library` is the usual way to get one."""

    def __init__(self, data: bytes | memoryview) -> None:
        """Open a compiled library.

        Raises:
            ValueError: the data is damaged or of another format.
        """
        view = memoryview(data)
        try:
            magic, version, header, blobs, keys, rows = HEAD.unpack_from(view)
        except struct.error as e:
            raise ValueError(str(e)) from None
        if magic != MAGIC or version != FORMAT:
            raise ValueError("not an index of this format")
        ends = [HEAD.size]
        meta: dict[str, Any] = json.loads(bytes(view[HEAD.size : HEAD.size + header]))
        self.key: str = meta["key"]
        self.ids: list[str] = meta["ids"]  # of the scenarios that are matched, in the order of the classes
        self.states: list[list[str]] = meta["states"]
        self.problems: list[str] = meta["problems"]
        self._cards: dict[str, tuple[int, int, int, int]] = meta["cards"]
        self._parts: dict[str, tuple[int, int]] = meta["parts"]
        self.classes = len(self.ids) + 1  # the last one: no scenario fits
        self._lanes = Lanes(self.classes, 32)
        self._row_bytes = 2 * self.classes
        for size in (header, blobs, 4 * keys, 4 * keys, rows * self._row_bytes):
            ends.append(ends[-1] + size)
        if ends[-1] != len(view):
            raise ValueError("truncated index")
        self._blobs = view[ends[1] : ends[2]]
        self._keys = view[ends[2] : ends[3]].cast("I")
        self._row_numbers = view[ends[3] : ends[4]].cast("I")
        self._rows = view[ends[4] :]
        self._seen: dict[str, int] = {}  # wide rows of the features met so far
        self.respelt: dict[str, str] = {}  # unknown English words met so far → the nearest known one, or ""

    def _part(self, name: str) -> Any:
        start, end = self._parts[name]
        return json.loads(bytes(self._blobs[start:end]))

    @cached_property
    def lexicon(self) -> Lexicon:
        """Words that mean the same."""
        return Lexicon.load(self._part("lexicon"))

    @cached_property
    def vocabulary(self) -> list[str]:
        """The stemmed English words of the examples."""
        return list(self._part("vocabulary"))

    @cached_property
    def placeholders(self) -> Placeholders:
        """The placeholders that templates may use."""
        return Placeholders({k: Placeholder(**v) for k, v in self._part("placeholders").items()})

    @cached_property
    def rules(self) -> list[WordingRule]:
        """The wording rules, without their specimens."""
        return [_rule(r) for r in self._part("rules")]

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

    def knows(self, feature: str) -> bool:
        """Whether the library's examples have the feature (for a sound: a pair that sounds so)."""
        return feature in self._seen or self._find(feature) is not None

    def _find(self, feature: str) -> int | None:
        key = crc32(feature.encode())
        i = bisect_left(self._keys, key)
        return self._row_numbers[i] if i < len(self._keys) and self._keys[i] == key else None

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
