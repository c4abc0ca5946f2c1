"""`eval`: the arithmetic against tables computed by hand, k-fold on a tiny library, and the command as a process."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import Run

from cs_helper import trial, workers
from cs_helper.errors import CsHelperError
from cs_helper.evaluate import (
    below,
    by_scenario,
    by_stage,
    compare,
    confusions,
    evaluate,
    figures,
    is_right,
    read_bounds,
    reliability,
)
from cs_helper.library import read_library
from cs_helper.model import Library
from cs_helper.output import cells
from cs_helper.report import Report, Rival, report_lines, report_object
from cs_helper.trial import Answer, Labelled, cross_check, own_examples, read_labelled

STAGES = {"price": "price_objections", "ship": "in_sale", "bill": "in_sale"}

# message, accepted labels → what was answered: ranked, score, confident
TABLE = [
    (Labelled("a", ("price",)), Answer(("price", "ship"), 0.95, True)),  # right and sure
    (Labelled("b", ("price",)), Answer(("ship", "price"), 0.55, True)),  # wrong and sure, second
    (Labelled("c", ("price", "bill")), Answer(("bill",), 0.35, False)),  # right by the second label
    (Labelled("d", ("ship",)), Answer(("bill", "x", "y", "ship"), 0.31, False)),  # fourth
    (Labelled("e", ("ship",)), Answer((), 0.0, False)),  # nothing
    (Labelled("f", ()), Answer(("price",), 0.65, True)),  # answered though none fits
    (Labelled("g", ()), Answer(("ship",), 0.12, False)),  # rightly unsure
]
MESSAGES = [m for m, _ in TABLE]
ANSWERS = [a for _, a in TABLE]


def test_figures() -> None:
    assert figures(MESSAGES, ANSWERS) == {
        "labelled": 5,
        "unlabelled": 2,
        "top1": 0.4,  # a, c
        "top3": 0.6,  # a, b, c
        "mrr": 0.55,  # (1 + 1/2 + 1 + 1/4 + 0) / 5
        "macro_top1": 0.3333,  # (2/3 of price + 0/2 of ship) / 2
        "coverage": 0.4,  # a, b
        "precision": 0.5,  # a of a, b
        "false_answers": 0.5,  # f of f, g
    }


def test_figures_of_nothing_are_zero() -> None:
    assert set(figures((), ()).values()) == {0}


@pytest.mark.parametrize(
    ("labels", "answer", "right"),
    [
        (("price",), Answer(("price",), 0.2, False), True),
        (("ship", "price"), Answer(("price",), 0.9, True), True),
        (("ship",), Answer(("price", "ship"), 0.9, True), False),
        (("ship",), Answer((), 0.0, False), False),
        ((), Answer(("price",), 0.9, True), False),
        ((), Answer(("price",), 0.4, False), True),
        ((), Answer((), 0.0, False), True),
    ],
)
def test_right(labels: tuple[str, ...], answer: Answer, right: bool) -> None:
    assert is_right(Labelled("m", labels), answer) is right


def test_scenarios_with_most_misses_first() -> None:
    ship, price = by_scenario(MESSAGES, ANSWERS)
    assert (ship.scenario, ship.messages, ship.top1, ship.top3, ship.coverage, ship.taken) == ("ship", 2, 0, 0, 0, 1)
    assert (price.scenario, price.messages, price.top1, price.top3, price.taken) == ("price", 3, 0.6667, 1, 1)
    assert (price.coverage, price.precision) == (0.6667, 0.5)


def test_confusions_confident_ones_first() -> None:
    more = [*TABLE, (Labelled("h", ("price",)), Answer(("ship",), 0.45, False))]
    found = confusions([m for m, _ in more], [a for _, a in more])
    assert [(c.want, c.got, c.count, c.confident, c.example) for c in found] == [
        ("price", "ship", 2, 1, "b"),
        ("", "price", 1, 1, "f"),
        ("ship", "bill", 1, 0, "d"),
        ("ship", "", 1, 0, "e"),
    ]


def test_reliability() -> None:
    bins, error = reliability(MESSAGES, ANSWERS)
    assert [(b.low, b.high, b.messages, b.score, b.accuracy) for b in bins] == [
        (0.1, 0.2, 1, 0.12, 0.0),
        (0.3, 0.4, 2, 0.33, 0.5),
        (0.5, 0.6, 1, 0.55, 0.0),
        (0.6, 0.7, 1, 0.65, 0.0),  # none fits: a score is a promise all the same
        (0.9, 1.0, 1, 0.95, 1.0),
    ]
    assert error == round((0.12 + 2 * 0.17 + 0.55 + 0.65 + 0.05) / 6, 4)


@pytest.mark.parametrize(
    ("score", "low"), [(0.0, 0.0), (0.1, 0.1), (0.3, 0.3), (0.6, 0.6), (0.7, 0.7), (0.9999, 0.9), (1.0, 0.9)]
)
def test_bins_hold_their_lower_end(score: float, low: float) -> None:
    bins, _ = reliability([Labelled("m", ("price",))], [Answer(("price",), score, False)])
    assert bins[0].low == low


def test_stages() -> None:
    counts = by_stage(MESSAGES, ANSWERS, STAGES)
    filled = {(row, column): n for row, cells in counts.items() for column, n in cells.items() if n}
    assert filled == {
        ("price_objections", "price_objections"): 1,
        ("price_objections", "in_sale"): 1,
        ("price_objections", "unsure"): 1,
        ("in_sale", "unsure"): 2,
        ("out_of_scope", "price_objections"): 1,
        ("out_of_scope", "unsure"): 1,
    }


def test_won_and_lost() -> None:
    theirs = [Answer(("price",), 0.5, True)] * len(ANSWERS)
    won, lost = compare(MESSAGES, ANSWERS, theirs)
    assert [c.message.text for c in won] == ["g"]
    assert [c.message.text for c in lost] == ["b"]
    assert lost[0].ours.first == "ship"
    assert lost[0].theirs.first == "price"


def test_bounds() -> None:
    found = figures(MESSAGES, ANSWERS)
    assert below(found, read_bounds(["top1=0.4", "top3=0.61", "labelled=6"])) == ["top3 0.6 < 0.61", "labelled 5 < 6"]


@pytest.mark.parametrize("option", ["topp1=0.7", "top1", "top1=", "top1=x", "top1=nan", "=0.7", ""])
def test_bad_bounds(option: str) -> None:
    with pytest.raises(CsHelperError, match="--min"):
        read_bounds([option])


# --- the file -------------------------------------------------------------------------------------------------------


def test_read_labelled() -> None:
    data = (
        '\ufeff{"text": "太贵了", "labels": ["price"], "kind": 1}\r\n\n{"text": "嗯", "labels": [], "state": "shipped"}'
    )
    assert read_labelled(data.encode(), "f") == [Labelled("太贵了", ("price",)), Labelled("嗯", (), "shipped")]


GOOD = '{"text": "a", "labels": []}\n'


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (GOOD + "太贵了", "f:2: not JSON"),
        (GOOD + "\n" + '["a"]', "f:3: expected an object"),
        ('{"labels": []}', 'f:1: "text"'),
        ('{"text": 5, "labels": []}', 'f:1: "text"'),
        ('{"text": "a"}', 'f:1: "labels"'),
        ('{"text": "a", "labels": "price"}', 'f:1: "labels"'),
        ('{"text": "a", "labels": [""]}', 'f:1: "labels"'),
        ('{"text": "a", "labels": [], "state": "lost"}', 'f:1: "state"'),
        ('{"text": "a", "labels": [], "state": ["shipped"]}', 'f:1: "state"'),
        ('{"text": " ", "labels": []}', "f:1: the message is empty"),
        (json.dumps({"text": "a" * 20_001, "labels": []}), "f:1: the message is longer"),
        ("[" * 100_000, "f:1: not JSON"),
        ("", "f: no messages"),
        ("{}\n{}\n{}", r"\(and 2 more bad lines\)"),
    ],
)
def test_bad_files(data: str, where: str) -> None:
    with pytest.raises(CsHelperError, match=where) as error:
        read_labelled(data.encode(), "f")
    assert "\n" not in str(error.value)


# --- a library's own examples ---------------------------------------------------------------------------------------

EXAMPLES = {
    "price_objections/price": [
        "太贵了",
        "好贵呀",
        "价格有点贵",
        "贵死了",
        "这么贵",
        "贵了点",
        "能不能别这么贵",
        "真贵",
    ],
    "in_sale/ship": [
        "几时发货",
        "还没发货吗",
        "快点发货",
        "啥时发货呀",
        "发货了吗",
        "催一下发货",
        "今天发货吗",
        "咋不发货",
    ],
    "in_sale/bill": [
        "要发票",
        "发票开一下",
        "有发票吗",
        "发票怎么开",
        "补个发票",
        "发票抬头写错",
        "开公司发票",
        "发票呢",
    ],
}
OTHERS = ["哈哈哈", "在忙什么", "吃了没", "晚安"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A library of three scenarios that share hardly a word."""
    return _write(tmp_path / "tiny", EXAMPLES)


