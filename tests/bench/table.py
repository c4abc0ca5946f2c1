"""Results as Markdown tables, ready for the README."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.cells import cell_len

Row = Mapping[str, Any]


def markdown(rows: Sequence[Row]) -> str:
    """The rows as a table, columns in order of appearance, numbers short and to the right."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    numeric = [any(isinstance(row.get(c), int | float) for row in rows) for c in columns]
    cells = [columns, *([_cell(row.get(c)) for c in columns] for row in rows)]
    widths = [max(3, *(cell_len(line[i]) for line in cells)) for i in range(len(columns))]
    lines = [_line(line, widths, numeric) for line in cells]
    rule = "|".join("-" * (w + 1) + ":" if n else "-" * (w + 2) for w, n in zip(widths, numeric, strict=True))
    return "\n".join([lines[0], f"|{rule}|", *lines[1:]])


def _line(cells: Sequence[str], widths: Sequence[int], numeric: Sequence[bool]) -> str:
    padded = []
    for cell, width, number in zip(cells, widths, numeric, strict=True):
        space = " " * (width - cell_len(cell))
        padded.append(space + cell if number else cell + space)
    return "| " + " | ".join(padded) + " |"


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.0f}" if value >= 1000 else f"{value:.1f}" if value >= 100 else f"{value:.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value).replace("|", "\\|")
