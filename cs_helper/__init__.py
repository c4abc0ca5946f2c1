"""cs-helper: a customer's message in, ranked reply templates out.

A message walks once, left to right:

    bytes → text (decode, clean, normalise) → features, backoff → match (scenarios) → rank (replies)
    → render (placeholders) → compliance (wording) → output

    cli ─► commands/* ─► answer ─► match ─► backoff ─► features ─► text
               │           ├─► rank, slots, render, compliance, profile
               │           └─► cache ─► index ◄─ build ─► train, library (YAML)
               ├─► explain, lint, trial (evaluate), stream (workers)
               └─► view, report ─► output

`model` and `errors` are the ground floor. In a program or a notebook:

    >>> from cs_helper import load_library, suggest
    >>> library = load_library()
    >>> suggest("太贵了", library).matches[0].scenario
    'too_expensive'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cs_helper.answer import load_library as load_library
    from cs_helper.answer import suggest as suggest
    from cs_helper.errors import CsHelperError as CsHelperError
    from cs_helper.errors import LibraryError as LibraryError
    from cs_helper.model import FilledReply as FilledReply
    from cs_helper.model import Suggested as Suggested
    from cs_helper.model import Suggestion as Suggestion

__version__ = "0.1.0"
_HOME = {
    "CsHelperError": "errors",
    "LibraryError": "errors",
    "FilledReply": "model",
    "Suggested": "model",
    "Suggestion": "model",
    "load_library": "answer",
    "suggest": "answer",
}
__all__ = ["CsHelperError", "FilledReply", "LibraryError", "Suggested", "Suggestion", "load_library", "suggest"]


def __getattr__(name: str) -> object:
    """The public names, imported when first asked for: `--help` should not wait for the matcher."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]
