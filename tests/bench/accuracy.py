"""Our matcher beside the usual ones, on the same library and messages; and how it bears noise."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rivals import Examples, Rank, bm25, logistic_regression, rapidfuzz_best_phrase

from cs_helper.build import build
from cs_helper.evaluate import figures, is_right
from cs_helper.index import Index
from cs_helper.match import match
from cs_helper.model import Library
from cs_helper.trial import Answer, Labelled, ask, own_examples, read_labelled

KEYS = ("top1", "top3", "mrr", "macro_top1")
SEVERAL = "several_wishes"  # the table whose messages have all their labels to be found


def accuracy(library: Library, messages: Sequence[Labelled], *, quick: bool) -> list[dict[str, Any]]:
    """A row for each matcher: how often it is right, what learning and a message cost; `quick` asks the slow ones less.

    Only ours says when it is sure; the others are asked for the ranking alone.
    """
    examples = [(m.text, m.labels[0]) for m in own_examples(library) if m.labels]
    rows = [_ours(library, messages)]
    makers: list[tuple[str, Callable[[Examples], Rank], int]] = [
        ("rapidfuzz WRatio, best phrase", rapidfuzz_best_phrase, 10 if quick else 1),
        ("BM25, best phrase", bm25, 1),
        ("char n-gram logistic regression", logistic_regression, 1),
    ]
    for name, make, step in makers:
        if quick and make is logistic_regression:
            rows.append({"matcher": name, "note": "left out in the short form"})
            continue
        try:
            rows.append(_theirs(name, make, examples, messages[::step]))
        except ImportError as e:
            rows.append({"matcher": name, "note": f"not installed: {e.name}"})
    return rows


def _ours(library: Library, messages: Sequence[Labelled]) -> dict[str, Any]:
    start = time.perf_counter()
    index = Index(build(library))
    built = time.perf_counter()
    for m in messages:
        match(m.text, index, m.state)
    done = time.perf_counter()
    found = figures(messages, ask(messages, index))
    shares = {key: found[key] for key in (*KEYS, "coverage", "precision", "false_answers")}
    return {"matcher": "cs-helper", **shares} | _times(start, built, done, len(messages))


def _theirs(
    name: str, make: Callable[[Examples], Rank], examples: Examples, messages: Sequence[Labelled]
) -> dict[str, Any]:
    start = time.perf_counter()
    rank = make(examples)
    built = time.perf_counter()
    answers = [Answer(tuple(rank(m.text)), 0.0, False) for m in messages]
    done = time.perf_counter()
    found = figures(messages, answers)
    return {"matcher": name, **{key: found[key] for key in KEYS}} | _times(start, built, done, len(messages))


def _times(start: float, built: float, done: float, messages: int) -> dict[str, float]:
    return {"learning s": built - start, "ms/message": 1000 * (done - built) / messages}


def robustness(index: Index, tables: Sequence[Path]) -> list[dict[str, Any]]:
    """A row for each table: its messages and the share that passes; of several wishes the share found in the top three."""
    rows = []
    for path in tables:
        messages = read_labelled(path.read_bytes(), str(path))
        answers = ask(messages, index)
        passed = [
            _recall(m, a) if path.stem == SEVERAL else float(is_right(m, a))
            for m, a in zip(messages, answers, strict=True)
        ]
        rows.append({"table": path.stem, "messages": len(passed), "passes": sum(passed) / len(passed)})
    return rows


def _recall(message: Labelled, answer: Answer) -> float:
    """The share of a message's wishes (three at most can be) among the first three scenarios."""
    wishes = set(message.labels)
    return len(wishes & set(answer.ranked[:3])) / min(len(wishes), 3)
