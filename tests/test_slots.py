"""What a message gives away for placeholders: four things, and only when there is no doubt."""

from __future__ import annotations

import pytest

from cs_helper.slots import find_slots

WORDS = {
    "上海": "city",
    "北京": "city",
    "london": "city",
    "顺丰": "courier",
    "中通": "courier",
    "ups": "courier",
    "快递": "parcel",
}


@pytest.mark.parametrize(
    ("message", "slots"),
    [
        ("订单号2301122334455667788 怎么还没发", {"order_no": "2301122334455667788"}),
        ("订单编号:77889900 帮看下", {"order_no": "77889900"}),
        ("230101-123456789012345 这单不要了", {"order_no": "230101-123456789012345"}),
        ("order no. A-1045-22, where is it", {"order_no": "A-1045-22"}),
        ("my order 111-1234567-1234567 is late", {"order_no": "111-1234567-1234567"}),
        ("我要M码", {"size": "M"}),
        ("xl还有吗", {"size": "XL"}),
        ("42码的有没有", {"size": "42"}),
        ("size 8 in stock?", {"size": "8"}),
        ("发上海几天到", {"city": "上海"}),
        ("do you deliver to London", {"city": "London"}),
        ("顺丰到哪了", {"courier": "顺丰"}),
        ("UPS says delivered", {"courier": "UPS"}),
        ("到上海的顺丰怎么还没到", {"city": "上海", "courier": "顺丰"}),
    ],
)
def test_found(message: str, slots: dict[str, str]) -> None:
    assert find_slots(message, WORDS, under_way=True) == slots


@pytest.mark.parametrize(
    "message",
    [
        "别家才卖100",
        "到手1000000000000.5",  # a price, however long
        "打我电话13812345678",
        "快递单号773322114455667",
        "SF1234567890123到哪了",
        "order 5000 pieces",
        "两单:230101-123456789012345 和 230101-123456789012346",
        "it's too dear, I'm out",
        "M码太小了",
        "要XL还是L码",
        "不要L码",
        "上海还是北京",
        "上海发货吗",
        "从北京寄的吧",
        "不要顺丰",
        "顺丰还是中通",
        "groups of cups",
        "",
    ],
)
def test_nothing_found(message: str) -> None:
    assert find_slots(message, WORDS, under_way=True) == {}


def test_a_courier_before_the_parcel_is_sent_is_only_a_wish() -> None:
    assert find_slots("能发顺丰到上海吗", WORDS, under_way=False) == {"city": "上海"}
