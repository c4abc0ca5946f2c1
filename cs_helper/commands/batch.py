"""`cs-helper batch`: a file of messages in, one JSON line each out, in order, on all cores."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from io import BufferedReader
from itertools import chain, islice
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple, cast

from cs_helper.answer import Wish, first_reply
from cs_helper.cache import load_index
from cs_helper.commands import check_choice, decode_argument
from cs_helper.errors import CsHelperError
from cs_helper.index import Index
from cs_helper.match import match
from cs_helper.model import LANGS, STATES
from cs_helper.output import note, note_building, note_problems
from cs_helper.paths import config_file, library_layers
from cs_helper.profile import Values, parse_settings, read_profile
from cs_helper.progress import Bar, Counts
from cs_helper.stream import (
    FORMATS,
    Row,
    guess_format,
    open_output,
    open_source,
    parse_row,
    position_in,
    read_rows,
    refuse_same_file,
    size_of,
    to_json_line,
)
from cs_helper.text import read_message

OUR_KEYS = ("matches", "confident", "reply", "error")
CHUNK = 128  # rows that are handed to a process at once …
CHUNK_SIZE = 1 << 18  # … or fewer, when they have so many characters
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
    """Answer every row of a file, or of stdin when `source` is "-"; the exit code is 0 when it ran to the end.

    Raises:
        CsHelperError: an option or a file does not fit, the disk is full, a worker process was killed.
    """
    check_choice("--input-format", input_format, FORMATS)
    check_choice("--state", state, STATES)
    check_choice("--lang", lang, ("auto", *LANGS))
    start = monotonic()
    target = None if output == Path("-") else output
    layers = [path for path, _ in library_layers(library)]
    with ExitStack() as stack:
        file = _stdin() if source == "-" else stack.enter_context(open_source(source))
        refuse_same_file(file, target)
        index = load_index(layers, before_build=note_building)
        wish = _read_wish(index, settings, state, lang)
        input_format, rows = read_rows(file, input_format or guess_format(source), column)
        job = Job(input_format, "text" if input_format == "lines" else column, wish, top, with_reply)
        note_problems(index.problems)
        write = stack.enter_context(open_output(target)) if target else _write_to_stdout
        answers = stack.enter_context(closing(_answers(rows, job, index, layers, jobs)))
        bar = stack.enter_context(Bar(total=size_of(file), wanted=bool(target) or not sys.stdout.isatty()))
        counts = _write_all(answers, write, lambda counts: bar.advance(position_in(file), counts))
    note(f"{counts}, {monotonic() - start:.1f} s")
    return 0


def _write_all(answers: Iterator[Done], write: Callable[[bytes], None], advance: Callable[[Counts], None]) -> Counts:
    counts = Counts()
    warned = False
    for done in answers:
        write(done.lines)
        counts = counts.plus(done.counts)
        if done.overwritten and not warned:
            note(f"keys of the input that the result takes over: {', '.join(done.overwritten)}")
            warned = True
        advance(counts)
    return counts


def _stdin() -> BufferedReader:
    if sys.stdin is None:
        raise CsHelperError("stdin is closed")
    return cast(BufferedReader, sys.stdin.buffer)


def _write_to_stdout(data: bytes) -> None:
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def _read_wish(index: Index, settings: Sequence[str], state: str | None, lang: str | None) -> Wish:
    profile = read_profile(config_file(), index.placeholders)
    values = Values(
        [("set", parse_settings(map(decode_argument, settings), index.placeholders)), ("profile", profile.values)]
    )
    return Wish(values, state, lang or profile.lang, profile.tone, profile.bargaining, replies=1)


# --- chunks ---------------------------------------------------------------------------------------------------------


def _answers(
    rows: Iterator[Row], job: Job, index: Index, layers: list[Path], jobs: int | None
) -> Generator[Done, None, None]:
    """The answered chunks in order, worked off here when there is little to do."""
    chunks = _cut(rows)
    first = list(islice(chunks, SMALL)) if jobs != 1 else []
    chunks = chain(first, chunks)
    if len(first) == SMALL:
        from cs_helper import workers

        jobs = jobs or workers.cores()
    else:
        jobs = 1
    if jobs == 1:
        yield from map(_opened(job, index), chunks)
        return
    open_work = partial(_opened, job, index) if workers.FORKS else partial(_load, job, layers)
    with closing(workers.map_in_order(open_work, chunks, jobs)) as results:
        yield from results


def _cut(rows: Iterator[Row]) -> Iterator[list[Row]]:
    chunk: list[Row] = []
    size = 0
    for row in rows:
        chunk.append(row)
        size += len(row.data) if isinstance(row.data, str) else sum(map(len, row.data.values()))
        if len(chunk) == CHUNK or size >= CHUNK_SIZE:
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
        answered["reply"] = first_reply(message, matches[0].scenario, index, job.wish) if confident else None
    return answered
