"""`cs-helper eval`: how accurate a library is, alone or against another one."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from cs_helper import output
from cs_helper.cache import load_index
from cs_helper.evaluate import below, compare, evaluate, figures, read_bounds
from cs_helper.library import read_library
from cs_helper.paths import bundled_library
from cs_helper.report import Report, Rival, report_lines, report_object
from cs_helper.trial import Answer, Labelled, ask, cross_check, own_examples, read_labelled

WIDEST = 100  # cells of a view, however wide the terminal


def run(
    messages: str | None,
    *,
    against: Path | None,
    minimum: Sequence[str],
    folds: int,
    as_json: bool,
    library: Sequence[str],
    color: bool,
) -> int:
    """Evaluate only the given library folders, laid over each other (the bundled one when none is given).

    Without `messages` the library's own examples are asked, each learnt anew without them.
    """
    bounds = read_bounds(minimum)
    layers = [Path(p) for p in library] or [bundled_library()]
    if messages is None:
        asked, source, rounds = own_examples(read_library(layers)), f"its own examples, {folds}-fold", folds
    else:
        asked, source, rounds = _read_messages(messages), messages, 0
    answers, stages = _ask(layers, asked, rounds)
    found = evaluate(asked, answers, stages)
    rival = None
    if against:
        theirs, _ = _ask([against], asked, rounds)
        rival = Rival(str(against), figures(asked, theirs), *compare(asked, answers, theirs))
    report = Report([str(p) for p in layers], source, found, below(found.figures, bounds), rival)
    if as_json:
        output.print_json(report_object(report))
    else:
        width = min(shutil.get_terminal_size().columns, WIDEST) if output.is_view() else None
        output.print_lines(report_lines(report, width=width), color=color)
    return 1 if report.below else 0


def _read_messages(source: str) -> list[Labelled]:
    if source == "-":
        return read_labelled(sys.stdin.buffer.read(), "<stdin>")
    return read_labelled(Path(source).read_bytes(), source)


def _ask(layers: list[Path], asked: list[Labelled], folds: int) -> tuple[list[Answer], dict[str, str]]:
    """The answers of a library (with `folds`, of one learnt anew without the messages), and its scenarios' stages."""
    if not folds:
        index = load_index(layers, before_build=output.note_building)
        output.note_problems(index.problems)
        return ask(asked, index), {sid: index.scenario(sid).stage for sid in index.all_ids()}
    library = read_library(layers)
    output.note_problems([str(p) for p in library.problems if p.level == "error"])
    progress = _progress if sys.stderr.isatty() else None
    return cross_check(library, asked, folds, progress=progress), {s.id: s.stage for s in library.scenarios.values()}


def _progress(done: int, folds: int) -> None:
    output.note(f"fold {done} of {folds}")
