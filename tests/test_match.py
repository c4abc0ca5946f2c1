"""Which scenario a message belongs to: order states, several wishes, pleasantries, not knowing."""

from __future__ import annotations

import pytest
from tiny import MESSAGES, split, tiny_index, with_topics

from cs_helper.build import build
from cs_helper.index import Index
from cs_helper.match import calibrate, match, score
from cs_helper.model import STATES, Lang


@pytest.fixture(scope="module")
def tiny() -> Index:
    return tiny_index()


def ranked(text: str, index: Index, state: str | None = None, top: int = 3) -> list[str]:
    return [m.scenario for m in match(text, index, state, top=top)[0]]


@pytest.mark.parametrize("sid", MESSAGES)
def test_examples_come_home(tiny: Index, sid: str) -> None:
    assert [ranked(text, tiny)[0] for text in split(MESSAGES[sid])] == [sid] * len(split(MESSAGES[sid]))


@pytest.mark.parametrize(
    ("text", "scenario"),
    [
        ("太贵了", "too_expensive"),
        ("這個太貴了吧!!!", "too_expensive"),
        ("还是贵", "too_expensive"),
        ("too pricey", "too_expensive"),  # pricey is known by its concept only
        ("白色有货没", "stock_check"),
        ("ＩＳ ＴＨＡＴ ＬＡＭＰ ＩＮ ＳＴＯＣＫ", "stock_check"),
        ("还不发货啊😡", "urge_shipment"),
        ("钱给我退款", "refund_request"),
        ("cancel that order", "cancel_order"),
    ],
)
def test_a_message_finds_its_scenario(tiny: Index, text: str, scenario: str) -> None:
    matches, confident = match(text, tiny)
    assert (matches[0].scenario, confident) == (scenario, True)


# --- order states ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "first"),
    [(None, "not_buying"), ("before", "not_buying"), ("ordered", "cancel_order"), ("shipped", "cancel_order")],
)
def test_the_order_state_decides_between_neighbours(tiny: Index, state: str | None, first: str) -> None:
    matches, _ = match("不要了", tiny, state)
    assert matches[0].scenario == first
    assert {m.scenario for m in matches[:2]} == {"not_buying", "cancel_order"}  # the other one is still near


@pytest.mark.parametrize("state", [None, *STATES])
def test_scenarios_of_every_state_stay_where_they_are(tiny: Index, state: str | None) -> None:
    assert ranked("太贵了", tiny, state)[0] == "too_expensive"
    assert ranked("有货吗", tiny, state)[0] == "stock_check"


def test_a_clear_message_outweighs_the_state(tiny: Index) -> None:
    assert ranked("什么时候发货", tiny, "received")[0] == "urge_shipment"


# --- clauses --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wishes"),
    [
        ("太贵了,有货吗", {"too_expensive", "stock_check"}),
        ("有货吗 太贵了", {"too_expensive", "stock_check"}),
        ("太贵了,有货吗,快点发货", {"too_expensive", "stock_check", "urge_shipment"}),
        ("快点发货!不然我要退款", {"urge_shipment", "refund_request"}),
        ("is that lamp in stock? way too expensive", {"stock_check", "too_expensive"}),
        ("天气真好。然后呢。黑色有货吗。快点发货。", {"stock_check", "urge_shipment"}),
    ],
)
def test_several_wishes_come_first(tiny: Index, text: str, wishes: set[str]) -> None:
    matches, confident = match(text, tiny)
    assert set(ranked(text, tiny)[: len(wishes)]) == wishes
    assert confident
    assert min(m.score for m in matches[: len(wishes)]) > 0.8  # each by its own clause, not by its share of the whole
    by_scenario = {m.scenario: m.clause for m in matches}
    assert all(by_scenario[wish] and by_scenario[wish] in text for wish in wishes)


def test_a_wish_names_the_clause_that_speaks_for_it(tiny: Index) -> None:
    clauses = {m.scenario: m.clause for m in match("這也太貴了吧……黑色有貨嗎?", tiny)[0]}
    assert clauses["too_expensive"] == "這也太貴了吧"
    assert clauses["stock_check"] == "黑色有貨嗎"


@pytest.mark.parametrize(
    ("last", "first"), [("有货吗,太贵了", "太贵了,有货吗"), ("快点发货,我要退款", "我要退款,快点发货")]
)
def test_a_demand_counts_more_at_the_end(tiny: Index, last: str, first: str) -> None:
    at_the_end, in_front = match(last, tiny)[0][0], match(first, tiny)[0][0]
    assert at_the_end.scenario == in_front.scenario
    assert at_the_end.score > in_front.score


@pytest.mark.parametrize("text", ["太贵了", "太贵了!!!", "too pricey?", "黑色有货吗。"])
def test_a_single_clause_is_not_named(tiny: Index, text: str) -> None:
    assert {m.clause for m in match(text, tiny)[0]} == {""}


@pytest.mark.parametrize(
    ("text", "scenario"),
    [
        ("你好,我要退款", "refund_request"),
        ("在吗在吗,黑色有货吗", "stock_check"),
        ("你好呀请问太贵了吧", "too_expensive"),
        ("hello there, ship my order please", "urge_shipment"),
        ("嗯嗯,你好,麻烦催一下发货", "urge_shipment"),
    ],
)
def test_a_pleasantry_in_front_does_not_come_first(tiny: Index, text: str, scenario: str) -> None:
    matches, confident = match(text, tiny)
    assert (matches[0].scenario, confident) == (scenario, True)


