"""Templates: what is filled, what stays open, what is left alone."""

from __future__ import annotations

import pytest

from cs_helper.model import Lang, Placeholder, Value
from cs_helper.render import Placeholders, fill, names_in, stray_brace

DECLARED = Placeholders(
    {
        "product": Placeholder("product", "wording", alias="商品", default={"zh": "这款", "en": "this one"}),
        "shop": Placeholder("shop", "wording", alias="店铺"),
        "price": Placeholder("price", "fact", alias="价格"),
        "order_no": Placeholder("order_no", "fact"),
    }
)


def fill_with(template: str, values: dict[str, str] | None = None, lang: Lang = "zh") -> tuple[str, tuple[str, ...]]:
    known = values or {}
    text, _, missing = fill(template, DECLARED, lambda n: (known[n], "set") if n in known else None, lang)
    return text, missing


@pytest.mark.parametrize(
    ("template", "values", "text", "missing"),
    [
        ("{product}好", {}, "这款好", ()),
        ("{商品}好", {"product": "杯子"}, "杯子好", ()),
        ("{ product }好", {"product": "杯子"}, "杯子好", ()),
        ("{product|宝贝}好", {}, "宝贝好", ()),
        ("{product|宝贝}好", {"product": "杯子"}, "杯子好", ()),
        ("{product|}好", {}, "好", ()),
        ("{shop}欢迎您", {}, "【店铺】欢迎您", ("shop",)),
        ("只要{price}", {"price": "88"}, "只要88", ()),
        ("只要{price}", {}, "只要【价格】", ("price",)),
        ("只要{price|9.9}", {}, "只要【价格】", ("price",)),  # a fact takes no default
        ("{order_no}", {}, "【order no】", ("order_no",)),
        ("{nobody_knows}", {}, "【nobody knows】", ("nobody_knows",)),
        ("{nobody_knows|那个}", {}, "那个", ()),
        ("{nobody_knows|这|那}", {}, "这|那", ()),
        ("{price}{price}{order_no}", {}, "【价格】【价格】【order no】", ("price", "order_no")),
        ("{{{product}}}", {}, "{这款}", ()),
        ("{product}", {"product": "{price}"}, "{price}", ()),  # filled once only
        ("{product}", {"product": "%s {0.__class__} \\1"}, "%s {0.__class__} \\1", ()),
    ],
)
def test_fill(template: str, values: dict[str, str], text: str, missing: tuple[str, ...]) -> None:
    assert fill_with(template, values) == (text, missing)


@pytest.mark.parametrize("template", ["", "没有空", "{", "}", "{a", "{a\nb}", "{{}}x", "【价格】", "$price %s"])
def test_nothing_happens(template: str) -> None:
    assert fill_with(template) == (template.replace("{{", "{").replace("}}", "}"), ())


def test_english_has_its_own_defaults_and_names() -> None:
    assert fill_with("{商品} at {price}", lang="en") == ("this one at 【price】", ("price",))


def test_values_tell_where_they_come_from() -> None:
    _, values, _ = fill("{product|宝贝}{price}", DECLARED, lambda n: ("88", "context") if n == "price" else None, "zh")
    assert values == (Value("product", "宝贝", "default"), Value("price", "88", "context"))


@pytest.mark.parametrize(
    ("template", "stray"), [("{a}", False), ("{{}}", False), ("{a", True), ("a}", True), ("{a{b}", True)]
)
def test_stray_brace(template: str, stray: bool) -> None:
    assert stray_brace(template) is stray


def test_names_in_a_template() -> None:
    assert names_in("{{x}} {商品|这款} { price }{}") == [("商品", "这款"), ("price", None), ("", None)]
