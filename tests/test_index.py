"""The compiled library: a round trip, and that no damage goes unnoticed."""

from __future__ import annotations

import json
import random
from pathlib import Path
from zlib import crc32

import pytest
from tiny import CONCEPTS, MESSAGES, OUT_OF_SCOPE, STATES, split, tiny_library

from cs_helper.build import build
from cs_helper.errors import CsHelperError
from cs_helper.features import features
from cs_helper.index import FORMAT, HEAD, MAGIC, SIZES, Index
from cs_helper.kept import read_kept
from cs_helper.library import read_library
from cs_helper.match import match
from cs_helper.text import normalise

LIBRARY = tiny_library()
DATA = build(LIBRARY, "the key")


@pytest.fixture
def index() -> Index:
    return Index(DATA)


def read_everything(index: Index) -> None:
    """Look at every row of weights; every feature is one of an example."""
    for texts in (*MESSAGES.values(), OUT_OF_SCOPE):
        for text in split(texts):
            index.scores([f for f in features(normalise(text), index.lexicon) if index.knows(f)])


# --- round trip -----------------------------------------------------------------------------------------------------


def test_what_is_built_can_be_read(index: Index) -> None:
    assert index.key == "the key"
    assert index.ids == list(MESSAGES)
    assert index.all_ids() == [*MESSAGES, "shipped_notice"]
    assert index.states == [list(STATES.get(sid, ())) for sid in MESSAGES]
    assert index.classes == len(MESSAGES) + 1
    assert index.problems == []
    assert ("too_expensive" in index, "shipped_notice" in index, "nowhere" in index) == (True, True, False)


@pytest.mark.parametrize("sid", [*MESSAGES, "shipped_notice"])
def test_a_scenario_comes_back_without_its_messages(index: Index, sid: str) -> None:
    wanted, found = LIBRARY.scenarios[sid], index.scenario(sid)
    assert (found.messages, found.not_messages) == ((), ())
    for name in ("id", "stage", "title", "means", "by_agent", "frequency", "states", "ask_for", "next", "escalate"):
        assert getattr(found, name) == getattr(wanted, name)
    assert found.replies == wanted.replies


def test_an_unknown_scenario_is_a_key_error(index: Index) -> None:
    with pytest.raises(KeyError):
        index.scenario("nowhere")


def test_examples_are_normalised(index: Index) -> None:
    assert index.examples("stock_check") == [normalise(m) for m in LIBRARY.scenarios["stock_check"].messages]


def test_the_shared_parts_come_back(index: Index) -> None:
    assert index.lexicon.words["pricey"] == "expensive"
    assert set(index.lexicon.words.values()) == set(CONCEPTS)
    assert {"refund", "stock", "expensiv"} <= set(index.vocabulary)
    assert index.placeholders.get("salutation") == LIBRARY.placeholders["salutation"]
    assert [(r.id, r.words, r.unless, r.bad) for r in index.rules] == [("promise", ("保证",), ("保证金",), ())]


def test_weights(index: Index) -> None:
    expensive = index.weights("#expensive")
    assert expensive is not None
    assert index.ids[max(range(len(index.ids)), key=expensive.__getitem__)] == "too_expensive"
    assert index.weights("从没见过") is None
    assert not index.knows("从没见过")
    assert index.scores(["#expensive"]) == expensive
    assert index.scores([]) == [0.0] * index.classes


def test_the_same_library_gives_the_same_bytes() -> None:
    assert build(tiny_library(), "the key") == DATA


def test_a_library_read_from_files(tmp_path: Path) -> None:
    folder = tmp_path / "in_sale"
    folder.mkdir()
    text = "title: 催发货\nmessages: [怎么还不发货, 快点发货, 发货了吗]\nreplies: [{id: a, technique: 跟进, text: 马上发}]\n"
    (folder / "urge.yaml").write_text(text, encoding="utf-8")
    (folder / "broken.yaml").write_text("title: [", encoding="utf-8")
    index = Index(build(read_library([tmp_path])))
    assert index.ids == ["urge"]
    assert index.scenario("urge").replies[0].text == "马上发"
    assert len(index.problems) == 1
    assert "broken.yaml:2:1: [error]" in index.problems[0]
    assert match("快发货", index)[0][0].scenario == "urge"