@pytest.mark.parametrize("text", ["在吗", "你好", "你好在吗", "hello", "请问在吗"])
def test_nothing_but_a_pleasantry_is_a_greeting(tiny: Index, text: str) -> None:
    assert ranked(text, tiny)[0] == "greeting"


# --- the words of the replies ---------------------------------------------------------------------------------------

WORDS = "按天 分期 学生 预算 好用 料子 做工 尺寸 耐用 省电 ~expensive 送人 自用 老客 新款"
TOPICS = tuple(WORDS.split())
SILENT = (*TOPICS[:10], *TOPICS[11:], "耐脏")  # none of them in 太贵了


@pytest.mark.parametrize(
    ("about", "lang", "text", "change"),
    [
        (("太贵",), "zh", "太贵了", 1),  # one of the words is enough
        (TOPICS, "zh", "太贵了", 1),  # by its concept
        (TOPICS, "zh", "怎么这么贵,老客也没有", 1),
        (TOPICS[:10], "zh", "太贵了", 0),  # too few of them for silence to mean something
        (SILENT, "zh", "太贵了", -1),
        (SILENT, "en", "太贵了", 0),  # the words of another language
        (SILENT, "zh", "too expensive", 0),
        (TOPICS, "zh", "黑色有货吗", 0),  # another scenario's words
        ((), "zh", "太贵了", 0),
    ],
)
def test_what_replies_are_about_bears_witness(
    tiny: Index, about: tuple[str, ...], lang: Lang, text: str, change: int
) -> None:
    plain, told = (match(text, index)[0] for index in (tiny, Index(build(with_topics(about, lang), "key"))))
    assert [m.scenario for m in told] == [m.scenario for m in plain]
    assert (told[0].score > plain[0].score) - (told[0].score < plain[0].score) == change


def test_a_weak_match_without_a_witness_is_not_confident(tiny: Index) -> None:
    text = "贵吗 货"
    assert match(text, tiny)[1]
    assert not match(text, Index(build(with_topics(SILENT), "key")))[1]


# --- not knowing ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["今天天气真好", "天气怎么样", "然后呢", "what nice weather", "weather", "我看看"])
def test_what_fits_no_scenario_is_not_confident(tiny: Index, text: str) -> None:
    matches, confident = match(text, tiny)
    assert not confident
    assert len(matches) == 5  # the nearest ones, to choose from
    assert matches[0].score < 0.7


@pytest.mark.parametrize("text", ["", " ", "👍", "呵呵", "zzz", "…", "[链接x]"])
@pytest.mark.parametrize("state", [None, "shipped"])
def test_no_evidence_at_all(tiny: Index, text: str, state: str | None) -> None:
    assert match(text, tiny, state) == ([], False)


@pytest.mark.parametrize("text", ["怎么", "点", "吗么", "货退"])
def test_what_fits_many_scenarios_is_not_confident(tiny: Index, text: str) -> None:
    scored = score(text, tiny)
    assert scored
    assert max(scored.probabilities[:-1]) > scored.probabilities[-1]  # some scenario is likely, but which?
    assert match(text, tiny)[1] is False


def test_the_nearest_example_has_a_say_when_it_is_open(tiny: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    def lead() -> float:
        scored = score("怎么", tiny)
        assert scored
        expensive, urge = (scored.probabilities[tiny.ids.index(s)] for s in ("too_expensive", "urge_shipment"))
        return expensive / urge

    asked = lead()
    monkeypatch.setattr("cs_helper.match.OPEN", 0.0)
    assert asked > lead()  # 怎么这么贵 is shorter, so more alike, than 怎么还不发货


def test_a_wish_among_small_talk_is_found(tiny: Index) -> None:
    matches, confident = match("今天天气真好,太贵了", tiny)
    assert (matches[0].scenario, confident) == ("too_expensive", True)


# --- the shape of an answer -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["太贵了", "太贵了,有货吗,快点发货", "然后呢", "不要了", "货 钱 单"])
def test_scores_are_probabilities_best_first(tiny: Index, text: str) -> None:
    matches, _ = match(text, tiny, top=50)
    scores = [m.score for m in matches]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    assert sorted(m.scenario for m in matches) == sorted(MESSAGES)  # the agent's own scenario is never a match


@pytest.mark.parametrize("top", [1, 2, 3])
def test_top_cuts_and_changes_nothing_else(tiny: Index, top: int) -> None:
    everything, confident = match("太贵了,有货吗", tiny, top=50)
    assert match("太贵了,有货吗", tiny, top=top) == (everything[:top], confident)


def test_the_same_message_gives_the_same_answer(tiny: Index) -> None:
    texts = ["不要了", "诱惑吗", "reffund", "太贵了,有货吗", "然后呢", "tuikuan"]
    first = [match(text, tiny) for text in texts]
    again = tiny_index()  # built anew, and asked in another order
    assert [match(text, again) for text in reversed(texts)] == first[::-1]
    assert [match(text, tiny) for text in texts] == first


@pytest.mark.parametrize(
    "text", ["太贵了" * 6000, "太贵了,有货吗。" * 2500, "expensive " * 2000, "a" * 20_000, "? " * 9000]
)
def test_messages_of_any_length(tiny: Index, text: str) -> None:
    matches, _ = match(text, tiny)
    if "贵" in text or "exp" in text:
        assert "too_expensive" in [m.scenario for m in matches[:2]]


def test_calibration_keeps_the_order() -> None:
    scores = [calibrate(p / 100) for p in range(101)]
    assert scores == sorted(scores)
    assert scores[0] >= 0
    assert scores[-1] <= 1
