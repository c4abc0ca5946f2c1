"""What a message and a start cost when the library has up to thirty times the examples."""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from measure import CS_HELPER, Command, paired
from speed import MESSAGE, isolated

from cs_helper.cache import load_index
from cs_helper.match import match
from cs_helper.model import Library
from cs_helper.paths import bundled_library

TARGETS = {"message": 2.5, "start": 2.0}  # × at ten times the examples
OPENINGS = ("", "", "", "亲 ", "你好 ", "老板 ", "请问", "那个 ")
ENDINGS = ("", "", "", "呀", "哦", "呢", " 急", " 谢谢", "...")


def growth(
    folder: Path, library: Library, messages: Sequence[str], levels: Sequence[int], *, rounds: int
) -> list[dict[str, Any]]:
    """A row for each level: examples, build, start of a process and a message, each beside the library as it is."""
    layers = {n: [bundled_library(), *([_write_layer(folder / f"x{n}", library, n)] if n > 1 else [])] for n in levels}
    rows = {n: {"examples": f"× {n}"} | _build(folder, layers[n]) for n in levels}
    starts = paired({str(n): _start(folder, layers[n]) for n in levels}, rounds)
    times = _message_times(folder, layers, messages)
    for n in levels:
        start, message = 1000 * starts[str(n)], times[n]
        rows[n] |= {"start ms": start, "start ×": start / (1000 * starts[str(levels[0])])}
        rows[n] |= {"message ms": message, "message ×": message / times[levels[0]]}
        if n == 10:
            met = rows[n]["start ×"] <= TARGETS["start"] and rows[n]["message ×"] <= TARGETS["message"]
            goal = f"start ≤ {TARGETS['start']:g} ×, message ≤ {TARGETS['message']:g} ×"
            rows[n]["target"] = f"{goal} {'met' if met else 'missed'}"
    return list(rows.values())


def _start(folder: Path, layers: Sequence[Path]) -> Command:
    """A one-shot answer from these library folders, the bundled one and maybe one over it."""
    upper = {"CS_HELPER_LIBRARY": str(layers[1])} if len(layers) > 1 else {}
    return Command(CS_HELPER, MESSAGE, isolated(folder, "growth") | upper)


def _build(folder: Path, layers: Sequence[Path]) -> dict[str, Any]:
    """Build the index in a process of its own, as a first answer does; leaves it in the cache."""
    command = _start(folder, layers)
    seconds = command.seconds()
    newest = max(Path(command.env["XDG_CACHE_HOME"]).rglob("*.index"), key=lambda p: p.stat().st_mtime)
    return {"first run s": seconds, "index MiB": newest.stat().st_size / (1 << 20)}


def _message_times(folder: Path, layers: dict[int, list[Path]], messages: Sequence[str]) -> dict[int, float]:
    """Median milliseconds of matching a message it has not seen, for each level; other messages came before."""
    import os

    os.environ.update(isolated(folder, "growth"))
    half = len(messages) // 2
    times: dict[int, list[float]] = {n: [] for n in layers}
    indexes = {n: load_index(paths) for n, paths in layers.items()}
    for index in indexes.values():
        for text in messages[:half]:
            match(text, index)
    for text in messages[half:]:
        for n, index in indexes.items():
            start = time.perf_counter()
            match(text, index)
            times[n].append(1000 * (time.perf_counter() - start))
    return {n: median(t) for n, t in times.items()}


def _write_layer(folder: Path, library: Library, times: int) -> Path:
    """A library folder that adds variants of the examples until there are `times` as many, none of them twice."""
    rng = random.Random(times)
    for s in library.scenarios.values():
        if s.by_agent or not s.messages:
            continue
        known = set(s.messages)
        while len(known) < times * len(s.messages):
            known.add(_variant(*rng.choices(s.messages, k=2), rng))
        added = "".join(f"  - {json.dumps(m, ensure_ascii=False)}\n" for m in sorted(known - set(s.messages)))
        path = folder / s.stage / f"{s.id}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"extends: true\nmessages:\n{added}", encoding="utf-8")
    return folder


def _variant(a: str, b: str, rng: random.Random) -> str:
    """A made-up message of the usual length: the beginning of one, the end of another, sometimes a slip of a finger."""
    text = a[: rng.randint(len(a) // 3, len(a))] + b[rng.randint(len(b) // 3, len(b)) :]
    if rng.random() < 0.3:
        at = rng.randrange(len(text) + 1)
        text = text[:at] + rng.choice(a) + text[at + 1 :]
    return (rng.choice(OPENINGS) + text.strip() + rng.choice(ENDINGS)).strip() or a


def plot(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Draw the curve.

    Raises:
        ImportError: matplotlib is not installed.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    factors = [int(row["examples"].split()[1]) for row in rows]
    figure, axes = pyplot.subplots(figsize=(7, 3.6), dpi=110)
    for key, label, target in (("message ×", "a message, warm", 2.5), ("start ×", "a start, warm cache", 2.0)):
        (line,) = axes.plot(factors, [row[key] for row in rows], marker="o", label=label)
        axes.plot([10], [target], marker="_", markersize=18, color=line.get_color(), linestyle="none")
    axes.set(xlabel="examples, × the bundled library", ylabel="cost, × the bundled library", ylim=(0, None))
    axes.set_title("dashes: targets at ten times the examples", fontsize=9)
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)
    print(f"plot written to {path}", file=sys.stderr)
