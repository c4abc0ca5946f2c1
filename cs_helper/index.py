"""A library compiled for answering: what a reply needs, in a layout that loads in a few milliseconds.

Layout (all of it this module's and `build`'s secret): magic and checksum; sizes; a JSON header; JSON blobs that are
read only when asked for (lexicon, placeholders, wording rules, each scenario's replies and examples); a sorted table of
feature hashes with the number of a row for each; the rows, 16-bit weights of all classes for a feature. The checksum
covers all but the rows, most of the data, which opening leaves alone: each ends with a checksum of its own.
"""

from __future__ import annotations

import json
import struct
from array import array
from bisect import bisect_left
from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import accumulate
from math import sqrt
from typing import Any, NamedTuple
from zlib import crc32

from cs_helper.errors import CsHelperError
from cs_helper.features import Lexicon
from cs_helper.lanes import SCALE, ZERO, Lanes, widen
from cs_helper.model import Lang, Placeholder, Reply, Scenario, WordingRule
from cs_helper.render import Placeholders

FORMAT = 7
TELLING = 30  # features of a message beyond which more of them are more words, but hardly more evidence
MEMORY = 200_000  # features that are remembered, known or not
MAGIC = b"cs-helper\0"
HEAD = struct.Struct("<10sHI")  # magic, format, checksum of all between this and the rows
SIZES = struct.Struct("<IIIII")  # bytes of header and blobs, number of hashes, bytes kept, number of rows
CHECKSUM = 4  # bytes of it behind each row


class Learnt(NamedTuple):
    """What teaching the matcher brought: the tables of an index and what else comes from the examples."""

    keys: array[int]  # sorted hashes of features
    numbers: array[int]  # the row of each
    table: bytes  # the rows, each with its checksum
    rows: int
    vocabulary: list[str]


class _Rows(dict[str, int]):
    """Feature → its weights of all classes as wide lanes, 0 for an unknown one; read when first asked for."""

    def __init__(self, read: Callable[[str], int]) -> None:
        self._read = read

    def __missing__(self, feature: str) -> int:
        if len(self) > MEMORY:
            self.clear()
        row = self[feature] = self._read(feature)
        return row


