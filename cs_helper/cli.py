"""The command line: declares options and hands over. A command's module is imported only when it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Optional

import typer
from typer.core import TyperGroup

from cs_helper.commands import VERBS
from cs_helper.errors import CsHelperError

# `Optional[...]` below: Typer reads these annotations at run time
# ruff: noqa: UP045

# Nothing here imports click: the newer ones of the allowed Typer versions carry a copy of it and do not install it.


class _ReplyByDefault(TyperGroup):
    """`cs-helper MESSAGE`: what is no command name and no option of the program itself belongs to `reply`."""

    bare = False

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.commands and args[0] not in ("--help", "-h", "--version")):
            args = ["reply", *args]
            self.bare = True
        return super().parse_args(ctx, args)

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        return ["[OPTIONS]", "[MESSAGE]...", "|", "COMMAND", "[ARGS]..."]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """The options of `reply`, which all work without its name, then the commands."""
        params = (*self.commands["reply"].get_params(ctx), *self.get_params(ctx))
        records = dict(filter(None, (p.get_help_record(ctx) for p in params if p.param_type_name == "option")))
        with formatter.section("Options"):
            formatter.write_dl(list(records.items()))
        self.format_commands(ctx, formatter)


app = typer.Typer(
    cls=_ReplyByDefault,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Library = Annotated[
    Optional[list[str]],
    typer.Option("--library", "-L", metavar="DIR", help="Lay this library over the others (repeatable)."),
]
NoColor = Annotated[bool, typer.Option("--no-color", help="No colours (as NO_COLOR, TERM=dumb).")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]


def _version(value: bool) -> None:
    if value:
        from cs_helper import __version__

        print(f"cs-helper {__version__}")
        raise typer.Exit


@app.callback()
def _program(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """客服话术助手: a customer's message in, ranked reply templates out.

    Give the message as arguments, pipe it in, or paste it at the prompt. The options below are those of `reply`,
    which needs no name.
    """


@app.command("reply")
def reply(
    message: Annotated[
        Optional[list[str]],
        typer.Argument(help="The customer's message; - or nothing reads it from stdin.", show_default=False),
    ] = None,
    scenario: Annotated[
        Optional[str], typer.Option("--scenario", "-s", metavar="ID", help="Fill this scenario's replies.")
    ] = None,
    settings: Annotated[
        Optional[list[str]], typer.Option("--set", metavar="NAME=VALUE", help="Fill a placeholder (repeatable).")
    ] = None,
    context: Annotated[
        Optional[Path],
        typer.Option("--context", "-c", metavar="FILE", help="Placeholder values and `state` (JSON or YAML)."),
    ] = None,
    state: Annotated[
        Optional[str], typer.Option("--state", metavar="STATE", help="Order: before, ordered, shipped, received.")
    ] = None,
    lang: Annotated[Optional[str], typer.Option("--lang", metavar="LANG", help="Reply language: auto, zh, en.")] = None,
    tone: Annotated[
        Optional[str],
        typer.Option("--tone", metavar="TONE", help="Prefer warm, formal, apologetic, firm or brief."),
    ] = None,
    top: Annotated[int, typer.Option("--top", "-t", metavar="N", min=1, max=20, help="Scenarios.")] = 3,
    replies: Annotated[int, typer.Option("--replies", "-r", metavar="N", min=1, max=20, help="Replies for each.")] = 3,
    pick: Annotated[
        Optional[int],
        typer.Option("--pick", "-p", metavar="N", min=1, help="Only the first scenario's Nth reply."),
    ] = None,
    all_scenarios: Annotated[
        bool, typer.Option("--all", "-a", help="Replies of all scenarios, not only the first.")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Print nothing (exit 2) when a fact is missing.")] = False,
    copy: Annotated[bool, typer.Option("--copy", help="Copy the picked or first reply.")] = False,
    explain: Annotated[bool, typer.Option("--explain", "-e", help="Show what the match rests on.")] = False,
    as_json: Json = False,
    library: Library = None,
    no_color: NoColor = False,
) -> None:
    """Replies to a customer's message (the default command)."""
    from cs_helper.commands import reply as command

    raise typer.Exit(
        command.run(
            command.Request(
                words=message or [],
                scenario=scenario,
                settings=settings or [],
                context=context,
                state=state,
                lang=lang,
                tone=tone,
                top=top,
                replies=replies,
                pick=pick,
                all_scenarios=all_scenarios,
                strict=strict,
                copy=copy,
                explain=explain,
                as_json=as_json,
                library=library or [],
                color=not no_color,
            )
        )
    )


@app.command("batch")
def batch(
    source: Annotated[str, typer.Argument(metavar="FILE", help="JSON Lines, CSV or plain lines; - reads stdin.")],
    output: Annotated[
        Optional[Path], typer.Option("--output", "-o", metavar="FILE", help="Write here instead of stdout.")
    ] = None,
    input_format: Annotated[
        Optional[str],
        typer.Option("--input-format", metavar="FORMAT", help="jsonl, csv or lines; default by file ending."),
    ] = None,
    column: Annotated[
        str, typer.Option("--column", metavar="NAME", help="The CSV column (or JSON key) with the message.")
    ] = "text",
    no_reply: Annotated[bool, typer.Option("--no-reply", help="Leave the `reply` out.")] = False,
    top: Annotated[int, typer.Option("--top", "-t", min=1, max=91, help="Matches for each message.")] = 5,
    settings: Annotated[
        Optional[list[str]], typer.Option("--set", metavar="NAME=VALUE", help="Fill a placeholder (repeatable).")
    ] = None,
    state: Annotated[
        Optional[str], typer.Option("--state", metavar="STATE", help="Order state of all messages.")
    ] = None,
    lang: Annotated[Optional[str], typer.Option("--lang", metavar="LANG", help="Reply language: auto, zh, en.")] = None,
    jobs: Annotated[
        Optional[int], typer.Option("--jobs", "-j", metavar="N", min=1, help="Processes; default: all cores.")
    ] = None,
    library: Library = None,
) -> None:
    """Match a file of messages, one JSON line each."""
    from cs_helper.commands import batch as command

    raise typer.Exit(
        command.run(
            source,
            output=output,
            input_format=input_format,
            column=column,
            with_reply=not no_reply,
            top=top,
            settings=settings or [],
            state=state,
            lang=lang,
            jobs=jobs,
            library=library or [],
        )
    )


