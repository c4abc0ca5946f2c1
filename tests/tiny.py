"""A library of a few scenarios, made in memory: enough for the matcher to be right, small enough to build in no time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from cs_helper.build import build
from cs_helper.index import Index
from cs_helper.model import Lang, Library, Placeholder, Reply, Scenario, WordingRule

MESSAGES = {
    "too_expensive": """这也太贵了 / 太贵了吧 / 价格太贵 / 怎么这么贵 / 有点贵了 / 贵得离谱 / it is too expensive
        way too expensive for me / so expensive""",
    "stock_check": """有货吗 / 黑色有货吗 / 这款还有货吗 / 有没有货 / 大号有货没 / 黑色那款有货没 / do you have it in stock
        is that lamp in stock""",
    "urge_shipment": """怎么还不发货 / 快点发货 / 催一下发货 / 几天了还没发货 / 什么时候发货 / when will you ship it
        ship my order please / please ship it""",
    "refund_request": """我要退款 / 申请退款 / 退款给我 / 帮我退款吧 / 东西坏了要退款 / i want a refund
        refund my money / want a refund please""",
    "not_buying": "我不要了 / 不要了谢谢 / 算了不要了 / 这个不要了 / never mind / no thanks never mind",
    "cancel_order": "这单不要了 / 我不要了取消吧 / 帮我取消 / 取消这单 / 订单不要了 / cancel my order / please cancel it",
    "greeting": "在吗 / 你好在吗 / 有人在吗 / 你好 / 你好呀 / hello / hello there",
}
STATES = {"urge_shipment": ("ordered",), "not_buying": ("before",), "cancel_order": ("ordered", "shipped")}
OUT_OF_SCOPE = "今天天气不错 / 天气真好 / 我看看天气 / 然后呢 / 然后怎么办呢 / nice weather today / what nice weather"
CONCEPTS = {
    "filler": ("请问", "麻烦", "please"),
    "greeting": ("在吗", "你好", "hello"),
    "expensive": ("贵", "太贵", "expensive", "pricey"),
    "refund": ("退款", "退钱", "refund"),
    "color": ("黑色", "白色", "红色"),
}


def split(texts: str) -> tuple[str, ...]:
    """The messages of a text that has them between slashes and line ends."""
    return tuple(text.strip() for line in texts.splitlines() for text in line.split(" / "))


def tiny_library(messages: Mapping[str, str] = MESSAGES) -> Library:
    """The library; `shipped_notice` is the agent's and is never matched."""
    scenarios = [
        Scenario(
            id=sid,
            stage="in_sale",
            title=sid.upper(),
            states=STATES.get(sid, ()),
            ask_for=("订单号",),
            next=("greeting",),
            messages=split(texts),
            replies=(Reply(f"{sid}_zh", "{称呼},好的。", states=("before",)), Reply(f"{sid}_en", "Fine.", lang="en")),
        )
        for sid, texts in messages.items()
    ]
    notice = Scenario(id="shipped_notice", stage="in_sale", title="NOTICE", by_agent=True)
    return Library(
        scenarios={s.id: s for s in (*scenarios, notice)},
        placeholders={"salutation": Placeholder("salutation", "wording", alias="称呼", default={"zh": "亲"})},
        rules=(WordingRule("promise", "warning", ("保证",), "打包票", unless=("保证金",), bad=("保证好",)),),
        concepts=CONCEPTS,
        out_of_scope=split(OUT_OF_SCOPE),
    )


def tiny_index(messages: Mapping[str, str] = MESSAGES) -> Index:
    """The same, compiled."""
    return Index(build(tiny_library(messages), "key"))


def with_topics(about: tuple[str, ...], lang: Lang = "zh") -> Library:
    """The library with one more reply in too_expensive, about these words."""
    library = tiny_library()
    scenario = library.scenarios["too_expensive"]
    reply = Reply("topics", "好的。", lang=lang, about=about)
    return replace(
        library, scenarios={**library.scenarios, scenario.id: replace(scenario, replies=(*scenario.replies, reply))}
    )