class Index:
    """A compiled library. `load_library` is the usual way to get one."""

    def __init__(self, data: bytes | memoryview, *, rebuild: Callable[[], bytes] | None = None) -> None:
        """Open a compiled library.

        Args:
            data: what `build` returned.
            rebuild: builds the same again; called when damaged weights are met later.

        Raises:
            ValueError: the data is damaged or of another format.
        """
        view = memoryview(data)
        begins, rows = _check(view)
        try:
            meta: dict[str, Any] = json.loads(bytes(view[begins[0] : begins[1]]))
            self.key: str = meta["key"]
            self.lessons: str = meta["lessons"]  # stands for all that the weights were learnt from
            self.ids: list[str] = meta["ids"]  # of the scenarios that are matched, in the order of the classes
            self.states: list[list[str]] = meta["states"]
            self.problems: list[str] = meta["problems"]
            self._cards: dict[str, tuple[int, int, int, int]] = meta["cards"]
            self._parts: dict[str, tuple[int, int]] = meta["parts"]
        except (KeyError, TypeError) as e:
            raise ValueError(f"not an index of this format: {e}") from None
        self.classes = len(self.ids) + 1  # the last one: no scenario fits
        self._lanes = Lanes(self.classes, 32)
        self._row_bytes = 2 * self.classes
        if len(view) != begins[5] + rows * (self._row_bytes + CHECKSUM):
            raise ValueError("truncated index")
        self._rebuild = rebuild
        self._blobs = view[begins[1] : begins[2]]
        self._keys = view[begins[2] : begins[3]].cast("I")
        self._row_numbers = view[begins[3] : begins[4]].cast("I")
        self.kept = view[begins[4] : begins[5]]  # for the next build (`kept`); no answer looks at it
        self._rows = view[begins[5] :]
        self.rows = _Rows(self._read_row)
        self._scenarios: dict[str, Scenario] = {}
        self._topics: dict[tuple[str, Lang], tuple[str, ...]] = {}
        self._examples: dict[str, list[str]] = {}
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
        found = self._scenarios.get(sid)
        if found is None:
            found = self._scenarios[sid] = self._read_scenario(sid)
        return found

    def _read_scenario(self, sid: str) -> Scenario:
        start, end, _, _ = self._cards[sid]
        return load_scenario(json.loads(bytes(self._blobs[start:end])))

    def topics(self, sid: str, lang: Lang) -> tuple[str, ...]:
        """The words that a scenario's replies in a language are about, each once."""
        found = self._topics.get((sid, lang))
        if found is None:
            words = (word for reply in self.scenario(sid).replies if reply.lang == lang for word in reply.about)
            found = self._topics[sid, lang] = tuple(dict.fromkeys(words))
        return found

    def examples(self, sid: str) -> list[str]:
        """The normalised example messages of a scenario."""
        found = self._examples.get(sid)
        if found is None:
            _, _, start, end = self._cards[sid]
            found = self._examples[sid] = bytes(self._blobs[start:end]).decode().split("\n")
        return found

    def learnt(self) -> Learnt | None:
        """What a library with the same examples can take over; None when some of it is damaged."""
        size = self._row_bytes + CHECKSUM
        table = bytes(self._rows)
        rows = [table[i : i + size] for i in range(0, len(table), size)]
        if any(crc32(row[:-CHECKSUM]) != int.from_bytes(row[-CHECKSUM:], "little") for row in rows):
            return None
        keys, numbers = (array("I", bytes(part)) for part in (self._keys, self._row_numbers))
        return Learnt(keys, numbers, table, len(rows), self.vocabulary)

    def __contains__(self, sid: str) -> bool:
        return sid in self._cards

    def all_ids(self) -> list[str]:
        """Ids of all scenarios, those that the agent starts included."""
        return list(self._cards)

    def scores(self, found: Sequence[str]) -> list[float]:
        """The sum of the known features' weights for every class, each counting `feature_share`."""
        unit = feature_share(len(found)) / SCALE
        zero = ZERO * len(found)
        return [(v - zero) * unit for v in self._lanes.unpack(sum(map(self.rows.__getitem__, found)))]

    def knows(self, feature: str) -> bool:
        """Whether the library's examples have the feature (for a sound: a pair that sounds so)."""
        return self.rows[feature] != 0

    def _read_row(self, feature: str) -> int:
        key = crc32(feature.encode())
        i = bisect_left(self._keys, key)
        if i == len(self._keys) or self._keys[i] != key:
            return 0
        return self._checked_row(self._row_numbers[i])

    def _checked_row(self, number: int) -> int:
        at = number * (self._row_bytes + CHECKSUM)
        end = at + self._row_bytes
        row = self._rows[at:end]
        if crc32(row) != int.from_bytes(self._rows[end : end + CHECKSUM], "little"):
            self._replace_rows()
            return self._checked_row(number)
        return widen(row)

    def _replace_rows(self) -> None:
        """Go on with freshly built weights.

        Raises:
            CsHelperError: they cannot be built, or the library has changed meanwhile.
        """
        rebuild, self._rebuild = self._rebuild, None
        fresh = Index(rebuild()) if rebuild else None
        if fresh is None or fresh._keys != self._keys or fresh._row_numbers != self._row_numbers:
            raise CsHelperError("the library's index is damaged; please try again")
        self._rows = fresh._rows

    def weights(self, feature: str) -> list[float] | None:
        """What a feature says for every class, None for an unknown one."""
        row = self.rows[feature]
        return [(v - ZERO) / SCALE for v in self._lanes.unpack(row)] if row else None


def _check(view: memoryview) -> tuple[list[int], int]:
    """Where the six parts begin, and the number of rows; ValueError for damaged data."""
    if len(view) < HEAD.size + SIZES.size:
        raise ValueError("truncated index")
    magic, version, checksum = HEAD.unpack_from(view)
    if magic != MAGIC or version != FORMAT:
        raise ValueError("not an index of this format")
    header, blobs, keys, kept, rows = SIZES.unpack_from(view, HEAD.size)
    begins = list(accumulate((HEAD.size + SIZES.size, header, blobs, 4 * keys, 4 * keys, kept)))
    if crc32(view[HEAD.size : begins[4]]) != checksum:
        raise ValueError("damaged index")
    return begins, rows


def feature_share(count: int) -> float:
    """What each of a message's features counts: 1/√n as in learning, and less in a message that runs on and on."""
    return sqrt(min(count, TELLING)) / count if count else 0.0


def scenario_data(scenario: Scenario) -> dict[str, Any]:
    """A scenario as JSON data."""
    return {**record_data(scenario), "replies": [record_data(r) for r in scenario.replies]}


def load_scenario(data: dict[str, Any]) -> Scenario:
    """The scenario of which `scenario_data` made this."""
    fields: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in data.items()}
    fields["replies"] = tuple(
        Reply(**{**r, "states": tuple(r["states"]), "about": tuple(r["about"])}) for r in data["replies"]
    )
    fields["not_messages"] = tuple(map(tuple, data["not_messages"]))
    return Scenario(**fields)


def record_data(record: Scenario | Reply | Placeholder | WordingRule) -> dict[str, Any]:
    """A record's fields; `dataclasses.asdict` would copy every text."""
    return {name: getattr(record, name) for name in record.__slots__}


def _rule(raw: dict[str, Any]) -> WordingRule:
    fields: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in raw.items()}
    return WordingRule(**fields)
