"""`cs-helper batch`: a file of messages in, one JSON line each out, in order, on all cores."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, nullcontext
from dataclasses import dataclass
from functools import partial
from io import BufferedReader
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple, cast

from cs_helper.cache import load_index
from cs_helper.errors import CsHelperError
from cs_helper.index import Index
from cs_helper.match import match
from cs_helper.model import LANGS, STATES
from cs_helper.paths import config_dir, library_layers
from cs_helper.profile import Values, parse_settings, read_profile
from cs_helper.progress import Counts, Report
from cs_helper.stream import (
    FORMATS,
    Row,
    guess_format,
    open_output,
    open_source,
    parse_row,
    read_rows,
    refuse_same_file,
    size_of,
    to_json_line,
)
from cs_helper.suggest import Wish, answer
from cs_helper.text import read_message

OUR_KEYS = ("matches", "confident", "reply", "error")
CHUNK = 128  # rows that are handed to a process at once …
CHUNK_BYTES = 1 << 18  # … or fewer, when they are this long
SMALL = 4  # chunks below which starting processes costs more than it saves


@dataclass(frozen=True, slots=True)
class Job:
    """What is done to every row."""

    input_format: str
    column: str
    wish: Wish
    top: int
    with_reply: bool


class Done(NamedTuple):
    """The answered rows of a chunk as JSON Lines, and the input's keys that ours took the place of."""

    lines: bytes
    counts: Counts
    overwritten: tuple[str, ...]


def run(
    source: str,
    *,
    output: Path | None,
    input_format: str | None,
    column: str,
    with_reply: bool,
    top: int,
    settings: Sequence[str],
    state: str | None,
    lang: str | None,
    jobs: int | None,
    library: Sequence[str],
) -> int:
    """Answer every row of a file, or of stdin when `source` is "-"; returns 0 when it ran to the end."""
    _check_choice("input format", input_format, FORMATS)
    _check_choice("order state", state, STATES)
    _check_choice("language", lang, ("auto", *LANGS))
    if output == Path("-"):
        output = None
    with ExitStack() as stack:
        file = _stdin() if source == "-" else stack.enter_context(open_source(source))
        refuse_same_file(file, output)
        layers = [path for path, _ in library_layers(library)]
        index = load_index(layers)
        wish = _read_wish(index, settings, state, lang)
        input_format, rows = read_rows(file, input_format or guess_format(source), column)
        job = Job(input_format, "text" if input_format == "lines" else column, wish, top, with_reply)
        write = stack.enter_context(open_output(output) if output else _stdout())
        report = stack.enter_context(Report(total=size_of(file), bar=output is not None or not sys.stdout.isatty()))
        for problem in index.problems:
            report.note(problem)
        counts = Counts()
        warned = False
        for done in stack.enter_context(closing(_answers(rows, job, index, layers, jobs or _cores()))):
            write(done.lines)
            counts = counts.plus(done.counts)
            if done.overwritten and not warned:
                report.note(f"keys of the input that are overwritten: {', '.join(done.overwritten)}")
                warned = True
            report.advance(file.tell() if size_of(file) else 0, counts)
    report.finish(counts)
    return 0


def _check_choice(what: str, given: str | None, known: Sequence[str]) -> None:
    if given is not None and given not in known:
        raise CsHelperError(f"unknown {what} {given!r}; known: {', '.join(known)}")


def _stdin() -> BufferedReader:
    if sys.stdin is None:
        raise CsHelperError("stdin is closed")
    return cast(BufferedReader, sys.stdin.buffer)


def _stdout() -> AbstractContextManager[Callable[[bytes], None]]:
    def write(data: bytes) -> None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()

    return nullcontext(write)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _read_wish(index: Index, settings: Sequence[str], state: str | None, lang: str | None) -> Wish:
    folder = config_dir()
    profile = read_profile(folder / "config.toml" if folder else None, index.placeholders)
    values = Values([("set", parse_settings(settings, index.placeholders)), ("profile", profile.values)])
    return Wish(values, state, lang or profile.lang, profile.tone, profile.bargaining, replies=1)


# --- chunks ---------------------------------------------------------------------------------------------------------


def _answers(rows: Iterator[Row], job: Job, index: Index, layers: list[Path], jobs: int) -> Generator[Done, None, None]:
    """The answered chunks in order, worked off here when there is little to do."""
    chunks = _cut(rows)
    first = list(islice(chunks, SMALL)) if jobs > 1 else []
    chunks = chain(first, chunks)
    if len(first) < SMALL:
        yield from map(_opened(job, index), chunks)
        return
    from cs_helper import workers

    open_work = partial(_opened, job, index) if workers.FORKS else partial(_load, job, layers)
    with closing(workers.map_in_order(open_work, chunks, jobs)) as results:
        yield from results


def _cut(rows: Iterator[Row]) -> Iterator[list[Row]]:
    chunk: list[Row] = []
    size = 0
    for row in rows:
        chunk.append(row)
        size += len(row.data) if isinstance(row.data, bytes) else sum(map(len, row.data.values()))
        if len(chunk) == CHUNK or size >= CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _opened(job: Job, index: Index) -> Callable[[list[Row]], Done]:
    return partial(_answer_chunk, job=job, index=index, stages={})


def _load(job: Job, layers: list[Path]) -> Callable[[list[Row]], Done]:
    return _opened(job, load_index(layers))


def _answer_chunk(rows: list[Row], *, job: Job, index: Index, stages: dict[str, str]) -> Done:
    """`stages` remembers the stages of the scenarios met so far."""
    lines, confident, errors = [], 0, 0
    overwritten: dict[str, None] = {}
    for row in rows:
        fields, error = parse_row(row, job.input_format, job.column)
        text = fields.get(job.column)
        for key in OUR_KEYS:
            if key in fields:
                del fields[key]
                overwritten[key] = None
        answered: dict[str, Any]
        try:
            answered = {"error": error} if error else _answer(text, job, index, stages)
        except CsHelperError as e:
            answered = {"error": str(e)}
        except Exception as e:  # one odd message must not end a night's run
            answered = {"error": f"{type(e).__name__}: {e}"}
        if "error" in answered:
            errors += 1
            answered["line"] = row.line
        confident += answered.get("confident", False)
        lines.append(to_json_line({**fields, **answered}))
    return Done(b"".join(lines), Counts(len(rows), confident, errors), tuple(overwritten))


def _answer(text: Any, job: Job, index: Index, stages: dict[str, str]) -> dict[str, Any]:
    message = read_message(text)
    matches, confident = match(message, index, job.wish.state, top=job.top)
    for m in matches:
        if m.scenario not in stages:
            stages[m.scenario] = index.scenario(m.scenario).stage
    answered: dict[str, Any] = {
        "matches": [{"scenario": m.scenario, "stage": stages[m.scenario], "score": m.score} for m in matches],
        "confident": confident,
    }
    if job.with_reply:
        replies = answer(message, index, job.wish, top=1).matches[0].replies if confident else ()
        answered["reply"] = replies[0].text if replies else None
    return answered
