"""`cs-helper path`: which folders and files are used, and why."""

from __future__ import annotations

import os
from collections.abc import Sequence

from cs_helper import output
from cs_helper.cache import index_state
from cs_helper.output import DIM, Line
from cs_helper.paths import config_file, library_layers

COLUMN = 9


def run(*, as_json: bool, library: Sequence[str]) -> int:
    """Print the paths; the exit code is 0.

    Raises:
        LibraryError: a library folder does not exist.
    """
    layers = library_layers(library)
    folders = [path for path, _ in layers]
    config = config_file()
    index, state = index_state(folders)
    config_state = "found" if config and os.path.exists(config) else "not there"
    if as_json:
        output.print_json(
            {
                "version": 1,
                "config": {"path": config and str(config), "state": config_state},
                "index": {"path": index and str(index), "state": state},
                "library": [{"path": os.path.abspath(path), "why": why} for path, why in layers],
            }
        )
        return 0
    lines = [
        Line([(str(config or "no home"), ""), (f"  ({config_state})", DIM)], "config", COLUMN),
        Line([(str(index or "no home"), ""), (f"  ({state})", DIM)], "index", COLUMN),
    ]
    for i, (path, why) in enumerate(reversed(layers)):
        why += ", uppermost" if i == 0 and len(layers) > 1 else ""
        lines.append(Line([(os.path.abspath(path), ""), (f"  ({why})", DIM)], "" if i else "library", COLUMN))
    output.print_lines(lines, color=True)
    return 0
