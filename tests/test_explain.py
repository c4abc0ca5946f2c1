"""Why a scenario came first: clauses, evidence, nearest examples; as an object, on a pipe and as JSON."""

from __future__ import annotations

import json

import pytest
from conftest import Run
from tiny import MESSAGES, split, tiny_index, with_topics

from cs_helper.build import build
from cs_helper.explain import MOST, Evidence, explain
from cs_helper.explain_view import explanation_lines
from cs_helper.features import features
from cs_helper.index import Index
from cs_helper.match import match
from cs_helper.text import normalise


@pytest.fixture(scope="module")
def tiny() -> Index:
    return tiny_index()


def pieces(found: tuple[Evidence, ...]) -> dict[str, str]:
    return {e.text: e.kind for e in found}


def test_the_first_two_are_the_matches(tiny: Index) -> None:
    for text in ("太贵了,有货吗", "不要了", "然后呢"):
        found = explain(text, tiny)
        assert found
        assert [found.first, found.second] == match(text, tiny, top=2)[0]
    state = explain("不要了", tiny, "shipped")
    assert state
    assert state.first.scenario == "cancel_order"


@pytest.mark.parametrize("text", ["👍", "呵呵", "zzz", ""])
def test_nothing_known_is_nothing_to_explain(tiny: Index, text: str) -> None:
    assert explain(text, tiny) is None


def test_clauses_and_what_each_speaks_for(tiny: Index) -> None:
    found = explain("這也太貴了,黑色有貨嗎,天气真好", tiny)
    assert found
    assert [(c.text, c.scenario) for c in found.clauses] == [
        ("這也太貴了", "too_expensive"),
        ("黑色有貨嗎", "stock_check"),
        ("天气真好", ""),
    ]
    assert all(0 <= c.probability <= 1 for c in found.clauses)
    alone = explain("太贵了", tiny)
    assert alone
    assert alone.clauses == ()


def test_evidence_is_strongest_first(tiny: Index) -> None:
    found = explain("這也太貴了吧,订单不要了", tiny)
    assert found
    weights = [e.first for e in found.carried_by]
    assert weights == sorted(weights, reverse=True)
    assert min(weights) > 0
    apart = [e.first - e.second for e in found.separated_by]
    assert apart == sorted(apart, reverse=True)
    assert min(apart) > 0
    assert len(found.carried_by) <= MOST
    assert len(found.separated_by) <= MOST


@pytest.mark.parametrize(
    ("text", "piece", "kind"),
    [
        ("太贵了", "太贵", "text"),
        ("贵", "expensive", "concept"),
        ("too pricey", "expensive", "concept"),
        ("诱惑吗", "you huo", "sound"),
        ("tuikuan", "tui kuan", "sound"),
        ("is that lamp in stock", "stock", "word"),
        ("reffund", "refund", "word"),  # the misspelt word as the library knows it
        ("is it expensive", "expensive", "word"),  # as written, not its stem
    ],
)
def test_kinds_of_evidence(tiny: Index, text: str, piece: str, kind: str) -> None:
    found = explain(text, tiny)
    assert found
    assert pieces(found.carried_by)[piece] == kind


def test_a_number_and_a_mark_are_called_so() -> None:
    index = tiny_index(
        {"price_inquiry": "多少钱? / 88行吗? / 99呢? / 100? / how much is 2?", "greeting": "在吗 / 你好"}
    )
    found = explain("88?", index)
    assert found
    assert pieces(found.carried_by) == {"a number": "number", "?": "mark"}


def test_no_piece_shows_the_marks_of_features(tiny: Index) -> None:
    for texts in MESSAGES.values():
        for text in split(texts):
            found = explain(text, tiny)
            assert found
            for piece in found.carried_by:
                assert piece.text == piece.text.strip()
                assert piece.text
                assert not set("#~") & set(piece.text), piece


