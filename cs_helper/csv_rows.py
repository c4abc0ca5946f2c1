"""CSV records out of lines: quoted cells may span lines, and a quote that never closes costs one line, not the file."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from cs_helper.errors import CsHelperError
from cs_helper.lines import MAX_LINE, TOO_LONG, Line
from cs_helper.text import clean

DELIMITERS = ",\t;"

Record = tuple[int, dict[str, str], str]  # number of its first line, cells by column, what is wrong with it


class _Unusable(Exception):
    """The record that is being read has to be given up."""


class _Feed:
    """Lines for the csv reader; `taken` holds those of the record that is being read."""

    def __init__(self, lines: Iterator[Line]) -> None:
        self._lines = lines
        self._again: list[Line] = []  # to be read once more, last one first
        self._size = 0
        self.taken: list[Line] = []
        self.at_end = False

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        line = self._again.pop() if self._again else next(self._lines, None)
        if line is None:
            self.at_end = True
            raise StopIteration
        self.taken.append(line)
        text = line[1]
        if text is None:
            raise _Unusable(TOO_LONG)
        self._size += len(text)
        if self._size > MAX_LINE:
            raise _Unusable("a quoted cell does not end")
        return text

    def start_record(self) -> None:
        """Forget the lines of the record before."""
        self.taken, self._size = [], 0

    def give_up_line(self) -> None:
        """Give all lines of the record but the first another chance, as records of their own."""
        self._again += reversed(self.taken[1:])
        self.at_end = False

    def peek(self) -> str:
        """The first line."""
        for number, text in self._lines:
            if text is None or text.strip():
                self._again.append((number, text))
                return text or ""
        return ""


def read_csv(lines: Iterator[Line], column: str) -> Iterator[Record]:
    """The records below the header row, which must name the column; other delimiters than the comma are noticed by it.

    Raises:
        CsHelperError: no header, or none with the column.
    """
    feed = _Feed(lines)
    first = feed.peek()
    headers = {d: _names(next(csv.reader([first], delimiter=d), [])) for d in DELIMITERS}
    delimiter = max(DELIMITERS, key=lambda d: (column in headers[d], len(headers[d])))
    records = _records(feed, delimiter)
    _, header = next(records, (0, []))
    if isinstance(header, str):
        raise CsHelperError(f"the CSV header: {header}")
    names = _names(header)
    if column not in names:
        known = ", ".join(clean(n) for n in names)[:200]
        raise CsHelperError(f"there is no column {column!r} in the CSV header" + (f" ({known})" if known else ""))
    return _rows(records, names)


def _names(header: list[str]) -> list[str]:
    return [name.strip() for name in header]


def _rows(records: Iterator[tuple[int, list[str] | str]], names: list[str]) -> Iterator[Record]:
    for number, cells in records:
        if isinstance(cells, str):
            yield (number, {}, cells)
        elif cells:
            surplus = any(cells[len(names) :])
            error = f"the row has {len(cells)} cells, the header {len(names)}" if surplus else ""
            yield (number, dict(zip(names, cells, strict=False)), error)


def _records(feed: _Feed, delimiter: str) -> Iterator[tuple[int, list[str] | str]]:
    """(number of the first line, cells, or in their place what is wrong) of every record."""
    reader = csv.reader(feed, delimiter=delimiter)
    while True:
        feed.start_record()
        try:
            cells: list[str] | str = next(reader)
            if feed.at_end:  # the reader hands out what it has when the file ends inside a quoted cell
                raise _Unusable("a quoted cell does not end")
        except StopIteration:
            return
        except (_Unusable, csv.Error) as e:
            cells = str(e) if isinstance(e, _Unusable) else "a quoted cell does not end"
            feed.give_up_line()
        number = feed.taken[0][0]
        yield number, cells
