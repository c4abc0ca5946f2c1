"""From bytes to comparable text: encodings, what a terminal must not see, normal form, clauses."""

from __future__ import annotations

import random

import pytest

from cs_helper.errors import CsHelperError
from cs_helper.text import MAX_CHARACTERS, clauses, clean, decode, fold, has_han, normalise, read_message

# --- decode ---------------------------------------------------------------------------------------------------------

MESSAGES = [
    "这也太贵了",
    "這個價錢太貴",
    "in stock?",
    "L码还有吗 要2件",
    "壳子裂了😡",
    "“包邮”吗……",
    "多少钱　一起买便宜吗\r\n",
]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("text", MESSAGES)
def test_encodings_that_need_no_guess(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize("bom", [b"\xff\xfe", b"\xfe\xff"])
@pytest.mark.parametrize("text", [*MESSAGES, "一", "", "\u3000"])
def test_utf_16_with_its_mark(text: str, bom: bytes) -> None:
    assert decode(bom + text.encode("utf-16-le" if bom[0] == 0xFF else "utf-16-be")) == text


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    "text",
    [
        # one NUL, where ASCII in the other byte order has it: 一 is U+4E00, 最 U+6700, 开 U+5F00, 退 U+9000
        "一样的",
        "退货",
        "我要退款",
        "最晚几号到",
        "开发票",
        "太贵了　再便宜点",  # full-width space, U+3000
        # NULs on both sides
        "一 二",
        "退2件",
        "最大到XL吗",
        "开个票　OK?",
        # NULs on the usual side only
        "too pricey for me",
        "hello",
        "88",
        "在吗\n",
        "這款有沒有現貨\r\n",
        "😀 thanks",
        "café",
    ],
)
def test_utf_16_without_its_mark(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize(
    "text",
    [
        "\0这也太贵了",
        "这也太贵了\0",
        "太\0贵了",
        "\0\0退货\0\0",
        "price\0",
        "too pricey\0\0",
        "一\0样",
        "a\0b太贵",
        "\0\0一\0",
    ],
)
def test_stray_nuls_do_not_make_it_utf_16(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize("text", ["谢谢", "[图片]", "好的 谢谢", "拍错了", "一"])
def test_gb18030_that_happens_to_be_utf_8(text: str) -> None:
    assert decode(text.encode("gb18030")) == text


@pytest.mark.parametrize("text", ["café", "naïve ñ", "Škoda", "£20 ©", "привет", "γεια σου", "مرحبا"])
def test_other_scripts_in_utf_8_stay_what_they_are(text: str) -> None:
    assert decode(text.encode()) == text


def test_any_bytes_give_a_text() -> None:
    chance = random.Random(7)
    assert decode(b"") == ""
    for size in range(1, 200):
        data = bytes(chance.choice((0, 0x41, 0xE4, chance.randrange(256))) for _ in range(size))
        assert isinstance(decode(data), str)


# --- clean ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\x1b[31m红色\x1b[0m", "红色"),
        ("\x1b[38;5;196m贵\x1b[K", "贵"),
        ("\x1b]0;title\x07好", "好"),
        ("\x1b]8;;http://x\x1b\\link", "link"),
        ("\x1bc好\x1b(B的\x1b7", "好的"),
        ("在吗\x1b", "在吗"),
        ("a\x00b\x07c\x7f\x9b", "abc"),
        ("一行\r\n二行\r三行", "一行\n二行\n三行"),
        ("\u202e了贵太\u202c\u2066x\u2069", "了贵太x"),
        ("退\u200b货\ufeff", "退货"),
        ("半个\ud83d", "半个?"),
    ],
)
def test_clean(text: str, expected: str) -> None:
    assert clean(text) == expected


@pytest.mark.parametrize(
    "text", ["", "这也太贵了", "a\tb\nc", "👨\u200d👩\u200d👧 ❤️", "[31m", "{x} %s [/b]", "　全角　"]
)
def test_nothing_to_clean(text: str) -> None:
    assert clean(text) == text