def _write(folder: Path, examples: dict[str, list[str]]) -> Path:
    for name, messages in examples.items():
        path = folder / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = "".join(f"  - {m}\n" for m in messages)
        path.write_text(
            f"title: {path.stem}\nmessages:\n{lines}replies:\n  - {{id: a, text: 好的}}\n", encoding="utf-8"
        )
    others = "".join(f"  - {m}\n" for m in OTHERS)
    (folder / "out_of_scope.yaml").write_text(f"messages:\n{others}", encoding="utf-8")
    return folder


def test_own_examples(folder: Path) -> None:
    found = own_examples(read_library([folder]))
    assert Labelled("几时发货", ("ship",)) in found
    assert Labelled("晚安", ()) in found
    assert len(found) == 28


def test_cross_check_never_asks_what_was_learnt(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    learnt: list[Library] = []

    def build(library: Library) -> bytes:
        learnt.append(library)
        return real(library)

    real = trial.build
    monkeypatch.setattr(trial, "build", build)
    monkeypatch.setattr(workers, "cores", lambda: 1)
    asked: list[set[str]] = []
    real_ask = trial.ask
    monkeypatch.setattr(trial, "ask", lambda ms, index: (asked.append({m.text for m in ms}), real_ask(ms, index))[1])
    library = read_library([folder])
    examples = own_examples(library)
    cross_check(library, examples, 4)
    everything = {m.text for m in examples}
    assert set().union(*asked) == everything
    assert sum(map(len, asked)) == len(examples)
    for part, texts in zip(learnt, asked, strict=True):
        assert {m.text for m in own_examples(part)} == everything - texts


def test_cross_check_is_the_same_every_time_and_in_parallel(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = read_library([folder])
    examples = own_examples(library)
    done: list[tuple[int, int]] = []
    monkeypatch.setattr(workers, "cores", lambda: 2)
    parallel = cross_check(library, examples, 3, progress=lambda k, n: done.append((k, n)))
    monkeypatch.setattr(workers, "cores", lambda: 1)
    assert parallel == cross_check(library, examples, 3)
    assert done == [(1, 3), (2, 3), (3, 3)]


def test_folds_follow_the_text(folder: Path, tmp_path: Path) -> None:
    """The same words written otherwise share a fold, and an added example moves no other one."""
    assert len({trial._fold(t, 7) for t in ("还没发货吗", "還沒發貨嗎", " 还没发货吗 ")}) == 1
    longer = _write(tmp_path / "longer", {**EXAMPLES, "in_sale/bill": ["开票", *EXAMPLES["in_sale/bill"]]})
    parts = [own_examples(trial._without(read_library([f]), 0, 3)) for f in (folder, longer)]
    assert [m for m in parts[1] if m.text != "开票"] == parts[0]


# --- what is shown --------------------------------------------------------------------------------------------------


def _report() -> Report:
    theirs = [Answer(("price",), 0.5, True)] * len(ANSWERS)
    rival = Rival("other", figures(MESSAGES, theirs), *compare(MESSAGES, ANSWERS, theirs))
    return Report(["lib"], "file.jsonl", evaluate(MESSAGES, ANSWERS, STAGES), ["top1 0.4 < 0.7"], rival)


def _plain(report: Report, width: int | None) -> list[str]:
    return ["".join(text for text, _ in line.parts) for line in report_lines(report, width=width)]


def test_view_holds_everything_and_fits() -> None:
    lines = _plain(_report(), 80)
    assert all(cells(line) <= 80 for line in lines)
    text = "\n".join(lines)
    for part in ("top1", "0.400", "0.9–1.0", "price objections", "(out of scope)", "only other answers", "0.4 < 0.7"):
        assert part in text


def test_columns_stand_below_each_other_whatever_the_script() -> None:
    """The last column starts at the same cell; a text that does not fit is cut to an exact number of cells."""
    messages = [Labelled(text, ("ship",)) for text in ("太贵了", "too dear for me", "这个价格我真的是接受不了的啊" * 9)]
    found = evaluate(
        messages, [Answer((got,), 0.9, True) for got in ("price", "bill", "x")], {**STAGES, "x": "in_sale"}
    )
    lines = _plain(Report(["lib"], "f", found), 80)
    head = next(i for i, line in enumerate(lines) if line.startswith("missed"))
    starts = {
        line.index(text[:4])
        for line in lines[head:]
        for text in ("such as", "太贵了", "too dear", "这个价格")
        if text[:4] in line
    }
    assert len(starts) == 1
    long = next(line for line in lines[head:] if "这个" in line)
    assert long.endswith("…")
    assert cells(long) in (79, 80)
    assert any(messages[2].text in line for line in _plain(Report(["lib"], "f", found), None))


def test_customers_cannot_write_escapes_or_lines() -> None:
    nasty = [Labelled("[bold]:smile: \x1b[31m[/b]\nzwei", ("ship",))]
    found = evaluate(nasty, [Answer(("price",), 0.9, True)], STAGES)
    for width in (80, None):
        line = next(line for line in _plain(Report(["lib"], "f", found), width) if "smile" in line)
        assert line.endswith("[bold]:smile: [/b] zwei")


def test_object() -> None:
    found = json.loads(json.dumps(report_object(_report())))
    assert list(found) == [
        "version",
        "library",
        "source",
        "figures",
        "scenarios",
        "confusions",
        "reliability",
        "calibration_error",
        "stages",
        "unknown",
        "below",
        "against",
    ]
    assert found["against"]["lost"] == [
        {
            "text": "b",
            "labels": ["price"],
            "got": {"scenario": "ship", "score": 0.55, "confident": True},
            "against": {"scenario": "price", "score": 0.5, "confident": True},
        }
    ]


# --- the command ----------------------------------------------------------------------------------------------------

FILE = '{"text": "这个好贵", "labels": ["price"]}\n{"text": "发票能开吗", "labels": ["bill"]}\n'


def test_file_on_stdin(run: Run, folder: Path) -> None:
    done = run("eval", "-", "--json", "--library", str(folder), stdin=FILE.encode())
    assert (done.returncode, done.stderr) == (0, b"")
    found = json.loads(done.stdout)
    assert found["figures"]["labelled"] == 2
    assert found["figures"]["top1"] == 1
    assert found["library"] == [str(folder)]


def test_reads_only_the_library_it_is_given(run: Run, folder: Path) -> None:
    """CS_HELPER_LIBRARY and the bundled library stay out: their scenarios could not be told apart."""
    env = {"CS_HELPER_LIBRARY": str(folder.parent / "nowhere")}
    done = run("eval", "-", "--json", "-L", str(folder), stdin=FILE.encode(), env=env)
    assert done.returncode == 0
    assert json.loads(done.stdout)["unknown"] == []


def test_folds_without_a_file(run: Run, folder: Path) -> None:
    first, second = (run("eval", "--json", "--folds", "3", "-L", str(folder)) for _ in range(2))
    assert first.returncode == 0
    assert first.stdout == second.stdout
    assert json.loads(first.stdout)["figures"]["labelled"] == 24


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--min", "top1=0.5"], 0),
        (["--min", "top1=1"], 0),
        (["--min", "labelled=3"], 1),
        (["--min", "top1=0.5", "--min", "labelled=3"], 1),
        (["--min", "labelled=3", "--json"], 1),
        (["--min", "luck=0.5"], 2),
        (["--min", "top1=much"], 2),
    ],
)
def test_minimum(run: Run, folder: Path, options: list[str], code: int) -> None:
    done = run("eval", "-", "-L", str(folder), *options, stdin=FILE.encode())
    assert done.returncode == code
    assert bool(done.stdout) == (code < 2)
    assert done.stderr.count(b"\n") == (code == 2)


