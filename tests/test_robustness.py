"""How many of the messages nobody learnt from are understood, table by table, with a floor under each.

A figure is the share of messages whose first scenario is an accepted one (for a message that fits none: that the
matcher is not confident); for several wishes the share of them within the first three. `pytest -s` shows the figures.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from cs_helper.evaluate import is_right
from cs_helper.index import Index
from cs_helper.match import match
from cs_helper.model import STATES
from cs_helper.text import normalise, read_message
from cs_helper.trial import Labelled, ask, read_labelled

DATA = Path(__file__).parent / "data"
# three points below what each table gave when it was last looked at
FLOORS = {
    "emoji_noise": 0.89,
    "long_paste": 0.63,
    "look_alikes": 0.55,
    "messages": 0.86,
    "mixed_language": 0.93,
    "negation_direction": 0.81,
    "not_knowing": 0.90,
    "order_state": 0.79,
    "pinyin": 0.88,
    "script_width": 0.90,
    "several_wishes": 0.91,
    "synonyms": 0.80,
    "typos_homophones": 0.91,
}
FILES = {path.stem: path for path in (*sorted((DATA / "robustness").glob("*.jsonl")), DATA / "messages.jsonl")}


def read(table: str) -> list[Labelled]:
    path = FILES[table]
    return read_labelled(path.read_bytes(), path.name)


def test_every_table_has_a_floor() -> None:
    assert sorted(FILES) == sorted(FLOORS)


@pytest.mark.parametrize("table", FILES)
def test_a_table_is_sound(table: str, library: Index) -> None:
    messages = read(table)
    assert len(messages) >= 15
    assert {label for m in messages for label in m.labels} <= set(library.ids)
    texts = [m.text for m in messages]
    assert len(set(texts)) == len(texts)
    for m in messages:
        assert read_message(m.text)
        assert m.state in (None, *STATES)
        assert len(set(m.labels)) == len(m.labels)
    if table == "not_knowing":
        assert not any(m.labels for m in messages)
    elif table != "messages":
        assert all(m.labels for m in messages)
    assert all(m.state for m in messages) is (table == "order_state")
    if table == "several_wishes":
        assert max(len(m.labels) for m in messages) <= 3  # more could not be among the first three


@pytest.mark.parametrize("table", [t for t in FILES if t not in ("messages", "not_knowing")])  # 嗯 is just 嗯
def test_no_message_of_a_table_was_learnt(table: str, library: Index) -> None:
    learnt = {text for sid in library.ids for text in library.examples(sid)}
    assert [m.text for m in read(table) if normalise(m.text) in learnt] == []


@pytest.mark.parametrize("table", FILES)
def test_the_share_that_passes_stays_above_its_floor(table: str, library: Index) -> None:
    messages = read(table)
    if table == "several_wishes":
        found = [[m.scenario for m in match(message.text, library)[0][:3]] for message in messages]
        passed = [len({*m.labels} & {*ids}) / len(m.labels) for m, ids in zip(messages, found, strict=True)]
    else:
        passed = [float(is_right(m, a)) for m, a in zip(messages, ask(messages, library), strict=True)]
    share = sum(passed) / len(passed)
    print(f"\n{table:20} {len(messages):4} messages  {share:.3f} pass  (floor {FLOORS[table]:.2f})")
    missed = [m.text for m, p in zip(messages, passed, strict=True) if p < 1]
    assert share >= FLOORS[table], missed