@app.command("list")
def list_(
    stage: Annotated[Optional[str], typer.Option("--stage", metavar="STAGE", help="Only this stage.")] = None,
    stats: Annotated[bool, typer.Option("--stats", help="Counts of messages and replies.")] = False,
    placeholders: Annotated[bool, typer.Option("--placeholders", help="The placeholders instead.")] = False,
    as_json: Json = False,
    library: Library = None,
    no_color: NoColor = False,
) -> None:
    """The scenarios of the library."""
    from cs_helper.commands import list as command

    raise typer.Exit(
        command.run(
            stage=stage,
            stats=stats,
            placeholders=placeholders,
            as_json=as_json,
            library=library or [],
            color=not no_color,
        )
    )


@app.command("show")
def show(
    scenario: Annotated[str, typer.Argument(metavar="ID", help="The scenario's id.")],
    lang: Annotated[Optional[str], typer.Option("--lang", metavar="LANG", help="Only replies in zh or en.")] = None,
    as_json: Json = False,
    library: Library = None,
    no_color: NoColor = False,
) -> None:
    """One scenario: what it means, its examples and its reply templates."""
    from cs_helper.commands import show as command

    raise typer.Exit(command.run(scenario, lang=lang, as_json=as_json, library=library or [], color=not no_color))


@app.command("search")
def search(
    words: Annotated[list[str], typer.Argument(metavar="WORDS", help="What to look for.")],
    as_json: Json = False,
    library: Library = None,
    no_color: NoColor = False,
) -> None:
    """Find words in titles, meanings, examples and replies."""
    from cs_helper.commands import search as command

    raise typer.Exit(command.run(" ".join(words), as_json=as_json, library=library or [], color=not no_color))


@app.command("check")
def check(
    folders: Annotated[
        Optional[list[Path]], typer.Argument(metavar="[DIR]...", help="Library folders; default: the bundled one.")
    ] = None,
    output_format: Annotated[str, typer.Option("--format", metavar="FORMAT", help="text or json.")] = "text",
    strict: Annotated[bool, typer.Option("--strict", help="Warnings fail too.")] = False,
    hints: Annotated[bool, typer.Option("--hints", help="Show hints too, stolen messages among them (slow).")] = False,
) -> None:
    """Lint a library: path:line:col: [level] message (rule)."""
    from cs_helper.commands import check as command

    raise typer.Exit(command.run(folders or [], output_format=output_format, strict=strict, hints=hints))


@app.command("eval")
def eval_(
    messages: Annotated[
        Optional[str], typer.Argument(metavar="[MESSAGES]", help="Labelled JSON Lines; default: k-fold.")
    ] = None,
    against: Annotated[
        Optional[Path], typer.Option("--against", metavar="DIR", help="Compare with this library.")
    ] = None,
    minimum: Annotated[
        Optional[list[str]], typer.Option("--min", metavar="KEY=X", help="Exit 1 when a figure is below (repeatable).")
    ] = None,
    folds: Annotated[int, typer.Option("--folds", min=2, max=20, help="Folds when no file is given.")] = 5,
    as_json: Json = False,
    library: Annotated[
        Optional[list[str]],
        typer.Option("--library", "-L", metavar="DIR", help="Evaluate this library instead (repeatable)."),
    ] = None,
    no_color: NoColor = False,
) -> None:
    """How accurate the library is.

    On labelled messages, or on its own examples left out in turn.
    """
    from cs_helper.commands import eval as command

    raise typer.Exit(
        command.run(
            messages,
            against=against,
            minimum=minimum or [],
            folds=folds,
            as_json=as_json,
            library=library or [],
            color=not no_color,
        )
    )


@app.command("path")
def path(as_json: Json = False, library: Library = None) -> None:
    """Which folders and files are used, and why."""
    from cs_helper.commands import path as command

    raise typer.Exit(command.run(as_json=as_json, library=library or []))


_COMMANDS = tuple(app.registered_commands)


def run(args: list[str]) -> int:
    """Exit code of a command line.

    Raises:
        CsHelperError: options or arguments that do not fit.
    """
    name = args[0] if args and args[0] in VERBS else "reply"
    help_wanted = args[:1] in (["--help"], ["-h"])  # else only one command is made: all of them take 20 ms
    app.registered_commands = [c for c in _COMMANDS if help_wanted or c.name == name]
    program: Any = typer.main.get_command(app)
    try:
        # not `program()`: that makes an exit code of its own of a closed pipe and of ^C
        with program.make_context("cs-helper", list(args)) as context:
            program.invoke(context)
    except typer.Exit as e:
        return e.exit_code
    except Exception as e:
        if not hasattr(e, "format_message"):  # Typer's (or click's) complaint about the command line
            raise
        raise CsHelperError(
            _usage_line(e.format_message(), "cs-helper" if program.bare else f"cs-helper {name}")
        ) from None
    return 0


def _usage_line(message: str, command: str) -> str:
    return f"{message[:1].lower()}{message[1:].rstrip('.')} (see '{command} --help')"