def test_read_message() -> None:
    assert read_message(" \n太贵了\x1b[0m\t") == "太贵了"
    assert read_message("贵" * MAX_CHARACTERS) == "贵" * MAX_CHARACTERS


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "empty"),
        (" \r\n\t", "empty"),
        ("\u200b\x1b[0m\0", "empty"),
        ("贵" * (MAX_CHARACTERS + 1), "20,000"),
        ("\x7fELF\x02\x01\x01\0\0\0\0\0", "not text"),
        ("退款" + "\ufffd" * 20, "not text"),
    ],
)
def test_messages_that_are_none(text: str, complaint: str) -> None:
    with pytest.raises(CsHelperError, match=complaint):
        read_message(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("贵\0\x07\x08", "贵"),
        ("壳子裂了\ufffd\ufffd", "壳子裂了\ufffd\ufffd"),
        ("\x1b[31m\x1b[1m贵\x1b[0m\x1b[0m\x1b[0m", "贵"),
        ("😡" * 9 + "👨\u200d👩\u200d👧", "😡" * 9 + "👨\u200d👩\u200d👧"),
        ("\u200b" * 20 + "贵\n\n\n\t", "贵"),
    ],
)
def test_a_few_odd_characters_are_no_other_kind_of_file(text: str, expected: str) -> None:
    assert read_message(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("a贵", True), ("𠮷", True), ("㐀", True), ("abc", False), ("カ!。", False)]
)
def test_has_han(text: str, expected: bool) -> None:
    assert has_han(text) is expected


# --- fold and normalise ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("請問幾時發貨", "请问几时发货"),
        ("ＯＫ！", "ok!"),
        ("iPhone Straße", "iphone strasse"),
        ("88", "0"),
        ("1,000.50元", "0元"),
        ("12:30", "0"),
        ("５折", "0折"),
        ("①号", "0号"),
        ("[数字x]元[金额x]", "0元0"),
        ("[订单号x]到哪了", " 到哪了"),
        ("看https://a.b/c?d=1 这个", "看  这个"),
        ("www.x.com吗", " 吗"),
        ("哈哈哈哈哈", "哈哈"),
        ("soooo", "soo"),
        ("!!!!!", "!!"),
    ],
)
def test_fold(text: str, expected: str) -> None:
    assert fold(text) == expected


@pytest.mark.parametrize("text", ["", "这也太贵了", "too pricey", "[图片]", "谢谢", "好的,包邮?", "0元"])
def test_nothing_to_fold(text: str) -> None:
    assert fold(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("太贵了!!!", "太贵了"),
        ("多少钱?", "多少钱?"),
        ("啥？！", "啥?"),
        ("好-的~", "好的"),
        ("你 好 吗", "你好吗"),
        ("你　好", "你好"),
        ("iPhone 壳", "iphone 壳"),
        ("  too   pricey. ", "too pricey"),
        ("don't", "don't"),
        ("_x_y_", "x y"),
        ("[链接x][生气]", "生气"),
        ("…。,", ""),
        ("😀👍", ""),
        ("貴  88  元", "贵 0 元"),
    ],
)
def test_normalise(text: str, expected: str) -> None:
    assert normalise(text) == expected


@pytest.mark.parametrize("text", ["", "这也太贵了", "too pricey", "多少钱?", "iphone 壳", "0元", "don't"])
def test_nothing_to_normalise(text: str) -> None:
    assert normalise(text) == text


def test_normalising_twice_changes_nothing() -> None:
    for text in (*MESSAGES, "你 好  ABC 12.5", "[数字x]哈哈哈哈哈", "A-B_C 的 的"):
        once = normalise(text)
        assert normalise(once) == once


# --- clauses --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("太贵了,便宜点", ["太贵了", "便宜点"]),
        ("太贵了 便宜点", ["太贵了", "便宜点"]),
        ("亲　在吗", ["亲", "在吗"]),
        ("在吗\n\n退款\n", ["在吗", "退款"]),
        ("好的。。。退货!!!", ["好的", "退货"]),
        ("太贵了,5折行吗", ["太贵了", "5折行吗"]),
        ("要2,还是3", ["要2", "还是3"]),
        ("no. way", ["no", "way"]),
        ("price: 8:30", ["price", "8:30"]),
        ("?? 贵", ["贵"]),
    ],
)
def test_clauses(text: str, expected: list[str]) -> None:
    assert [raw for raw, _ in clauses(text)] == expected


@pytest.mark.parametrize("text", ["太贵了", "too pricey", "12.5元", "1,000", "红色 L 码", "ok 太贵了", "iPhone 15 壳"])
def test_a_message_of_one_clause(text: str) -> None:
    assert clauses(text) == [(text, normalise(text))]


@pytest.mark.parametrize("text", ["", " ", "?", "!!!", "…~", ",,,", "😀"])
def test_no_clause_at_all(text: str) -> None:
    assert clauses(text) == []


def test_of_a_long_paste_the_first_and_the_last_clauses() -> None:
    numbers = "甲乙丙丁戊己庚辛壬癸子丑寅卯"
    assert "".join(raw for raw, _ in clauses(",".join(numbers))) == "甲乙丙丁戊己壬癸子丑寅卯"
    assert [raw for raw, _ in clauses(",".join(numbers), most=3)] == ["甲", "寅", "卯"]
    assert len(clauses(",".join(numbers[:12]))) == 12