def test_evidence_adds_up_to_the_score(tiny: Index) -> None:
    found = explain("贵", tiny)
    assert found
    known = [f for f in features(normalise("贵"), tiny.lexicon) if tiny.knows(f)]
    assert len(found.carried_by) == len(known) <= MOST
    score = tiny.scores(known)[tiny.ids.index("too_expensive")]
    assert sum(e.first for e in found.carried_by) == pytest.approx(score, abs=0.01)


def test_nearest_examples(tiny: Index) -> None:
    found = explain("我要退款!", tiny)
    assert found
    assert found.second
    assert (found.nearest[0].scenario, found.nearest[0].text, found.nearest[0].likeness) == (
        "refund_request",
        "我要退款",
        1,
    )
    assert found.nearest[1].scenario == found.second.scenario
    assert found.nearest[1].text in tiny.examples(found.second.scenario)


def test_a_library_of_one_scenario_has_no_second() -> None:
    index = tiny_index({"greeting": MESSAGES["greeting"]})
    found = explain("在吗", index)
    assert found
    assert found.second is None
    assert found.separated_by == ()
    assert list(explanation_lines(found))


@pytest.mark.parametrize(
    ("about", "said", "shown"),
    [
        (("贵", "分期"), ("贵",), "贵  +0.15"),
        (("~expensive", "太贵"), ("~expensive", "太贵"), "expensive · 太贵  +0.15"),
        (tuple(f"词{n}" for n in "一二三四五六七八九十甲乙丙丁戊"), (), "none that its replies are about  -1.00"),
        (("分期", "学生"), (), ""),  # too few of them for silence to mean something
        ((), (), ""),
    ],
)
def test_the_words_of_the_replies_bear_witness(about: tuple[str, ...], said: tuple[str, ...], shown: str) -> None:
    found = explain("太贵了", Index(build(with_topics(about), "key")))
    assert found
    assert found.said == said
    by_label = {line.label: "".join(text for text, _ in line.parts) for line in explanation_lines(found)}
    assert by_label.get("words said", "") == shown


# --- the program ----------------------------------------------------------------------------------------------------


def test_on_a_pipe_stdout_stays_as_it_is(run: Run) -> None:
    plain, explained = run("这也太贵了"), run("--explain", "这也太贵了")
    assert plain.returncode == explained.returncode == 0
    assert explained.stdout == plain.stdout
    assert explained.stderr.startswith(plain.stderr)
    text = explained.stderr.decode()
    for part in ("Why too_expensive", "carried by", "concept", "like", "no scenario"):
        assert part in text
    assert "\x1b" not in text


def test_clauses_stand_in_the_explanation(run: Run) -> None:
    text = run("-e", "这也太贵了,黑色的还有货吗").stderr.decode()
    assert "“这也太贵了”  too_expensive" in text
    assert "“黑色的还有货吗”  stock_check" in text


def test_json_gets_one_key_more(run: Run) -> None:
    plain = json.loads(run("--json", "这也太贵了").stdout)
    done = run("--json", "--explain", "这也太贵了")
    assert done.stderr == b""
    data = json.loads(done.stdout)
    found = data.pop("explain")
    assert data == plain
    assert found["first"]["scenario"] == data["matches"][0]["scenario"]
    keys = "first second out_of_scope clauses carried_by separated_by said witness nearest"
    assert set(found) == set(keys.split())
    assert set(found["carried_by"][0]) == {"kind", "text", "first", "second"}
    assert set(found["nearest"][0]) == {"scenario", "text", "likeness"}


def test_nothing_to_explain(run: Run) -> None:
    plain, explained = run("👍"), run("--explain", "👍")
    assert (explained.stdout, explained.stderr, explained.returncode) == (plain.stdout, plain.stderr, plain.returncode)
    for args in (("👍",), ("--scenario", "too_expensive")):
        data = json.loads(run("--json", "--explain", *args).stdout)
        assert data["explain"] is None


def test_an_unsure_answer_is_explained_as_well(run: Run) -> None:
    done = run("--explain", "然后呢")
    assert (done.returncode, done.stdout) == (1, b"")
    assert "Why " in done.stderr.decode()
