"""What an index keeps for the next build, so that only what has changed is read, cut and learnt again."""

from __future__ import annotations

import json
import struct
from array import array
from collections.abc import Mapping
from typing import NamedTuple
from zlib import crc32

from cs_helper.examples import Cut
from cs_helper.index import Index, load_scenario, scenario_data
from cs_helper.model import Scenario

_CHECKSUM = struct.Struct("<I")  # of all that follows
_SIZES = struct.Struct("<II")  # bytes of JSON, number of texts


class Kept(NamedTuple):
    """An index and what it keeps."""

    lender: Index
    drafts: dict[str, Scenario]  # scenario files (`Library.drafts`)
    cut: Cut  # the examples


def dump_kept(drafts: Mapping[str, Scenario], cut: Cut) -> bytes:
    """What is kept, as the bytes of an index."""
    scenarios = {name: scenario_data(scenario) for name, scenario in drafts.items()}
    texts = json.dumps([scenarios, cut.texts, cut.normalised, cut.names], ensure_ascii=False).encode()
    sizes = _SIZES.pack(len(texts), len(cut.lengths))
    data = b"".join((sizes, texts, cut.lengths.tobytes(), cut.numbers.tobytes()))
    return _CHECKSUM.pack(crc32(data)) + data


def read_kept(index: Index) -> Kept | None:
    """What an index keeps; None when that is damaged."""
    data = bytes(index.kept)
    if len(data) < _CHECKSUM.size + _SIZES.size or _CHECKSUM.unpack_from(data)[0] != crc32(data[_CHECKSUM.size :]):
        return None
    size, texts = _SIZES.unpack_from(data, _CHECKSUM.size)
    begin = _CHECKSUM.size + _SIZES.size
    scenarios, written, normalised, names = json.loads(data[begin : begin + size])
    flat = array("I", data[begin + size :])
    drafts = {name: load_scenario(fields) for name, fields in scenarios.items()}
    return Kept(index, drafts, Cut(written, normalised, names, flat[:texts], flat[texts:]))
