"""Words the library has never seen: what sounds alike, what is misspelt, pinyin."""

from __future__ import annotations

import pytest
from tiny import tiny_index

from cs_helper.backoff import known_features
from cs_helper.features import sound_of
from cs_helper.index import Index
from cs_helper.match import match
from cs_helper.text import normalise


@pytest.fixture(scope="module")
def tiny() -> Index:
    return tiny_index()


def known(text: str, index: Index) -> list[str]:
    return known_features(normalise(text), index)


@pytest.mark.parametrize(
    ("text", "pair"), [("诱惑吗", "有货"), ("发获", "发货"), ("我要腿款", "退款"), ("态贵", "太贵"), ("發獲", "发货")]
)
def test_an_unknown_pair_counts_as_what_sounds_like_it(tiny: Index, text: str, pair: str) -> None:
    assert sound_of(pair) in known(text, tiny)
    assert tiny.weights(sound_of(pair)) == tiny.weights(pair)


@pytest.mark.parametrize("text", ["有货吗", "发货", "我要退款", "太贵"])
def test_a_known_pair_keeps_to_itself(tiny: Index, text: str) -> None:
    assert not [f for f in known(text, tiny) if f[0] == "~"]


@pytest.mark.parametrize(
    ("text", "features"),
    [
        ("reffund", [" refund", "#refund"]),
        ("expensve", [" expensiv", "#expensive"]),
        ("in stok", [" in", " stock"]),
        ("cancle", [" cancel"]),
        ("shipp", [" ship"]),
    ],
)
def test_misspelt_english(tiny: Index, text: str, features: list[str]) -> None:
    assert known(text, tiny) == features


@pytest.mark.parametrize("text", ["elephant", "stk", "shp", "wnt", "xyzzy", "42nd", "é"])
def test_words_too_short_or_too_far(tiny: Index, text: str) -> None:
    assert not [f for f in known(text, tiny) if f != " 0"]


def test_a_correction_is_remembered_and_changes_nothing(tiny: Index) -> None:
    first = known("reffund", tiny)
    assert tiny.respelt["reffund"] == "refund"
    assert known("reffund", tiny) == first


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("tuikuan", ["退款"]),
        ("wo yao tuikuan", ["要退", "退款"]),
        ("youhuo ma", ["有货", "货吗"]),
        ("Fa Huo", ["发货"]),
    ],
)
def test_pinyin(tiny: Index, text: str, pairs: list[str]) -> None:
    assert known(text, tiny) == [sound_of(pair) for pair in pairs]


@pytest.mark.parametrize("text", ["我 fahuo", "tui", "the men", "zhende"])
def test_what_is_not_read_as_pinyin(tiny: Index, text: str) -> None:
    assert not [f for f in known(text, tiny) if f[0] == "~"]


@pytest.mark.parametrize("text", ["", "?", "👍", "呵呵", "zzz"])
def test_nothing_known(tiny: Index, text: str) -> None:
    assert not [f for f in known(text, tiny) if f != " ?"]


@pytest.mark.parametrize(
    ("text", "scenario"),
    [
        ("诱惑吗", "stock_check"),
        ("怎么还不发获", "urge_shipment"),
        ("我要腿宽", "refund_request"),
        ("tuikuan", "refund_request"),
        ("youhuo ma", "stock_check"),
        ("too expensve", "too_expensive"),
        ("reffund my mony", "refund_request"),
    ],
)
def test_it_leads_to_the_scenario(tiny: Index, text: str, scenario: str) -> None:
    assert match(text, tiny)[0][0].scenario == scenario
