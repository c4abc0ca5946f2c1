"""The public API: a message in, a suggestion out."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_library import write

import cs_helper
from cs_helper import CsHelperError, LibraryError, load_library, suggest
from cs_helper.answer import Wish, answer, answer_scenario
from cs_helper.cache import index_path, load_index
from cs_helper.index import Index
from cs_helper.profile import Values

SMALL = Path(__file__).parent / "data" / "small_library"


@pytest.fixture(scope="module")
def small() -> Index:
    """The small library by itself."""
    return load_index([SMALL])


def replies(index: Index, sid: str, **wish: object) -> list[str]:
    return [r.id for r in answer_scenario(sid, index, Wish(**wish)).matches[0].replies]  # type: ignore[arg-type]


def test_the_docstring_tells_the_truth(library: Index) -> None:
    assert 'suggest("太贵了", library).matches[0].scenario' in (cs_helper.__doc__ or "")
    assert suggest("太贵了", library).matches[0].scenario == "too_expensive"


def test_a_suggestion_is_complete(library: Index) -> None:
    found = suggest(" 这也太贵了\x1b[31m ", library, top=2, values={"商品": "茶壶"})
    assert (found.message, found.confident, found.lang, found.mood, found.clarify) == (
        "这也太贵了",
        True,
        "zh",
        "calm",
        "",
    )
    assert len(found.matches) == 2
    best = found.matches[0]
    assert (best.stage, len(best.replies)) == ("price_objections", 3)
    assert best.score >= found.matches[1].score
    assert any("茶壶" in r.text for r in best.replies)


@pytest.mark.parametrize(
    ("message", "lang", "wanted"),
    [
        ("这也太贵了", "auto", "zh"),
        ("too pricey", "auto", "en"),
        ("iPhone壳 too pricey", "auto", "zh"),
        ("???", "auto", "zh"),
        ("👍", "auto", "zh"),
        ("这也太贵了", "en", "en"),
        ("too pricey", "zh", "zh"),
    ],
)
def test_language(small: Index, message: str, lang: str, wanted: str) -> None:
    found = suggest(message, small, lang=lang)
    assert found.lang == wanted


def test_a_fall_back_to_the_other_language_says_so(small: Index) -> None:
    found = answer_scenario("gift_wrap", small, Wish(lang="en")).matches[0].replies
    assert {r.lang for r in found} == {"zh"}
    assert all(r.warnings[0] == "there is no reply in English here" for r in found)


def test_an_angry_customer_gets_apologies_and_nothing_that_sells(small: Index) -> None:
    found = answer_scenario("gift_wrap", small, Wish(), "骗子,气死我了")
    assert (found.mood, [r.id for r in found.matches[0].replies]) == ("angry", ["yes"])
    late = answer_scenario("not_moving", small, Wish(), "气死了,再不到就投诉")
    assert (late.mood, late.matches[0].replies[0].tone) == ("angry", "apologetic")


def test_wishes_change_the_order(small: Index) -> None:
    assert replies(small, "too_dear") == ["split", "sorry", "short"]
    assert replies(small, "too_dear", tone="brief")[-1] == "short"  # it lacks the price
    assert replies(small, "too_dear", tone="brief", values=Values([("set", {"price": "88"})]))[0] == "short"
    assert replies(small, "too_dear", bargaining="small_concession", replies=9)[-2:] == ["offer", "short"]
    assert "offer" not in replies(small, "too_dear", bargaining="fixed", replies=9)
    assert replies(small, "not_moving")[0] == "sorry"
    assert replies(small, "not_moving", state="ordered", replies=9)[-1] == "when_shipped"


def test_values_found_in_the_message_fill_the_reply(small: Index) -> None:
    found = answer_scenario("not_moving", small, Wish(state="ordered"), "单子230101-123456789012345不动了,别家才88")
    values = {(v.name, v.value) for r in found.matches[0].replies for v in r.values if v.source == "message"}
    assert values == {("order_no", "230101-123456789012345")}
    given = answer_scenario("on_its_way", small, Wish(Values([("context", {"tracking_no": "SF1"})])))
    assert given.matches[0].replies[0].text == "亲,已发出,单号SF1。"


TOPICAL = """\
title: 问参数
messages: [这是什么材质, 面料是什么, 保质期多久]
replies:
  - {id: any, text: "{话题}马上帮您查。"}
  - {id: named, about: [材质, ~面料, 保质期, 质期, EMS, iPhone 15, cable], text: "{话题}马上帮您查。"}
