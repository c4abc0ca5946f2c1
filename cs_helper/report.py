"""What `eval` found: as lines of a view, or as a structure for JSON. Nothing here prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from cs_helper.evaluate import OUT_OF_SCOPE, UNSURE, Change, Evaluation, is_right
from cs_helper.output import BAD, DIM, GOOD, HEAD, Line, cells
from cs_helper.text import clean
from cs_helper.trial import Answer

ROWS = 10  # rows of the worst scenarios and of the confusions
CHANGES = 20  # messages won, and lost, that a terminal shows
BAR = 20  # cells of a bar
GAP = 2  # cells between columns
LEAST = 12  # cells that a text is cut to at most, however narrow the terminal
TITLE = "bold cyan"
POOR = "magenta"
HEADLINES = {
    "top1": "right scenario first",
    "top3": "right one in top three",
    "mrr": "mean reciprocal rank",
    "macro_top1": "mean over scenarios",
    "coverage": "answered confidently",
    "precision": "right when confident",
    "false_answers": "sure where none fits",
}
FALLING = ("false_answers",)  # the lower the better

Cell = Sequence[tuple[str, str]]  # (text, style) side by side


@dataclass(frozen=True, slots=True)
class Rival:
    """Another library, asked the same messages."""

    library: str
    figures: Mapping[str, float]
    won: Sequence[Change]
    lost: Sequence[Change]


@dataclass(frozen=True, slots=True)
class Report:
    """An evaluation, what was evaluated on what, and the figures that are `below` their bounds."""

    library: Sequence[str]
    source: str
    found: Evaluation
    below: Sequence[str] = ()
    rival: Rival | None = None


# --- JSON -----------------------------------------------------------------------------------------------------------


def report_object(report: Report) -> dict[str, Any]:
    """What `--json` prints, version 1: keys are only ever added."""
    found = asdict(report.found)
    rival = report.rival
    return {
        "version": 1,
        "library": list(report.library),
        "source": report.source,
        "figures": found.pop("figures"),
        **found,
        "below": list(report.below),
        "against": rival
        and {
            "library": rival.library,
            "figures": dict(rival.figures),
            "won": [_change_object(c) for c in rival.won],
            "lost": [_change_object(c) for c in rival.lost],
        },
    }


def _change_object(change: Change) -> dict[str, Any]:
    def got(a: Answer) -> dict[str, Any]:
        return {"scenario": a.first, "score": a.score, "confident": a.confident}

    return {
        "text": change.message.text,
        "labels": list(change.message.labels),
        "got": got(change.ours),
        "against": got(change.theirs),
    }


# --- lines ----------------------------------------------------------------------------------------------------------


def report_lines(report: Report, *, width: int | None) -> list[Line]:
    """The view, customers' texts cut to fit into `width` cells and their lists shortened; None = everything."""
    found = report.found
    error = f"0.8 should mean right 4 times in 5 · calibration error {found.calibration_error:.3f}"
    n = found.figures
    lines = [
        _line((f"{' + '.join(report.library)} on {report.source}", HEAD)),
        _line((f"{n['labelled']:g} messages with a scenario, {n['unlabelled']:g} that none fits", DIM)),
        *_section("figures", "", _headlines(n, report.rival)),
        *_section("reliability", error, _reliability(found)),
        *_section("stages", "rows: what it was · columns: confident answers", _stages(found.stages)),
        *_section("worst scenarios", "most misses first", _scenarios(found)),
        *_section("costliest confusions", "a confident miss counts twice", _confusions(found, width)),
    ]
    if report.rival:
        other = report.rival.library
        for title, changes, only in (
            ("lost", report.rival.lost, other),
            ("won", report.rival.won, "this library"),
        ):
            note = f"{len(changes)} messages that only {only} answers rightly · ?: unsure"
            lines += _section(title, note, _changes(changes, width))
    if found.unknown:
        lines += [Line(), _line((f"labels that no scenario has: {', '.join(found.unknown)}", POOR))]
    return [*lines, *(_line((f"below the minimum: {b}", f"bold {BAD}")) for b in report.below)]


def _line(*parts: tuple[str, str]) -> Line:
    return Line([(_one_line(text), style) for text, style in parts], raw=True)


def _one_line(text: str) -> str:
    """A customer's text, or a file name, without what breaks a line or a terminal; spaces at the ends stay."""
    return clean(text).replace("\n", " ").replace("\t", " ")


def _section(title: str, note: str, lines: Sequence[Line]) -> list[Line]:
    return [Line(), _line((title, TITLE), (f"  {note}" if note else "", DIM)), *lines]


def _table(header: Sequence[str], align: str, rows: Sequence[Sequence[Cell]], width: int | None = None) -> list[Line]:
    """Rows in columns, `align` a letter for each: l or r; the last one is cut to what is left of `width`."""
    table: list[Sequence[Cell]] = [[[(name, DIM)] for name in header], *rows] if any(header) else list(rows)
    widths = [max(_size(row[i]) for row in table) for i in range(len(header))]
    if width:
        widths[-1] = min(widths[-1], max(LEAST, width - sum(widths[:-1]) - GAP * (len(widths) - 1)))
    return [_row(row, align, widths) for row in table]


def _row(row: Sequence[Cell], align: str, widths: Sequence[int]) -> Line:
    parts: list[tuple[str, str]] = []
    owed = 0  # spaces that the next part has to bring along
    for cell, side, width in zip(row, align, widths, strict=True):
        cut = [(_cut(text, width), style) for text, style in cell] if len(cell) == 1 else list(cell)
        space = width - _size(cut)
        parts.append((" " * (owed + (space if side == "r" else 0)), ""))
        parts += cut
        owed = GAP + (0 if side == "r" else space)
    return _line(*parts)


