"""Entry point of `cs-helper` and `python -m cs_helper`: one error boundary, so that whatever happens is one line.

Exit codes: 0 answered · 1 not confident, findings, or below --min · 2 usage or input error · 130 ^C · 141 closed pipe.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress

from cs_helper.commands import VERBS
from cs_helper.errors import CsHelperError, LibraryError


def main() -> None:
    """Run the program on `sys.argv` and leave the process."""
    _open_streams()
    try:
        code = _run(sys.argv[1:])
        sys.stdout.flush()
    except KeyboardInterrupt:
        code = 130
    except BrokenPipeError:
        code = 141
    except LibraryError as e:
        code = _complain(str(e), *map(str, e.problems))
    except CsHelperError as e:
        code = _complain(str(e))
    except OSError as e:
        code = _complain(f"{e.filename}: {e.strerror}" if e.filename else e.strerror or str(e))
    _leave(code)


def _run(args: list[str]) -> int:
    """Exit code of a command line; a bare message skips Typer, which takes longer to import than the answer."""
    if (not args or args[0] not in VERBS) and all(a == "-" or not a.startswith("-") for a in args):
        from cs_helper.commands.reply import Request, run

        return run(Request(words=args))
    from cs_helper import cli

    return cli.run(args)


def _open_streams() -> None:
    """UTF-8 whatever the locale says; a stream that was closed by the caller swallows what it gets."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")


def _complain(line: str, *details: str) -> int:
    from cs_helper.text import clean

    with suppress(OSError):
        for detail in details:
            print(clean(detail), file=sys.stderr)
        print("cs-helper:", " ".join(clean(line).split()), file=sys.stderr)
    return 2


def _leave(code: int) -> None:
    """Exit without a second complaint about a stream that is already gone."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
            code = code or 141
    sys.exit(code)


if __name__ == "__main__":
    main()
