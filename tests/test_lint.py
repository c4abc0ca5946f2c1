"""The linter: a clean little library, and what each change to it brings up (or does not)."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_library import write

from cs_helper.library import read_layers, read_library
from cs_helper.lint import lint, near_pairs
from cs_helper.lint_replies import MAX_PLACEHOLDERS

PLACEHOLDERS = """\
salutation: {kind: wording, alias: 称呼, meaning: 怎么称呼, default: {zh: 亲, en: friend}}
price: {kind: fact, alias: 价格, meaning: 现价}
"""
COMPLIANCE = """\
promise:
  level: warning
  words: [包您, guarantee]
  unless: [面包您]
  reason: 打包票
  suggestion: 换成“尽量”
  bad: [包您满意]
  good: [面包您要几个]
tone:
  level: hint
  lang: zh
  words: [但是]
  reason: 转折
  bad: [好看但是贵]
  good: [不过]
"""
SCENARIO = """\
title: 问颜色
messages:
  - 这个有绿色的么
  - do u have it in green
replies:
  - {id: look, text: "{salutation},颜色这边马上帮您去仓库看看,请稍等片刻哦。"}
  - {id: cost, tone: brief, text: "绿色现价{price}"}
  - {id: en_look, lang: en, text: "Let me check the green one for you, {salutation}."}
"""
LINES = len(SCENARIO.splitlines())
REPLY = f"pre_sale/green.yaml:{LINES + 1}"


def scenario(*, title: str = "问尺码", messages: str = "[大码还剩几件, any xl left]", more: str = "") -> str:
    """A scenario in eight lines that is clean as it stands."""
    return f"""\
title: {title}
{more or "frequency: low"}
messages: {messages}
replies:
  - {{id: look, text: "这边马上帮您去仓库看看这个尺码,请稍等片刻哦。"}}
  - {{id: wait, tone: brief, text: "马上帮您看看"}}
  - {{id: en_look, lang: en, text: "Let me check that size for you."}}
