"""The benchmark: accuracy beside other matchers, robustness, speed and growth, as Markdown tables.

    python tests/bench/run.py [--quick] [--json FILE] [--plot FILE] [--only PART]... [--messages FILE] [--lines N]...

Needs the project installed with `pip install -e .[bench]`; what is not installed is left out and said so. It never
fails on a figure: `--quick` is for CI, which only wants to see that everything runs.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import accuracy
import growth
import speed
from measure import NotAvailable
from table import markdown

from cs_helper.answer import load_library
from cs_helper.library import read_library
from cs_helper.paths import bundled_library
from cs_helper.trial import own_examples, read_labelled

DATA = Path(__file__).parent.parent / "data"
PARTS = ("speed", "growth", "accuracy", "robustness")
Section = tuple[str, list[dict[str, Any]]]


def main() -> int:
    """Run the parts that are asked for, print their tables and write the figures."""
    options = _options()
    result: dict[str, Any] = {"version": 1, **_surroundings(options.quick)}
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    print(f"Python {result['python']}, {result['cores']} cores, load {load:.1f}" + (", short form" * options.quick))
    if load > 0.5:
        print("The machine is busy: trust the ratios more than the times.")
    with tempfile.TemporaryDirectory() as name:
        os.environ.update(speed.isolated(Path(name)))
        for title, rows in _sections(Path(name), options):
            print(f"\n### {title}\n\n{markdown(rows)}", flush=True)
            result[title] = rows
    if options.json:
        options.json.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a short form: fewer rounds, samples, levels")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures, to compare over time")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw the growth, e.g. .github/growth.png")
    parser.add_argument("--only", action="append", choices=PARTS, help="only this part (repeatable)")
    parser.add_argument("--messages", type=Path, default=DATA / "messages.jsonl", metavar="FILE", help="labelled ones")
    parser.add_argument("--lines", type=int, action="append", metavar="N", help="batch file lengths for memory")
    return parser.parse_args()


def _surroundings(quick: bool) -> dict[str, Any]:
    versions: dict[str, str | None] = {}
    for package in ("typer", "rapidfuzz", "rich", "scikit-learn"):
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            versions[package] = None
    return {
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "python": platform.python_version(),
        "system": platform.system(),
        "cores": os.cpu_count(),
        "quick": quick,
        "versions": versions,
    }


def _sections(folder: Path, options: argparse.Namespace) -> Iterator[Section]:
    parts = options.only or PARTS
    quick = options.quick
    library = read_library([bundled_library()])
    examples = [m.text for m in own_examples(library)]
    messages = read_labelled(options.messages.read_bytes(), str(options.messages)) if options.messages.exists() else []
    texts = [m.text for m in messages] or examples[::20]
    if "speed" in parts:
        yield "One process", speed.one_shot(folder, quick=quick) + speed.first_run(folder, quick=quick)
        yield "One message", speed.warm_message(texts)
        yield "Throughput", speed.throughput(folder, examples, quick=quick)
        yield "Memory of batch", speed.memory(folder, examples, options.lines or _lines(quick))
    if "growth" in parts:
        levels = (1, 3) if quick else (1, 2, 5, 10, 20, 30)
        try:
            rows = growth.growth(folder, library, texts, levels, rounds=3 if quick else 15)
        except NotAvailable as e:
            yield "Growth", [{"note": f"could not run: {e}"}]
        else:
            yield "Growth", rows
            if options.plot:
                _plot(rows, options.plot)
    if "accuracy" in parts:
        rows = accuracy.accuracy(library, messages, quick=quick) if messages else [{"note": "no messages there"}]
        yield f"Accuracy on {options.messages.name}, {len(messages)} messages", rows
    if "robustness" in parts:
        tables = sorted((DATA / "robustness").glob("*.jsonl"))
        yield "Robustness", accuracy.robustness(load_library(), tables) if tables else [{"note": "no tables there"}]


def _lines(quick: bool) -> Sequence[int]:
    return (2_000,) if quick else (10_000, 200_000)


def _plot(rows: list[dict[str, Any]], path: Path) -> None:
    try:
        growth.plot(rows, path)
    except ImportError:
        print("no plot: matplotlib is not installed", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