def test_bytes_in_a_mapped_file_do_as_well(index: Index) -> None:
    mapped = Index(memoryview(bytearray(DATA)))
    assert match("太贵了", mapped) == match("太贵了", index)


# --- damage ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"cs-helper\0",
        MAGIC * 100,
        b"\0" * 1000,
        b'{"key": "the key"}',
        b"PK\x03\x04" + b"x" * 100,
        random.Random(1).randbytes(5000),
        HEAD.pack(MAGIC, FORMAT + 1, 0) + DATA[HEAD.size :],
        HEAD.pack(MAGIC, FORMAT, 0) + DATA[HEAD.size :],
        HEAD.pack(MAGIC, FORMAT, 0) + SIZES.pack(0, 0, 0, 0, 0),
        HEAD.pack(MAGIC, FORMAT, 0xFFFFFFFF) + SIZES.pack(*[0xFFFFFFFF] * 5) + DATA,
        DATA + b"\0",
        DATA + DATA,
        DATA[1:],
    ],
    ids=range(14),
)
def test_foreign_bytes(data: bytes) -> None:
    with pytest.raises(ValueError, match="index"):
        Index(data)


def test_a_header_of_another_shape() -> None:
    for meta in (b"[]", b"{}", b'{"key": 1}', b"null", b"{]", b"\xff"):
        opened = SIZES.pack(len(meta), 0, 0, 0, 0) + meta
        with pytest.raises(ValueError):  # noqa: PT011 – json's own words
            Index(HEAD.pack(MAGIC, FORMAT, crc32(opened)) + opened)


def test_truncated_anywhere() -> None:
    for end in range(0, len(DATA), 13):
        with pytest.raises(ValueError, match="index"):
            Index(DATA[:end])
        with pytest.raises(ValueError, match="index"):
            Index(DATA[:end] + bytes(len(DATA) - end - 1))


def test_a_flipped_bit_anywhere_is_noticed() -> None:
    """On opening, or when that is used which opening does not look at: a row of weights, what is kept for a build."""
    unopened = 0
    for at in range(0, len(DATA), 7):
        data = bytearray(DATA)
        data[at] ^= 1 << at % 8
        try:
            index = Index(bytes(data))
        except ValueError:
            continue
        unopened += 1
        if read_kept(index) is None:
            continue
        with pytest.raises(CsHelperError, match="damaged"):
            read_everything(index)
    assert 0 < unopened < len(DATA) / 7


def zeroed_rows() -> bytes:
    return DATA[: len(DATA) // 10 * 9] + bytes(len(DATA) - len(DATA) // 10 * 9)


def test_damaged_rows_are_built_again_once() -> None:
    calls = []
    index = Index(zeroed_rows(), rebuild=lambda: calls.append(1) or DATA)  # type: ignore[func-returns-value]
    read_everything(index)
    assert calls == [1]
    for text in ("太贵了", "黑色有货吗", "refund my money"):
        assert match(text, index) == match(text, Index(DATA))


def test_rows_of_another_library_are_not_taken() -> None:
    library = tiny_library()
    other = build(type(library)(dict([*library.scenarios.items()][:3]), {}, (), {}, ()))
    for rebuilt in (other, zeroed_rows()):
        with pytest.raises(CsHelperError, match="try again"):
            read_everything(Index(zeroed_rows(), rebuild=lambda data=rebuilt: data))  # type: ignore[misc]


def test_what_is_stored_is_data_and_nothing_else() -> None:
    size = SIZES.unpack_from(DATA, HEAD.size)[0]
    meta = json.loads(DATA[HEAD.size + SIZES.size :][:size])
    assert set(meta) == {"key", "lessons", "ids", "states", "problems", "parts", "cards"}
