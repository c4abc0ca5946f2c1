"""What the matcher sees of a text: characters, pairs, concepts, words, sounds."""

from __future__ import annotations

import json

import pytest

from cs_helper.features import (
    Lexicon,
    features,
    is_pair,
    is_word,
    sound_of,
    spell,
    spelt_sounds,
    stem,
)

CONCEPTS = {
    "greeting": ["在吗", "在", "hello"],
    "filler": ["请问", "麻烦"],
    "expensive": ["太贵", "贵"],
    "refund": ["退款", "退", "refund"],
    "late": ["贵", "退货款"],  # 贵 is taken
    "nothing": ["", ""],
}
LEXICON = Lexicon.from_concepts(CONCEPTS)
EMPTY = Lexicon.from_concepts({})


# --- lexicon --------------------------------------------------------------------------------------------------------


def test_of_two_concepts_with_one_word_the_first_wins() -> None:
    assert LEXICON.words["贵"] == "expensive"
    assert "" not in LEXICON.words


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        ("太贵了", ["#expensive", "了"]),
        ("退款", ["#refund"]),
        ("退货款", ["#late"]),  # the longest word wins
        ("退货", ["#refund", "货"]),
        ("在在吗", ["#greeting", "#greeting"]),
        ("我要退款啊", ["我", "要", "#refund", "啊"]),
    ],
)
def test_cut(run: str, expected: list[str]) -> None:
    assert LEXICON.cut(run) == expected


@pytest.mark.parametrize("run", ["", "啊", "我要货", "太太"])
def test_nothing_to_cut(run: str) -> None:
    assert LEXICON.cut(run) == list(run)
    assert EMPTY.cut(run + "退款") == [*run, "退", "款"]


@pytest.mark.parametrize(
    ("run", "rest", "tokens"),
    [
        ("在吗太贵了", "太贵了", ["#expensive", "了"]),
        ("请问退款吗", "退款吗", ["#refund", "吗"]),
        ("哦哦请问在吗太贵", "太贵", ["#expensive"]),
        ("嗯退款", "退款", ["#refund"]),
    ],
)
def test_pleasantries_in_front_step_back(run: str, rest: str, tokens: list[str]) -> None:
    assert LEXICON.core(run) == (rest, tokens)


@pytest.mark.parametrize("run", ["", "在", "在吗", "请问在吗", "啊啊啊", "在吗吗", "太贵了在吗", "退款请问"])
def test_nothing_but_pleasantries_or_none_in_front(run: str) -> None:
    assert LEXICON.core(run) == (run, LEXICON.cut(run))


def test_a_lexicon_survives_its_storage() -> None:
    again = Lexicon.load(json.loads(json.dumps(LEXICON.dump())))
    assert again.words == LEXICON.words
    for run in ("在吗太贵了", "退货款", "我要退款啊", "没有词"):
        assert again.core(run) == LEXICON.core(run)


def test_concepts_of_a_text_in_both_languages() -> None:
    assert LEXICON.concepts("hello 太贵了 我要退款") == {"greeting", "expensive", "refund"}
    assert LEXICON.concepts("hell 件 0") == set()


# --- features -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("好货", ["好", "货", "^好", "好货", "货$"]),
        ("太贵了", ["太", "贵", "了", "^太", "太贵", "贵了", "了$", "#expensive", "^#expensive", "#expensive了"]),
        ("在吗退款", ["退", "款", "^退", "退款", "款$", "#refund", "^#refund"]),
        ("refund", [" refund", "#refund"]),
        ("refunds", [" refund", "#refund"]),
        ("too pricey?", [" too", " pricey", " ?"]),
        ("too 0 pricey", [" too", " 0", " pricey"]),
        ("don't", [" dont"]),
        ("0件?", [" 0", "件", "^件", "件$", " ?"]),
        ("ok好", [" ok", "好", "^好", "好$"]),
    ],
)
def test_features(text: str, expected: list[str]) -> None:
    assert features(text, LEXICON) == expected


@pytest.mark.parametrize("text", ["", " ", "   "])
def test_no_features(text: str) -> None:
    assert features(text, LEXICON) == []


def test_features_are_distinct() -> None:
    found = features("好好好的 很好很好 very very very very good", LEXICON)
    assert len(found) == len(set(found))


def test_words_that_mean_the_same_share_a_feature() -> None:
    assert set(features("太贵", LEXICON)) & set(features("贵", LEXICON)) >= {"#expensive", "^#expensive"}
    assert not {f for f in features("太贵", EMPTY) if "#" in f}


@pytest.mark.parametrize(
    ("feature", "pair", "word"),
    [
        ("太贵", True, False),
        ("太", False, False),
        ("^太", False, False),
        ("贵$", False, False),
        ("#expensive", False, False),
        (" too", False, True),
        (" 0", False, False),
        (" ?", False, False),
    ],
)
def test_kinds_of_features(feature: str, pair: bool, word: bool) -> None:
    assert (is_pair(feature), is_word(feature)) == (pair, word)


# --- English --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("refunds", "refund"),
        ("refunded", "refund"),
        ("ordering", "order"),
        ("boxes", "box"),
        ("quickly", "quick"),
        ("invoice", "invoic"),
        ("invoices", "invoic"),
        ("don't", "dont"),
    ],
)
def test_stem(word: str, expected: str) -> None:
    assert stem(word) == expected


@pytest.mark.parametrize("word", ["", "a", "us", "customs", "is", "bus", "red", "ring", "fly", "pricey"])
def test_nothing_to_stem(word: str) -> None:
    assert stem(word) == word


# --- sounds ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("a", "b"),
    [("有货", "诱惑"), ("发货", "发获"), ("退款", "腿宽"), ("四十", "是十"), ("太贵", "态贵"), ("金额", "惊讹")],
)
def test_pairs_that_sound_alike(a: str, b: str) -> None:
    assert sound_of(a) == sound_of(b)


@pytest.mark.parametrize(("a", "b"), [("有货", "优惠"), ("发货", "退货"), ("太贵", "贵太"), ("包邮", "保修")])
def test_pairs_that_do_not(a: str, b: str) -> None:
    assert sound_of(a) != sound_of(b)


@pytest.mark.parametrize(
    ("word", "characters"),
    [
        ("tuikuan", "退款"),
        ("youhuo", "有货"),
        ("fangan", "反感"),  # fang-an would have an apostrophe
        ("xian", "先"),  # one syllable rather than two: xi-an
        ("zhuang", "装"),
        ("sangse", "上色"),  # s for sh
        ("nv", "女"),
        ("baoyoume", "包邮么"),
    ],
)
def test_spell(word: str, characters: str) -> None:
    assert "~" + spell(word) == sound_of(characters)


@pytest.mark.parametrize("word", ["", "x", "hello", "pricey", "tuikuanq", "v"])
def test_words_that_are_no_pinyin(word: str) -> None:
    assert spell(word) == ""


def test_sounds_of_a_text_in_pinyin() -> None:
    assert spelt_sounds("tuikuan") == [sound_of("退款")]
    assert spelt_sounds("you huo ma") == [sound_of("有货"), sound_of("货吗")]
    assert spelt_sounds("tuikuan hello ma") == [sound_of("退款")]  # what is none comes between
    assert spelt_sounds("hello") == spelt_sounds("ma") == spelt_sounds("") == spelt_sounds("退款") == []
