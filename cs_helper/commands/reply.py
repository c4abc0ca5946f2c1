"""`cs-helper MESSAGE`: a message in, filled replies out."""

# without `from __future__ import annotations`: a NamedTuple compiles each such text, 0.1 ms apiece

import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cs_helper import output
from cs_helper.answer import Wish, answer, answer_scenario, load_library
from cs_helper.commands import check_choice, decode_argument
from cs_helper.errors import CsHelperError
from cs_helper.index import Index
from cs_helper.model import LANGS, STATES, TONES, FilledReply, Suggestion
from cs_helper.paths import config_file
from cs_helper.profile import Values, parse_settings, read_context, read_profile
from cs_helper.text import MAX_BYTES, decode

if TYPE_CHECKING:
    from cs_helper.explain import Explanation


class Request(NamedTuple):
    """The options of `reply` as given."""

    words: Sequence[str] = ()
    scenario: str | None = None
    settings: Sequence[str] = ()
    context: Path | None = None
    state: str | None = None
    lang: str | None = None
    tone: str | None = None
    top: int = 3
    replies: int = 3
    pick: int | None = None
    all_scenarios: bool = False
    strict: bool = False
    copy: bool = False
    explain: bool = False
    as_json: bool = False
    library: Sequence[str] = ()
    color: bool = True


def run(request: Request) -> int:
    """Answer one message: 0 when confident, 1 when not.

    Raises:
        CsHelperError: an option, the message or a file does not fit, or a fact is missing under `--strict`.
    """
    check_choice("--state", request.state, STATES)
    check_choice("--lang", request.lang, ("auto", *LANGS))
    check_choice("--tone", request.tone, TONES)
    index = load_library(*request.library, before_build=output.note_building)
    wish = _read_wish(request, index)
    suggestion = _suggest(request, index, wish)
    if request.pick:
        suggestion = _pick(suggestion, request.pick)
    replies = _printed(suggestion, all_scenarios=request.all_scenarios)
    shown = suggestion.confident or request.as_json or output.is_view()
    if request.strict and shown:
        _refuse_gaps(replies)
    output.note_problems(index.problems)
    _print(request, suggestion, replies, _explain(request, suggestion, index, wish))
    if suggestion.confident:
        _note(replies, index)
    if request.copy:
        _copy(suggestion, replies, picked=bool(request.pick))
    return 0 if suggestion.confident else 1


def _read_wish(request: Request, index: Index) -> Wish:
    profile = read_profile(config_file(), index.placeholders)
    given = parse_settings(map(decode_argument, request.settings), index.placeholders)
    context, state = read_context(request.context, index.placeholders) if request.context else ({}, None)
    return Wish(
        values=Values([("set", given), ("context", context), ("profile", profile.values)]),
        state=request.state or state,
        lang=request.lang or profile.lang,
        tone=request.tone or profile.tone,
        bargaining=profile.bargaining,
        replies=max(request.replies, request.pick or 0),
    )


def _suggest(request: Request, index: Index, wish: Wish) -> Suggestion:
    if request.scenario:
        return answer_scenario(request.scenario, index, wish, _given_message(request.words) or "")
    text = _given_message(request.words)
    return answer(_read_message() if text is None else text, index, wish, top=request.top)


def _given_message(words: Sequence[str]) -> str | None:
    """The message of the command line, None when it is to be read."""
    return None if not words or list(words) == ["-"] else " ".join(map(decode_argument, words))


def _read_message() -> str:
    if sys.stdin is None:
        raise CsHelperError("no message given")
    if sys.stdin.isatty():
        from cs_helper.prompt import read_paste

        return decode(read_paste())
    return decode(sys.stdin.buffer.read(MAX_BYTES + 1))


def _pick(suggestion: Suggestion, number: int) -> Suggestion:
    """The same with the Nth reply of the first scenario only."""
    if not suggestion.matches:
        return suggestion
    first = suggestion.matches[0]
    if number > len(first.replies):
        raise CsHelperError(f"--pick {number}: {first.scenario} has {len(first.replies)} replies to choose from")
    return replace(suggestion, matches=(replace(first, replies=(first.replies[number - 1],)),))


def _printed(suggestion: Suggestion, *, all_scenarios: bool) -> list[FilledReply]:
    """The replies that a pipe gets: those of the first scenario, or of all."""
    matches = suggestion.matches if all_scenarios else suggestion.matches[:1]
    return [reply for m in matches for reply in m.replies]


def _refuse_gaps(replies: Sequence[FilledReply]) -> None:
    for reply in replies:
        if reply.missing:
            raise CsHelperError(f"--strict: {reply.id} lacks {', '.join(reply.missing)}; fill with --set NAME=VALUE")


def _explain(request: Request, suggestion: Suggestion, index: Index, wish: Wish) -> "Explanation | None":
    if not request.explain or not suggestion.matches or not suggestion.message:
        return None
    from cs_helper.explain import explain

    return explain(suggestion.message, index, wish.state)


def _print(
    request: Request, suggestion: Suggestion, replies: Sequence[FilledReply], explanation: "Explanation | None"
) -> None:
    if request.as_json:
        data = output.suggestion_object(suggestion)
        if request.explain:
            data["explain"] = asdict(explanation) if explanation else None
        output.print_json(data)
    elif output.is_view():
        from cs_helper.view import answer_lines

        lines = answer_lines(
            suggestion, full=request.all_scenarios, named=bool(request.scenario), first=request.pick or 1
        )
        output.print_lines(lines, color=request.color)
        if explanation:
            from cs_helper.explain_view import explanation_lines

            output.print_lines(explanation_lines(explanation), color=request.color)
    elif suggestion.confident:
        output.print_replies(replies)
    else:
        near = ", ".join(f"{m.scenario} ({m.title}, {m.score:.0%})" for m in suggestion.matches)
        output.note(f"not sure; nearest: {near}" if near else "no scenario comes near this message")
        output.note(f"ask the customer: {suggestion.clarify}")
    if explanation and not request.as_json and not output.is_view():
        from cs_helper.explain_view import explanation_lines

        output.note_lines(explanation_lines(explanation))


def _note(replies: Sequence[FilledReply], index: Index) -> None:
    """What the agent should see to before sending, a line each."""
    missing = dict.fromkeys(name for reply in replies for name in reply.missing)
    if missing:
        declared = [(name, index.placeholders.get(name)) for name in missing]
        names = ", ".join(f"{name} ({p.alias})" if p and p.alias else name for name, p in declared)
        output.note(f"missing: {names}; fill with --set {next(iter(missing))}=…")
    warnings = dict.fromkeys(warning for reply in replies for warning in reply.warnings)
    for warning in list(warnings)[: output.PROBLEMS]:
        output.note(warning)


def _copy(suggestion: Suggestion, replies: Sequence[FilledReply], *, picked: bool) -> None:
    if not replies or not (suggestion.confident or picked):
        output.note("nothing copied: not sure enough; --pick N copies all the same")
        return
    from cs_helper.clipboard import copy

    try:
        by = copy(replies[0].text)
    except OSError as e:
        output.note(f"not copied: {e}")
    else:
        if output.is_view():
            output.note(f"copied {replies[0].id} ({by})")
