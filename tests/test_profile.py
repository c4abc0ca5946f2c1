"""The shop's profile, the context file, `--set`, and whose value wins."""

from __future__ import annotations

from pathlib import Path

import pytest

from cs_helper.errors import CsHelperError
from cs_helper.model import Placeholder
from cs_helper.profile import Profile, Values, parse_settings, read_context, read_profile, read_values
from cs_helper.render import Placeholders

DECLARED = Placeholders(
    {
        name: Placeholder(name, "fact", alias=alias)
        for name, alias in (
            ("shop", "店铺"),
            ("product", "商品"),
            ("price", "价格"),
            ("customer", "顾客"),
            ("salutation", "称呼"),
        )
    }
)


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_precedence() -> None:
    values = Values([("set", {"price": "1"}), ("context", {"price": "2", "product": "2"}), ("profile", {"shop": "4"})])
    values = values.with_message({"price": "3", "product": "3", "shop": "3"})
    assert values.find("price") == ("1", "set")
    assert values.find("product") == ("2", "context")
    assert values.find("shop") == ("3", "message")
    assert values.find("customer") is None


@pytest.mark.parametrize(
    ("layers", "greeting"),
    [
        ([("set", {"customer": "王女士"})], ("王女士", "set")),
        ([("set", {"customer": "王女士", "salutation": "女士"})], ("女士", "set")),
        ([("set", {"customer": "王女士"}), ("profile", {"salutation": "亲亲"})], ("王女士", "set")),
        ([("profile", {"salutation": "亲亲"})], ("亲亲", "profile")),
        ([("set", {"salutation": ""}), ("profile", {"salutation": "亲亲"})], ("亲亲", "profile")),
        ([], None),
    ],
)
def test_who_knows_the_customer_greets_by_name(layers: list[tuple[str, dict[str, str]]], greeting: object) -> None:
    assert Values(layers).find("salutation") == greeting


@pytest.mark.parametrize(
    ("settings", "values"),
    [
        (["price=88"], {"price": "88"}),
        (["价格 = 88 元"], {"price": "88 元"}),
        (["price=a=b"], {"price": "a=b"}),
        (["price=1", "价格=2"], {"price": "2"}),
        (["price="], {"price": ""}),
        (["price=\x1b[31m8\x078"], {"price": "88"}),
        ([], {}),
    ],
)
def test_settings(settings: list[str], values: dict[str, str]) -> None:
    assert parse_settings(settings, DECLARED) == values


@pytest.mark.parametrize("settings", [["price"], ["=88"], [" =88"], ["prise=88"], [""]])
def test_settings_that_do_not_fit(settings: list[str]) -> None:
    with pytest.raises(CsHelperError, match="--set"):
        parse_settings(settings, DECLARED)


@pytest.mark.parametrize(
    ("raw", "values"),
    [
        ({"price": 88}, {"price": "88"}),
        ({"price": 8.5, "shop": None}, {"price": "8.5"}),
        ({"商品": " 杯子 "}, {"product": "杯子"}),
    ],
)
def test_values(raw: dict[str, object], values: dict[str, str]) -> None:
    assert read_values(raw, DECLARED, "here") == values


@pytest.mark.parametrize("raw", [{"price": True}, {"price": [1]}, {"price": {}}, {"nobody": "1"}, {1: "1"}])
def test_values_that_do_not_fit(raw: dict[object, object]) -> None:
    with pytest.raises(CsHelperError, match=r"^here: "):
        read_values(raw, DECLARED, "here")


@pytest.mark.parametrize(
    ("name", "content", "values", "state"),
    [
        ("c.json", '{"price": 88, "state": "shipped"}', {"price": "88"}, "shipped"),
        ("c.yaml", "价格: 0123\nproduct: 12:30\nstate: before\n", {"price": "0123", "product": "12:30"}, "before"),
        ("c.yaml", "price: no\nproduct: ~\nshop:\n", {"price": "no", "shop": ""}, None),
        ("c", '\ufeff{"price": "八十"}', {"price": "八十"}, None),
        ("c.json", '{"price": "八十"}'.encode("gbk"), {"price": "八十"}, None),
        ("c.json", "{}", {}, None),
    ],
)
def test_context(tmp_path: Path, name: str, content: str | bytes, values: dict[str, str], state: str | None) -> None:
    assert read_context(write(tmp_path / name, content), DECLARED) == (values, state)


def test_profile(tmp_path: Path) -> None:
    text = 'bargaining = "fixed"\nlang = "zh"\ntone = "brief"\nshop = "小铺"\n价格 = 88\n'
    found = read_profile(write(tmp_path / "config.toml", text.replace("价格", '"价格"')), DECLARED)
    assert found == Profile("fixed", "zh", "brief", {"shop": "小铺", "price": "88"})


@pytest.mark.parametrize("kind", ["none", "missing", "empty", "below a file"])
def test_no_profile_is_an_empty_one(tmp_path: Path, kind: str) -> None:
    path = {
        "none": None,
        "missing": tmp_path / "nowhere" / "config.toml",
        "empty": write(tmp_path / "config.toml", ""),
        "below a file": tmp_path / "config.toml" / "config.toml",
    }[kind]
    assert read_profile(path, DECLARED) == Profile()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("shop = 小铺\n", "line 1"),
        ('bargaining = "hard"', "bargaining must be one of: fixed, small_concession"),
        ('tone = ["warm"]', "tone must be one of"),
        ('nobody = "x"', "unknown placeholder 'nobody'"),
        ("[shop]\nname = 1", "'shop' must be text or a number"),
    ],
)
def test_profile_that_does_not_fit(tmp_path: Path, text: str, complaint: str) -> None:
    path = write(tmp_path / "config.toml", text)
    with pytest.raises(CsHelperError) as e:
        read_profile(path, DECLARED)
    assert str(e.value).startswith(f"{path}: ")
    assert complaint in str(e.value)
