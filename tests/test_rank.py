"""The order of replies, and when a customer counts as angry."""

from __future__ import annotations

import pytest

from cs_helper.features import Lexicon
from cs_helper.heard import Heard
from cs_helper.model import FilledReply, Mood, Reply, Scenario, Value
from cs_helper.rank import order_replies, read_mood

LEXICON = Lexicon.from_concepts(
    {"anger": ["骗子", "scammers"], "threat": ["投诉", "差评"], "postage": ["运费", "邮费"]}
)
REPLIES = [
    Reply("plain", ""),
    Reply("sell", "", technique="推荐"),
    Reply("sorry", "", tone="apologetic"),
    Reply("firm", "", tone="firm"),
    Reply("gap", "{price}"),
    Reply("two_gaps", "{price}{gift}"),
    Reply("on_the_way", "", states=("shipped",)),
    Reply("step_down", "", bargaining="small_concession"),
    Reply("same_for_all", "", bargaining="fixed"),
    Reply("washing", "", about=("洗", "水洗", "washing")),
    Reply("postage", "", about=("~运费", "battery life")),
    Reply("postage_gap", "{fee}", about=("运费",)),
    Reply("fact", "known"),
    Reply("lasting", "lasting"),
    Reply("lasting_fee", "lasting", about=("运费",)),
    Reply("postage_sorry", "", tone="apologetic", about=("运费",)),
    Reply("buy_two", "", about=("buy 0",)),
    Reply("two_words", "", about=("~运费", "~邮费")),
]


def order(
    *ids: str,
    states: tuple[str, ...] = (),
    mood: Mood = "calm",
    tone: str | None = None,
    bargaining: str = "",
    message: str = "",
    most: int | None = None,
) -> list[str]:
    filled: list[str] = []

    def fill(r: Reply) -> FilledReply:
        filled.append(r.id)
        source = {"known": "set", "lasting": "profile"}.get(r.text)
        values = (Value("fee", "8", source),) if source else (Value("word", "", "default"),)
        missing = tuple("ab"[: r.text.count("{")])
        return FilledReply(r.id, r.text, r.technique, r.tone, r.lang, missing=missing, values=values)

    replies = [next(r for r in REPLIES if r.id == i) for i in ids]
    ranked = order_replies(
        replies,
        fill,
        states=states,
        mood=mood,
        tone=tone,
        bargaining=bargaining,
        heard=Heard(message, LEXICON) if message else None,
        facts={"fee"},
        most=most,
    )
    assert len(filled) == len(set(filled))
    keys = [tuple(r.rank.values()) for r in ranked]
    assert keys == sorted(keys), "`rank` explains the order"
    return [r.id for r in ranked]


