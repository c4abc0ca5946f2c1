"""Put labelled messages to a library: read them from a file, or take the library's own examples out in turn."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from zlib import crc32

from cs_helper import workers
from cs_helper.build import build
from cs_helper.errors import CsHelperError
from cs_helper.examples import labelled_examples
from cs_helper.index import Index
from cs_helper.match import match
from cs_helper.model import STATES, Library
from cs_helper.text import clean, decode, normalise, read_message

TOP = 5  # matches of each message that count, as many as `batch` writes by default


@dataclass(frozen=True, slots=True)
class Labelled:
    """A message and the scenarios accepted for it, best first; none when no scenario fits."""

    text: str
    labels: tuple[str, ...]
    state: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the matcher said: scenarios best first, the score of the first one (0 without any), and its confidence."""

    ranked: tuple[str, ...]
    score: float
    confident: bool

    @property
    def first(self) -> str:
        """The first scenario, "" when there is none."""
        return self.ranked[0] if self.ranked else ""


def read_labelled(data: bytes, where: str) -> list[Labelled]:
    """The messages of a JSON Lines file, {"text", "labels"[, "state"]} a line; blank lines and other keys are ignored.

    Raises:
        CsHelperError: a line is no such object (`where:line: what`), or there is none at all.
    """
    found: list[Labelled] = []
    bad: list[str] = []
    for number, line in enumerate(decode(data).split("\n"), 1):
        if line.strip():
            try:
                found.append(_read_line(line))
            except CsHelperError as e:
                bad.append(f"{where}:{number}: {e}")
    if bad:
        raise CsHelperError(bad[0] + (f" (and {len(bad) - 1} more bad lines)" if len(bad) > 1 else ""))
    if not found:
        raise CsHelperError(f"{where}: no messages")
    return found


def _read_line(line: str) -> Labelled:
    try:
        raw = json.loads(line)
    except json.JSONDecodeError as e:
        raise CsHelperError(f"not JSON: {e.msg} at column {e.colno}") from None
    except (ValueError, RecursionError):
        raise CsHelperError("not JSON that can be read") from None
    if not isinstance(raw, dict):
        raise CsHelperError('expected an object with "text" and "labels"')
    text, labels, state = raw.get("text"), raw.get("labels"), raw.get("state")
    if not isinstance(text, str):
        raise CsHelperError('"text" is missing or no text')
    if not isinstance(labels, list) or not all(isinstance(label, str) and label for label in labels):
        raise CsHelperError('"labels" is missing or no list of scenario ids')
    if state is not None and state not in STATES:
        raise CsHelperError(f'"state" must be one of: {", ".join(STATES)}')
    read_message(text)
    return Labelled(text, tuple(labels), state)


def own_examples(library: Library) -> list[Labelled]:
    """Every example of a library as a labelled message, the out-of-scope ones without a label."""
    ids = [s.id for s in library.scenarios.values() if not s.by_agent]
    texts, numbers = labelled_examples(library, ids)
    pairs = dict.fromkeys(zip(map(normalise, texts), numbers, strict=True))
    return [Labelled(text, (ids[n],) if n < len(ids) else ()) for text, n in pairs]


def ask(messages: Iterable[Labelled], index: Index) -> list[Answer]:
    """What the matcher says to each message."""
    answers = []
    for m in messages:
        matches, confident = match(clean(m.text).strip(), index, m.state, top=TOP)
        score = matches[0].score if matches else 0.0
        answers.append(Answer(tuple(x.scenario for x in matches), score, confident))
    return answers


def cross_check(
    library: Library, messages: Sequence[Labelled], folds: int, *, progress: Callable[[int, int], None] | None = None
) -> list[Answer]:
    """Ask a library messages that it may contain, each time learnt anew without them.

    A message's fold depends on its own normalised text alone: the same texts are never both learnt and asked, editing
    a library moves no other example, and two libraries are compared on equal terms.

    Args:
        library: the library to learn from.
        messages: what to ask, usually `own_examples`.
        folds: how many times to learn.
        progress: called with (folds done, folds) now and then.
    """
    groups: dict[int, list[int]] = defaultdict(list)
    for i, m in enumerate(messages):
        groups[_fold(m.text, folds)].append(i)
    parts = ((_without(library, k, folds), [messages[i] for i in group]) for k, group in groups.items())
    jobs = min(workers.cores(), len(groups))
    found = workers.map_in_order(_learner, parts, jobs) if jobs > 1 else (_learn_and_ask(part) for part in parts)
    answers: dict[int, Answer] = {}
    with closing(found):
        for done, (group, part) in enumerate(zip(groups.values(), found, strict=True), 1):
            answers.update(zip(group, part, strict=True))
            if progress:
                progress(done, len(groups))
    return [answers[i] for i in range(len(messages))]


def _fold(text: str, folds: int) -> int:
    return crc32(normalise(text).encode()) % folds


def _without(library: Library, fold: int, folds: int) -> Library:
    """The library without the examples of one fold."""

    def keep(text: str) -> bool:
        return _fold(text, folds) != fold

    scenarios = {
        sid: replace(
            s,
            messages=tuple(filter(keep, s.messages)),
            not_messages=tuple(n for n in s.not_messages if keep(n[0])),
        )
        for sid, s in library.scenarios.items()
    }
    out_of_scope = tuple(filter(keep, library.out_of_scope))
    return replace(library, scenarios=scenarios, out_of_scope=out_of_scope, places={}, problems=())


def _learner() -> Callable[[tuple[Library, list[Labelled]]], list[Answer]]:
    return _learn_and_ask


def _learn_and_ask(part: tuple[Library, list[Labelled]]) -> list[Answer]:
    library, messages = part
    return ask(messages, Index(build(library)))