def test_against(run: Run, folder: Path, tmp_path: Path) -> None:
    """A library that never heard of invoices loses that message to ours."""
    other = _write(tmp_path / "other", {**EXAMPLES, "in_sale/bill": ["票票"]})
    file = tmp_path / "messages.jsonl"
    file.write_text(FILE, encoding="utf-8")
    done = run("eval", str(file), "-L", str(folder), "--against", str(other), "--json")
    found = json.loads(done.stdout)["against"]
    assert [c["text"] for c in found["won"]] == ["发票能开吗"]
    assert (found["lost"], found["figures"]["top1"]) == ([], 0.5)
    plain = run("eval", str(file), "-L", str(folder), "--against", str(other))
    assert b"\x1b" not in plain.stdout
    assert "发票能开吗" in plain.stdout.decode()


def test_against_its_own_examples(run: Run, folder: Path) -> None:
    done = run("eval", "--json", "--folds", "2", "-L", str(folder), "--against", str(folder))
    found = json.loads(done.stdout)
    assert found["against"]["figures"] == found["figures"]
    assert found["against"]["won"] == found["against"]["lost"] == []


@pytest.mark.parametrize(
    ("args", "stdin", "says"),
    [
        (["missing.jsonl"], b"", "missing.jsonl"),
        (["-"], b"{}", "<stdin>:1"),
        (["-"], b"", "no messages"),
        (["-", "--library", "nowhere"], FILE.encode(), "nowhere"),
        (["-", "--against", "nowhere"], FILE.encode(), "nowhere"),
        (["--folds", "1"], b"", "folds"),
    ],
)
def test_cannot_run(run: Run, folder: Path, args: list[str], stdin: bytes, says: str) -> None:
    library = [] if "--library" in args else ["-L", str(folder)]
    done = run("eval", *args, *library, stdin=stdin)
    assert (done.returncode, done.stdout) == (2, b"")
    assert says in done.stderr.decode()
    assert b"Traceback" not in done.stderr