"""
TOPICAL_SHARED = {
    "placeholders.yaml": "topic: {kind: wording, alias: 话题, meaning: 说到的词, default: {zh: 这一点, en: that}}\n",
    "lexicon.yaml": "cloth: [面料, 料子]\n",
}


@pytest.mark.parametrize(
    ("message", "reply"),
    [
        ("請問材質是什么", "材质马上帮您查。"),
        ("保质期多久", "保质期马上帮您查。"),  # the longest
        ("什么面料", "面料马上帮您查。"),
        ("什么料子", "这一点马上帮您查。"),  # a word that means the same is not put into the customer's mouth
        ("走EMS吧", "EMS马上帮您查。"),  # as the customer writes it
        ("iPhone 13的", "这一点马上帮您查。"),  # a number is any number, so it is not named
        ("iPhone  15 的", "这一点马上帮您查。"),
        ("几根cables啊", "cable马上帮您查。"),
        ("几个人用", "这一点马上帮您查。"),
    ],
)
def test_the_reply_names_what_the_customer_names(message: str, reply: str, tmp_path: Path) -> None:
    index = load_index([write(tmp_path, {"pre_sale/spec.yaml": TOPICAL, **TOPICAL_SHARED})])
    first = answer_scenario("spec", index, Wish(), message).matches[0].replies[0]
    assert (first.text, first.id == "any") == (reply, message == "几个人用")
    given = answer_scenario("spec", index, Wish(Values([("set", {"topic": "杯盖"})])), message)
    assert given.matches[0].replies[0].text == "杯盖马上帮您查。"


def test_wording_rules_watch_what_was_filled_in(small: Index) -> None:
    careless = answer_scenario("too_dear", small, Wish(Values([("set", {"product": "保证耐用的杯子,你看"})])))
    assert careless.matches[0].replies[0].warnings == ("warning: '保证' – 打包票",)  # a hint is no warning
    assert careless.matches[0].replies[1].warnings == ()


@pytest.mark.parametrize("message", ["", " \n", "\u200b", "x" * 20_001])
def test_messages_that_are_none(small: Index, message: str) -> None:
    with pytest.raises(CsHelperError):
        suggest(message, small)


def test_unknown_words_are_errors(small: Index) -> None:
    with pytest.raises(CsHelperError, match="unknown order state 'sent'"):
        suggest("在吗", small, state="sent")
    with pytest.raises(CsHelperError, match="unknown placeholder 'prise'; did you mean price"):
        suggest("在吗", small, values={"prise": "1"})
    with pytest.raises(CsHelperError, match="no scenario 'too_deer'; did you mean too_dear"):
        answer_scenario("too_deer", small, Wish())


def test_not_confident_asks_back(small: Index) -> None:
    found = answer("👍", small, Wish())
    assert not found.confident
    assert found.clarify == "想更准确地帮到您,方便再说具体一点吗?"
    assert answer("👍", small, Wish(lang="en")).clarify.startswith("I want to get this right")


def test_a_library_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="not a library folder"):
        load_library(tmp_path / "nowhere")


def test_building_is_announced_once(tmp_path: Path) -> None:
    stage = tmp_path / "pre_sale"
    stage.mkdir()
    source = (SMALL / "pre_sale" / "gift_wrap.yaml").read_text(encoding="utf-8")
    (stage / "gift_wrap.yaml").write_text(source, encoding="utf-8")
    calls: list[int] = []
    for _ in range(2):
        load_index([tmp_path], before_build=lambda: calls.append(1))
    assert calls == [1]
    (stage / "gift_wrap.yaml").write_text(source.replace("礼盒", "盒子"), encoding="utf-8")
    load_index([tmp_path], before_build=lambda: calls.append(1))
    assert calls == [1, 1]


@pytest.mark.parametrize("damage", [b"", b"cs-helper\0", b"x" * 100])
def test_a_damaged_cache_is_built_again(tmp_path: Path, damage: bytes) -> None:
    path = index_path([SMALL])
    assert path
    load_index([SMALL])
    path.write_bytes(damage)
    assert suggest("这也太贵了", load_index([SMALL])).matches
    assert len(path.read_bytes()) > 100
