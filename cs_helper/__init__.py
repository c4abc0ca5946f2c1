"""cs-helper: a customer's message in, ranked reply templates out.

A message walks once, left to right:

    bytes → text (decode, clean, normalise) → features → match (scenarios) → rank (replies) → render (placeholders)
    → compliance (wording) → output

    cli ─► commands/* ─► suggest ─► match ─► features ─► text
               │           ├─► rank, slots, render, compliance, profile
               │           └─► cache ─► index ◄─ build ─► train, library (YAML)
               ├─► lint, evaluate, stream
               └─► output

`model` and `errors` are the ground floor. In a program or a notebook:

    >>> from cs_helper import load_library, suggest
    >>> library = load_library()
    >>> suggest("太贵了", library).matches[0].scenario
    'too_expensive'
"""

from cs_helper.errors import CsHelperError, LibraryError
from cs_helper.model import FilledReply, Suggested, Suggestion
from cs_helper.suggest import load_library, suggest

__all__ = ["CsHelperError", "FilledReply", "LibraryError", "Suggested", "Suggestion", "load_library", "suggest"]
__version__ = "0.1.0"