"""


def reply(text: str, *, lang: str = "zh", tone: str = "warm", more: str = "") -> str:
    """One more reply of the clean scenario; its text stands at column 11."""
    return f"  - id: extra\n    lang: {lang}\n    tone: {tone}\n{more}    text: {text}\n"


def check(folder: Path, changes: dict[str, str], *, hints: bool = False) -> list[str]:
    """What the linter says about the clean library with these files added or changed, as `path:line:col level rule`."""
    files = {"pre_sale/green.yaml": SCENARIO, "placeholders.yaml": PLACEHOLDERS, "compliance.yaml": COMPLIANCE}
    library = read_library([write(folder, {**files, **changes})])
    assert library.problems == ()
    found = sorted(lint(library, hints=hints), key=lambda p: (p.path, p.line, p.col))
    return [f"{Path(p.path).relative_to(folder)}:{p.line}:{p.col} {p.level} {p.rule}" for p in found]


def test_the_clean_library_is_clean(tmp_path: Path) -> None:
    assert check(tmp_path, {"pre_sale/size.yaml": scenario()}) == []


# --- replies: the text of the added one stands in the fourth line after the clean scenario ---------------------------

GOOD_ZH = "这边马上帮您去仓库看看还有没有,请稍等片刻"


@pytest.mark.parametrize(
    ("added", "expected"),
    [
        (reply(f'"{{salut}},{GOOD_ZH}"'), "error unknown-placeholder"),
        (reply(f'"{{}},{GOOD_ZH}"'), "error unknown-placeholder"),
        (reply(f"{GOOD_ZH}{{price|九十九}}"), "error fact-default"),
        (reply(f"{GOOD_ZH}{{价格|九十九}}"), "error fact-default"),
        (reply(f'"{{salutation,{GOOD_ZH}"'), "error stray-brace"),
        (reply(f"{GOOD_ZH}}}"), "error stray-brace"),
        (reply(f"{GOOD_ZH}{{salutation}}}}"), "error stray-brace"),
        (reply("一二三四五六七八九十"), "warning length"),
        (reply("三个字", tone="brief"), "warning length"),
        (reply("字" * 121), "warning length"),
        (reply("好。" * 20), "warning length"),
        (reply("word " * 61, lang="en"), "warning length"),
        (reply("Let me look into the warehouse.", lang="zh"), "warning language"),
        (reply("Let me 看看", lang="en"), "warning language"),
        (reply(GOOD_ZH + "😊🎉"), "warning emoji"),
        (reply(f'"{GOOD_ZH},包您满意"'), "warning promise"),
        (reply('"{salutation|包您}满意,' + GOOD_ZH + '"'), "warning promise"),
        (reply("We guarantee it will fit.", lang="en"), "warning promise"),
    ],
)
def test_reply_problems(added: str, expected: str, tmp_path: Path) -> None:
    found = check(tmp_path, {"pre_sale/green.yaml": SCENARIO + added})
    assert found == [f"pre_sale/green.yaml:{LINES + 4}:11 {expected}"]


@pytest.mark.parametrize(
    "added",
    [
        reply(f'"{{salutation|您好}},{GOOD_ZH}"'),
        reply(f'"{{ salutation }},{GOOD_ZH}"'),
        reply(f'"{{称呼}},{GOOD_ZH}{{价格}}"'),
        reply(f'"{{{{就这样}}}}{GOOD_ZH}"'),
        reply("马上帮您看看", tone="brief"),
        reply("您好,在的哦", more="    technique: 问候\n"),
        reply("字" * 120),
        reply("|\n" + "".join(f"      {i}. {'字' * 60}\n" for i in range(1, 5))),
        reply("word " * 60, lang="en"),
        reply("|\n      Dear friend,\n      " + "word " * 100, lang="en"),
        reply("OK, will do.", lang="en"),
        reply(GOOD_ZH + "😊"),
        reply("面包您要几个?这边马上帮您去仓库看看还有没有货。"),
        reply(f'"{GOOD_ZH},但是不急"'),
        reply("Guaranteed is another word.", lang="en"),
    ],
)
def test_replies_that_are_fine(added: str, tmp_path: Path) -> None:
    assert check(tmp_path, {"pre_sale/green.yaml": SCENARIO + added}) == []


def test_hints_come_when_asked_for(tmp_path: Path) -> None:
    files = {"pre_sale/green.yaml": SCENARIO + reply(f'"{GOOD_ZH},但是不急"')}
    assert f"pre_sale/green.yaml:{LINES + 4}:11 hint tone" in check(tmp_path, files, hints=True)


# --- scenarios ------------------------------------------------------------------------------------------------------

LOOK, WAIT, EN_LOOK = scenario().splitlines()[4:7]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("size", scenario(messages="[大码还剩几件]"), ["3:11 warning missing-language"]),
        ("size", scenario(messages="[any xl left]"), ["3:11 warning missing-language"]),
        ("size", scenario(messages="[]"), ["3:11 warning missing-language"] * 2),
        ("size", scenario().replace(EN_LOOK, ""), ["5:3 warning missing-language"]),
        ("size", scenario().replace(LOOK, "").replace(WAIT, ""), ["7:3 warning missing-language", "7:3 warning missing-tone"]),
        ("size", scenario().replace('tone: brief, text: "', 'text: "' + "这边" * 7), ["5:3 warning missing-tone"]),
        ("size", scenario().replace("that size", "{price}"), ["5:3 warning no-fact-free-reply"]),
        ("size", scenario().replace("帮您", "{price}"), ["5:3 warning no-fact-free-reply"]),
        ("size", scenario().replace("en_look,", "en_look, about: [xl],"), ["5:3 warning no-fact-free-reply"]),
        ("size", scenario() + reply("这就帮您量一量大码的衣长和肩宽,量好了马上发您。", more="    about: [大码]\n"), []),
        ("size", scenario() + reply("这就帮您量一量小码的衣长和肩宽,量好了马上发您。", more="    about: [小码]\n"), []),
        ("size", scenario() + reply("Let me measure it.", lang="en", more="    about: [sizes, XL]\n"), []),
        ("size", scenario().replace("id: look", "id: look, bargaining: fixed"), ["5:3 warning missing-bargaining"]),
        ("angry", scenario(), ["5:3 warning missing-tone"]),
        ("angry", scenario().replace("id: look", "id: look, tone: apologetic"), []),
        ("size", scenario(more="next: [green, size]"), ["2:7 warning reference"]),
        ("size", scenario(more="next: [green, green]"), ["2:7 warning reference"]),
        ("size", scenario(more="next: [nowhere]"), ["2:7 warning unknown-scenario"]),
        ("size", scenario(more="not_messages: [{text: 四五六, belongs_to: gone}]"), ["2:40 warning unknown-scenario"]),
        ("size", scenario(more="escalate: 低于{cost}时找店长"), ["2:11 error unknown-placeholder"]),
        ("size", scenario(more="escalate: 低于{price}时找店长"), []),
        ("size", scenario(more="by: agent").replace("messages", "ask_for").replace("tone: brief, ", ""), ["6:22 warning length"]),
        ("size", scenario(more="not_messages: [{text: 四五六, belongs_to: size}]"), ["2:40 error reference"]),
        ("size", scenario(more="not_messages: [{text: 四五六, belongs_to: green}]"), []),
    ],
)  # fmt: skip
def test_scenario_problems(name: str, text: str, expected: list[str], tmp_path: Path) -> None:
    path = f"pre_sale/{name}.yaml"
    assert check(tmp_path, {path: text}) == [f"{path}:{e}" for e in expected]


def test_what_an_agent_says_first_is_no_owner_of_messages(tmp_path: Path) -> None:
    agent = "title: 回访\nby: agent\n" + scenario()[scenario().index("replies") :]
    files = {
        "pre_sale/size.yaml": scenario(more="not_messages: [{text: 四五六, belongs_to: visit}]"),
        "pre_sale/visit.yaml": agent,
    }
    assert check(tmp_path, files) == ["pre_sale/size.yaml:2:40 warning reference"]


# --- messages -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"messages": "[大码还剩几件, any xl left, '大码 还剩几件!']"}, ["3:33 warning duplicate"]),
        ({"messages": "[大码還剩幾件, any xl left, 大码还剩几件]"}, ["3:33 warning duplicate"]),
        ({"messages": "[大码还剩几件, any xl left, 这个有绿色的么~]"}, ["3:33 error duplicate"]),
        ({"messages": "[大码还剩几件, any xl left, 嗯哼]"}, ["out_of_scope.yaml:1:12 error duplicate"]),
        (
            {"more": "not_messages: [{text: 嗯哼, belongs_to: green}]"},
            ["out_of_scope.yaml:1:12 error duplicate"],
        ),
        ({"more": "not_messages: [{text: 这个有绿色的么, belongs_to: green}]"}, ["2:23 warning duplicate"]),
        ({"more": "not_messages: [{text: 大码还剩几件, belongs_to: green}]"}, ["2:23 error duplicate"]),
        ({"messages": "[周三下的单怎么到今天还不见动静啊, any xl left, 周三下的单怎么到今天还不见动静呢]"}, ["3:43 warning near-duplicate"]),
        ({"messages": "[大码还剩几件, any xl left, 大码还剩几条]"}, []),
        ({"messages": "[大码还剩几件, any xl left, 👌, ❗, 😊]"}, []),
    ],
)  # fmt: skip
def test_message_problems(changes: dict[str, str], expected: list[str], tmp_path: Path) -> None:
    files = {"pre_sale/size.yaml": scenario(**changes), "out_of_scope.yaml": "messages: [嗯哼]\n"}
    path = "" if expected and ".yaml" in expected[0] else "pre_sale/size.yaml:"
    assert check(tmp_path, files) == [f"{path}{e}" for e in expected]


def test_near_duplicates_across_scenarios_are_hints(tmp_path: Path) -> None:
    files = {
        "pre_sale/size.yaml": scenario(messages="[周三下的单怎么到今天还不见动静啊, any xl left]"),
        "pre_sale/xize.yaml": scenario(messages="[周三下的单怎么到今天还不见动静呢, got this in small]"),
    }
    assert check(tmp_path, files) == []
    assert "pre_sale/xize.yaml:3:12 hint near-duplicate" in check(tmp_path, files, hints=True)


@pytest.mark.parametrize(
    ("a", "b", "near"),
    [
        ("abcdefghijkl", "abcdefghijkl", False),  # equal texts are another rule's business
        ("abcdefghijklm", "abcdefghijklx", True),
        ("abcdefghijkl", "abcdefghijkx", False),
        ("abcdefg", "abcdef", True),
        ("abcdef", "abcde", False),
        ("abcdefghijklmnopqrstuvwxyz", "abcdefghijklmnopqrstuvw", True),
        ("abcdefghijklmnopqrstuvwxyz", "abcdefghijklmnopqrstuv", False),
        ("", "", False),
    ],
)
def test_near_pairs_by_length(a: str, b: str, near: bool) -> None:
    texts = list(dict.fromkeys((a, b)))
    assert [(x, y) for x, y, _ in near_pairs(texts)] == ([(a, b)] if near else [])
    assert [(x, y) for x, y, _ in near_pairs(texts[::-1])] == ([(b, a)] if near else [])


def test_a_message_that_goes_elsewhere_when_left_out_is_a_hint(tmp_path: Path) -> None:
    greens = [
        "这件绿色",
        "绿色款",
        "要绿色",
        "绿色好看",
        "绿色几件",
        "墨绿色",
        "浅绿色",
        "绿色裙子",
        "草绿色",
        "绿色袜子",
    ]
    sizes = ["大码有吗", "加大码", "小码", "中码有吗", "大码裤子", "小码裙子", "特大码", "均码", "码数", "偏码"]
    strange = "绿色的绿色"
    files = {
        "pre_sale/green.yaml": SCENARIO.replace("messages:\n", "messages:\n" + "".join(f"  - {g}\n" for g in greens)),
        "pre_sale/size.yaml": scenario(messages=f"[{', '.join([*sizes, strange, 'any xl left'])}]"),
    }
    library = read_library([write(tmp_path, files)])
    below = read_layers([write(tmp_path / "below", {"placeholders.yaml": PLACEHOLDERS})])
    steps: list[tuple[int, int]] = []
    found = list(lint(library, below=below, hints=True, progress=lambda *step: steps.append(step)))
    stolen = [p.message for p in found if p.rule == "stolen" and p.line == 3]
    assert any("goes to green" in message for message in stolen)
    assert steps
    assert steps[-1][0] == steps[-1][1]


# --- declarations ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"placeholders.yaml": PLACEHOLDERS + "size: {kind: fact, meaning: 尺码}\n"}, ["placeholders.yaml:3:7 warning unused-placeholder"]),
        (
            {
                "placeholders.yaml": PLACEHOLDERS + "cost: {kind: fact, alias: 价格, meaning: 进价}\n",
                "pre_sale/green.yaml": SCENARIO + reply(GOOD_ZH + "{cost}"),
            },
            ["placeholders.yaml:3:7 error duplicate-alias"],
        ),
        ({"compliance.yaml": COMPLIANCE.replace("包您满意", "满意")}, ["compliance.yaml:7:9 error specimen"]),
        ({"compliance.yaml": COMPLIANCE.replace("[不过]", "[不过, 可但是]")}, ["compliance.yaml:15:14 error specimen"]),
        ({"compliance.yaml": COMPLIANCE.replace("[包您满意]", "[包您满意, We guarantee it]")}, []),
    ],
)  # fmt: skip
def test_declaration_problems(files: dict[str, str], expected: list[str], tmp_path: Path) -> None:
    assert check(tmp_path, files) == expected


@pytest.mark.parametrize(("about", "expected"), [("", ["11:11 warning topic"]), ("    about: [大码]\n", [])])
def test_the_topic_is_a_word_of_about(about: str, expected: list[str], tmp_path: Path) -> None:
    declared = PLACEHOLDERS + "topic: {kind: wording, alias: 话题, meaning: 说到的词, default: {zh: 这个, en: that}}\n"
    text = scenario() + reply('"{话题}这边去仓库帮您仔细看看,看好了马上回您。"', more=about)
    found = check(tmp_path, {"placeholders.yaml": declared, "pre_sale/size.yaml": text})
    assert found == [f"pre_sale/size.yaml:{e}" for e in expected]


@pytest.mark.parametrize(("word", "expected"), [("~大码", ["12:11 warning about-unlike"]), ("~加大", [])])
def test_a_word_like_which_the_lexicon_has_none(word: str, expected: list[str], tmp_path: Path) -> None:
    text = scenario() + reply("这就帮您量一量衣长和肩宽,量好了马上发您。", more=f"    about: [{word}]\n")
    files = {"pre_sale/size.yaml": text, "lexicon.yaml": "large: [加大, XXL]\n"}
    assert check(tmp_path, files) == [f"pre_sale/size.yaml:{e}" for e in expected]


@pytest.mark.parametrize(("word", "expected"), [("小码", ["12:11 hint about-unheard"]), ("大码", []), ("XLS", [])])
def test_a_reply_about_what_nobody_says(word: str, expected: list[str], tmp_path: Path) -> None:
    more = reply("这就帮您量一量衣长和肩宽,量好了马上发您。", more=f"    about: [{word}]\n")
    text = scenario(messages="[大码还剩几件, any xls left]") + more
    found = check(tmp_path, {"pre_sale/size.yaml": text}, hints=True)
    assert [f for f in found if "about" in f] == [f"pre_sale/size.yaml:{e}" for e in expected]


def test_more_placeholders_than_anybody_remembers(tmp_path: Path) -> None:
    names = [f"p{i}" for i in range(MAX_PLACEHOLDERS - 1)]
    declared = PLACEHOLDERS + "".join(f"{n}: {{kind: fact, meaning: 多}}\n" for n in names)
    uses = "".join(f"{{{n}}}" for n in names)
    files = {"placeholders.yaml": declared, "pre_sale/green.yaml": SCENARIO + reply(GOOD_ZH + uses)}
    found = check(tmp_path, files)
    assert f"placeholders.yaml:{MAX_PLACEHOLDERS + 1}:6 warning too-many-placeholders" in found


def test_declarations_below_hold_and_are_not_checked(tmp_path: Path) -> None:
    declared = {
        "placeholders.yaml": PLACEHOLDERS + "unused: {kind: fact, meaning: 没人用}\n",
        "compliance.yaml": COMPLIANCE.replace("面包您要几个", "包您满意"),
    }
    below = read_layers([write(tmp_path / "below", declared)])
    own = {
        "pre_sale/green.yaml": SCENARIO + reply(f'"{{nick}},{GOOD_ZH},包您满意"'),
        "placeholders.yaml": "nick: {kind: wording, meaning: 昵称, default: {zh: 朋友}}\n",
    }
    library = read_library([write(tmp_path / "own", own)])
    assert [(p.line, p.rule) for p in lint(library, below=below)] == [(LINES + 4, "promise")]
    assert "unknown-placeholder" in {p.rule for p in lint(library)}