def _size(cell: Cell) -> int:
    return sum(cells(_one_line(text)) for text, _ in cell)


def _cut(text: str, width: int) -> str:
    """The text, its end replaced by … when it takes more than `width` cells."""
    text = _one_line(text)
    if cells(text) <= width:
        return text
    while cells(text) > width - 1:
        text = text[:-1]
    return text + "…"


def _bar(share: float, style: str, *, marker: float | None = None, size: int = BAR) -> Cell:
    """A bar of a share from 0 to 1, closed by a thin line at 1; `marker` sets a tick where it should end."""
    full, rest = divmod(round(share * size * 8), 8)
    bar = ("█" * full + ("▏▎▍▌▋▊▉"[rest - 1] if rest else "")).ljust(size)
    end = ("▏", DIM)
    if marker is None:
        return [(bar, style), end]
    at = min(int(marker * size), size - 1)
    return [(bar[:at], style), ("┃", HEAD), (bar[at + 1 :], style), end]


def _headlines(figures: Mapping[str, float], rival: Rival | None) -> list[Line]:
    rows: list[list[Cell]] = []
    for key, meaning in HEADLINES.items():
        value = figures[key]
        bar = _bar(value, POOR if key in FALLING else GOOD, size=16 if rival else BAR)
        rows.append([[(meaning, "")], [(key, DIM)], [(f"{value:.3f}", HEAD)], bar])
        if rival:
            change = value - rival.figures[key]
            better = change < 0 if key in FALLING else change > 0
            style = DIM if abs(change) < 0.0005 else GOOD if better else BAD
            rows[-1] += [[(f"{rival.figures[key]:.3f}", "")], [(f"{change:+.3f}", style)]]
    return _table(("", "", "", "", "there", "change"), "llrlrr", rows) if rival else _table(("",) * 4, "llrl", rows)


def _reliability(found: Evaluation) -> list[Line]:
    rows: list[list[Cell]] = []
    for b in found.reliability:
        bar = _bar(b.accuracy, GOOD if abs(b.score - b.accuracy) < 0.1 else POOR, marker=b.score)
        span = f"{b.low:.1f}–{b.high:.1f}"
        rows.append(
            [[(span, "")], [(str(b.messages), "")], [(f"{b.score:.2f}", "")], [(f"{b.accuracy:.2f}", HEAD)], bar]
        )
    return _table(("score", "messages", "mean score", "right", "┃ mean score"), "lrrrl", rows)


def _stages(stages: Mapping[str, Mapping[str, int]]) -> list[Line]:
    rows: list[list[Cell]] = []
    for row, counts in stages.items():
        total = sum(counts.values())
        right = UNSURE if row == OUT_OF_SCOPE else row
        rows.append([[(row.replace("_", " "), "")]])
        for column, count in counts.items():
            heavy = f"bold {BAD}" if count * 20 >= total else BAD  # one in twenty
            wrong = column not in (right, UNSURE)
            style = DIM if not count else f"bold {GOOD}" if column == right else heavy if wrong else ""
            rows[-1].append([(str(count) if count else "·", style)])
    columns = next(iter(stages.values()))
    names = [c.removeprefix("price_").replace("_", " ") for c in columns]
    return _table(("", *names), "l" + "r" * len(names), rows)


def _scenarios(found: Evaluation) -> list[Line]:
    rows: list[list[Cell]] = []
    for s in [s for s in found.scenarios if s.top1 < 1][:ROWS]:
        bar = _bar(s.top1, GOOD if s.top1 >= 0.5 else POOR)
        top1, top3 = [(f"{s.top1:.2f}", HEAD)], [(f"{s.top3:.2f}", "")]
        rows.append([[(s.scenario, "")], [(str(s.messages), "")], top1, bar, top3, [(str(s.taken or "·"), "")]])
    return _table(("scenario", "messages", "top1", "", "top3", "took others"), "lrrlrr", rows)


def _confusions(found: Evaluation, width: int | None) -> list[Line]:
    rows: list[list[Cell]] = []
    for c in found.confusions[:ROWS]:
        sure = (str(c.confident or "·"), f"bold {BAD}" if c.confident else DIM)
        was, got = c.want or "(out of scope)", c.got or "(nothing)"
        rows.append([[(str(c.count), "")], [sure], [(was, "")], [(got, "")], [(c.example, DIM)]])
    return _table(("missed", "sure", "was", "went to", "such as"), "rrlll", rows, width)


def _changes(changes: Sequence[Change], width: int | None) -> list[Line]:
    """Two lines for each message: what was said, what either library answered, the right one in green."""
    most = CHANGES if width else None
    lines = []
    for c in changes[:most]:
        parts = []
        for where, answer in (("here", c.ours), ("there", c.theirs)):
            got = f"{answer.first or 'nothing'} {answer.score:.2f}{'' if answer.confident else '?'}"
            parts += [(f"  {where} ", DIM), (got, GOOD if is_right(c.message, answer) else BAD)]
        lines += [_line((_cut(c.message.text, width) if width else c.message.text, "")), _line(*parts)]
    if most and len(changes) > most:
        lines.append(_line((f"… {len(changes) - most} more (on a pipe and with --json: all)", DIM)))
    return lines