@pytest.mark.parametrize(
    ("given", "options", "ordered"),
    [
        (["plain", "sell", "sorry"], {}, ["plain", "sell", "sorry"]),  # the file's order
        (["two_gaps", "gap", "plain"], {}, ["plain", "gap", "two_gaps"]),
        (["on_the_way", "gap", "plain"], {}, ["plain", "on_the_way", "gap"]),  # the state is unknown
        (["on_the_way", "plain"], {"states": ("shipped",)}, ["on_the_way", "plain"]),
        (["on_the_way", "plain"], {"states": ("shipped", "received")}, ["plain", "on_the_way"]),
        (["on_the_way", "gap"], {"states": ("before",)}, ["gap", "on_the_way"]),
        (["plain", "firm"], {"tone": "firm"}, ["firm", "plain"]),
        (["plain", "sorry", "firm"], {"mood": "angry"}, ["sorry", "plain", "firm"]),
        (["sell", "plain"], {"mood": "angry"}, ["plain"]),
        (["sell"], {"mood": "angry"}, ["sell"]),  # nothing else there
        (["sell", "plain"], {"mood": "angry", "tone": "firm"}, ["plain"]),
        (["step_down", "same_for_all", "plain"], {}, ["same_for_all", "plain", "step_down"]),
        (["step_down", "same_for_all", "plain"], {"bargaining": "fixed"}, ["same_for_all", "plain"]),
        (["same_for_all", "step_down"], {"bargaining": "small_concession"}, ["step_down"]),
        (["step_down"], {"bargaining": "fixed"}, ["step_down"]),
        (["plain", "postage", "washing"], {"message": "可以水洗吗"}, ["washing", "plain", "postage"]),
        (["plain", "postage", "washing"], {"message": "好看吗"}, ["plain", "postage", "washing"]),
        (["postage", "plain"], {}, ["plain", "postage"]),  # no message: a scenario's replies by its id
        (["plain", "postage"], {"message": "邮 费多少"}, ["postage", "plain"]),  # it means the same
        (["plain", "postage_gap"], {"message": "邮费多少"}, ["plain", "postage_gap"]),  # only this word
        (["plain", "washing"], {"message": "can it be WASHED?"}, ["washing", "plain"]),
        (["plain", "washing"], {"message": "the dishwasher"}, ["plain", "washing"]),  # another word
        (["plain", "postage"], {"message": "whats the battery-life"}, ["postage", "plain"]),
        (["plain", "postage"], {"message": "life of the battery"}, ["plain", "postage"]),
        (["postage", "washing"], {"message": "水洗 运费"}, ["washing", "postage"]),  # two words of it
        (["postage_gap", "plain"], {"message": "运费多少"}, ["plain", "postage_gap"]),  # can be sent at once
        (["plain", "sorry", "postage"], {"message": "运费", "mood": "angry"}, ["sorry", "postage", "plain"]),
        (["postage_sorry", "plain"], {"message": "骗子", "mood": "angry"}, ["plain", "postage_sorry"]),
        (["buy_two", "plain"], {"message": "buy 5 please"}, ["buy_two", "plain"]),
        (["buy_two", "plain"], {"message": "buy one"}, ["plain", "buy_two"]),
        (["two_words", "washing"], {"message": "邮费和运费, 水洗, 洗"}, ["washing", "two_words"]),  # two of one concept
        (["plain", "fact"], {}, ["fact", "plain"]),  # tells what is known of this order
        (["plain", "lasting"], {}, ["plain", "lasting"]),  # what is always so answers only who asks for it
        (["postage", "plain", "lasting_fee"], {"message": "运费"}, ["lasting_fee", "postage", "plain"]),
        (["gap", "firm", "plain"], {"tone": "warm"}, ["plain", "firm", "gap"]),  # the tone fills no gap
        (["two_words", "firm"], {"message": "运费", "tone": "firm"}, ["firm", "two_words"]),
        (["plain", "fact", "washing"], {"message": "洗坏了"}, ["washing", "fact", "plain"]),
        (["plain", "postage", "washing"], {"message": "可以水洗吗", "most": 2}, ["washing", "plain"]),
        (["plain", "postage"], {"most": 0}, []),
        ([], {}, []),
    ],
)
def test_order(given: list[str], options: dict[str, object], ordered: list[str]) -> None:
    assert order(*given, **options) == ordered  # type: ignore[arg-type]


def scenario(sid: str, stage: str = "after_sale") -> Scenario:
    return Scenario(sid, stage, "")


@pytest.mark.parametrize(
    ("message", "found"),
    [
        ("骗子", None),
        ("再不发我就投诉", scenario("urge_shipment", "in_sale")),
        ("you are scammers", scenario("refund_progress")),
        ("差评伺候", scenario("slow_reply")),
        ("好的", scenario("complaint")),  # by what it is about
        ("你们这些骗子", scenario("shop_reputation", "pre_sale")),
    ],
)
def test_angry(message: str, found: Scenario | None) -> None:
    assert read_mood(Heard(message, LEXICON), found) == "angry"


@pytest.mark.parametrize(
    ("message", "found"),
    [
        ("太好了!!! 谢谢!!!", scenario("praise")),
        ("怎么还没发货!!!", scenario("urge_shipment", "in_sale")),
        ("看到几条差评,不敢买", scenario("shop_reputation", "pre_sale")),
        ("不会是骗子吧", scenario("authenticity", "pre_sale")),
        ("", None),
    ],
)
def test_calm(message: str, found: Scenario | None) -> None:
    assert read_mood(Heard(message, LEXICON), found) == "calm"
