"""How long a process takes beside its floor of imports, what it weighs, and how many messages a second go through."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from measure import CS_HELPER, Command, NotAvailable, family_peak_mib, paired

from cs_helper.answer import load_library
from cs_helper.match import match

MESSAGE = "太贵了".encode()


def isolated(folder: Path, name: str = "home") -> dict[str, str]:
    """Environment of a user of our own, with empty configuration and cache."""
    return {"XDG_CACHE_HOME": str(folder / name / "cache"), "XDG_CONFIG_HOME": str(folder / name / "config")}


def one_shot(folder: Path, *, quick: bool) -> list[dict[str, Any]]:
    """One process for one message, and `--help`, beside nothing but the imports they rest on."""
    warm = isolated(folder)
    rounds = 5 if quick else 31
    pairs = [
        ("echo 太贵了 | cs-helper", Command(CS_HELPER, MESSAGE, warm), "import typer, rapidfuzz", 1.25, 1.4),
        ("cs-helper --help", Command((*CS_HELPER, "--help"), b"", warm), "import typer, rich.console", 1.2, None),
    ]
    rows = []
    for name, command, imports, time_target, memory_target in pairs:
        floor = Command((sys.executable, "-c", imports))
        try:
            command.run()  # builds the index once
            seconds = paired({"ours": command, "floor": floor}, rounds)
            rows.append(_ratio_row(f"{name} (ms)", *(1000 * s for s in seconds.values()), imports, time_target))
            if memory_target:
                ours, base = (median(c.peak_mib() for _ in range(3)) for c in (command, floor))
                rows.append(_ratio_row(f"{name} (peak MiB)", ours, base, imports, memory_target))
        except NotAvailable as e:
            rows.append({"what": name, "target": f"could not run: {e}"})
    return rows


def _ratio_row(what: str, ours: float, floor: float, imports: str, target: float) -> dict[str, Any]:
    ratio = ours / floor
    row = {"what": what, "median": ours, "beside": f'python -c "{imports}"', "its median": floor, "ratio": ratio}
    return {**row, "target": f"≤ {target} {_mark(ratio <= target)}"}


def _mark(met: bool) -> str:
    return "met" if met else "missed"


EDITED = """extends: true
messages: [{message}]
replies: [{{id: edited, text: "好的亲,价格这就帮您问问店长,{number}分钟后回您。"}}]
"""


def first_run(folder: Path, *, quick: bool) -> list[dict[str, Any]]:
    """An answer for which the index must be built: nothing learnt yet, no cache, an edited library."""
    rounds = 1 if quick else 5
    (folder / "file").write_text("a cache folder cannot stand below a file", encoding="utf-8")
    fresh = [Command(CS_HELPER, MESSAGE, isolated(folder, f"fresh{i}")) for i in range(rounds)]
    never = [Command(CS_HELPER, MESSAGE, isolated(folder, "file"))] * rounds
    shop = folder / "shop" / "price_objections" / "bargain.yaml"
    shop.parent.mkdir(parents=True)
    edited = Command((*CS_HELPER, "--library", str(folder / "shop")), MESSAGE, isolated(folder, "edited"))

    def after(message: str, number: int) -> float:
        shop.write_text(EDITED.format(message=message, number=number), encoding="utf-8")
        return edited.seconds()

    rows = []
    for what, measure in (
        ("first run, index built (s)", lambda: [c.seconds() for c in fresh]),
        ("no writable cache (s)", lambda: [c.seconds() for c in never]),
        ("a message edited (s)", lambda: [after(f"便宜{i}毛钱呗", i) for i in range(rounds)]),
        ("a reply edited (s)", lambda: [after(f"便宜{rounds - 1}毛钱呗", rounds + i) for i in range(rounds)]),
    ):
        try:
            seconds = median(measure())
            rows.append({"what": what, "median": seconds, "target": f"≤ 1.5 {_mark(seconds <= 1.5)}"})
        except NotAvailable as e:
            rows.append({"what": what, "target": f"could not run: {e}"})
    return rows


def warm_message(messages: Sequence[str]) -> list[dict[str, Any]]:
    """A message in a process that runs already, matched with its clauses."""
    index = load_library()
    times = _each(lambda text: match(text, index), messages)
    middle, slow = median(times), quantiles(times, n=20)[-1]
    rows = [{"what": "one message, warm (ms)", "median": middle, "target": f"≤ 0.4 {_mark(middle <= 0.4)}"}]
    return [*rows, {"what": "one message, warm, 95th percentile (ms)", "median": slow}]


def _each(call: Callable[[str], object], texts: Sequence[str]) -> list[float]:
    """Milliseconds of each call, after a first pass over a part of them."""
    for text in texts[:200]:
        call(text)
    times = []
    for text in texts:
        start = time.perf_counter()
        call(text)
        times.append(1000 * (time.perf_counter() - start))
    return times


def throughput(folder: Path, examples: Sequence[str], *, quick: bool) -> list[dict[str, Any]]:
    """Messages a second of `batch` beside a loop of rapidfuzz over the library's own examples."""
    from rapidfuzz import fuzz, process

    sample = examples[:: max(1, len(examples) // (20 if quick else 200))]
    start = time.perf_counter()
    for text in sample:
        process.extract(text, examples, scorer=fuzz.WRatio)
    loop = len(sample) / (time.perf_counter() - start)
    rows: list[dict[str, Any]] = [{"what": "rapidfuzz WRatio loop", "messages/s": loop}]
    asked = examples[::10] if quick else examples
    source = _write_lines(folder / "batch.jsonl", asked, len(asked))
    for what, options, goal in (
        ("batch, full output", (), 40 * loop),
        ("batch --no-reply", ("--no-reply",), 8000.0),
    ):
        command = Command((*CS_HELPER, "batch", str(source), *options), b"", isolated(folder))
        try:
            rate = len(asked) / median(command.seconds() for _ in range(1 if quick else 3))
            target = f"≥ {goal:,.0f} {_mark(rate >= goal)}"
            rows.append({"what": what, "messages/s": rate, "× the loop": rate / loop, "target": target})
        except NotAvailable as e:
            rows.append({"what": what, "target": f"could not run: {e}"})
    return rows


def memory(folder: Path, examples: Sequence[str], sizes: Sequence[int]) -> list[dict[str, Any]]:
    """Peak memory of `batch` with all its processes, for files of growing length."""
    rows: list[dict[str, Any]] = []
    for size in sizes:
        source = _write_lines(folder / "long.jsonl", examples, size)
        command = Command((*CS_HELPER, "batch", str(source), "--no-reply"), b"", isolated(folder))
        what = f"batch --no-reply, {size:,} lines"
        try:
            seconds, peak = family_peak_mib(command)
            target = f"≤ 200 MiB {_mark(peak <= 200)}"
            rows.append({"what": what, "peak MiB": peak, "messages/s": size / seconds, "target": target})
        except NotAvailable as e:
            rows.append({"what": what, "target": f"could not run: {e}"})
        source.unlink()
    return rows


def _write_lines(path: Path, texts: Sequence[str], count: int) -> Path:
    with open(path, "w", encoding="utf-8") as f:
        for i in range(count):
            f.write(json.dumps({"text": texts[i % len(texts)]}, ensure_ascii=False) + "\n")
    return path
