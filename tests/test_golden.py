"""Each form of output, held by a file in golden/. After a wanted change: UPDATE_GOLDEN=1 pytest tests/test_golden.py

The library is a small one of our own (data/small_library) and the matcher is told what to find, so that neither the
phrases we ship nor a better matcher change these files.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from terminal import run_on_terminal

HERE = Path(__file__).parent
SMALL = HERE / "data" / "small_library"
PROGRAM = """
import pathlib, sys
import cs_helper.paths, cs_helper.answer
from cs_helper.__main__ import main
from cs_helper.model import Match

FOUND = {
    "太贵了,再便宜点": ([Match("too_dear", 0.83, "太贵了"), Match("gift_wrap", 0.12), Match("broken", 0.004)], True),
    "too pricey": ([Match("too_dear", 0.83), Match("gift_wrap", 0.12)], True),
    "东西没到,再不到就投诉": ([Match("not_moving", 0.92, "东西没到"), Match("broken", 0.61, "就投诉")], True),
    "嗯": ([Match("too_dear", 0.31), Match("gift_wrap", 0.22), Match("broken", 0.2)], False),
    "👍": ([], False),
}
library = pathlib.Path(sys.argv.pop(1))
cs_helper.paths.bundled_library = lambda: library
sys.modules["cs_helper.answer"].match = lambda text, index, state=None, *, top=5: (FOUND[text][0][:top], FOUND[text][1])
main()
"""

DEAR, LATE, UNSURE, NOTHING = "太贵了,再便宜点", "东西没到,再不到就投诉", "嗯", "👍"

PIPED = {
    "piped_zh": [DEAR],
    "piped_en": ["too pricey"],
    "piped_all": [DEAR, "--all", "--top", "2", "--set", "价格=88元", "--set", "salutation=王女士"],
    "piped_pick": [DEAR, "--pick", "2"],
    "piped_warning": [DEAR, "--pick", "1", "--set", "product=保证好用的杯子"],
    "piped_angry": [LATE, "--state", "shipped"],
    "piped_not_confident": [UNSURE],
    "piped_nothing_near": [NOTHING],
    "piped_strict": [DEAR, "--strict"],
    "piped_scenario": ["--scenario", "on_its_way", "--set", "tracking_no=SF123"],
    "json": [DEAR, "--json", "--top", "1", "--replies", "1", "--set", "price=88"],
    "json_not_confident": [UNSURE, "--json", "--top", "1", "--replies", "1"],
    "list": ["list"],
    "list_stats": ["list", "--stats"],
    "list_placeholders": ["list", "--placeholders"],
    "list_json": ["list", "--json", "--stage", "price_objections"],
    "show": ["show", "too_dear"],
    "show_json": ["show", "on_its_way", "--json"],
    "search": ["search", "送人"],
    "path": ["path"],
}
VIEWS = {
    "view_80": (80, [DEAR]),
    "view_120": (120, [DEAR]),
    "view_angry_two_wishes": (80, [LATE]),
    "view_all": (80, [DEAR, "--all", "--replies", "1"]),
    "view_pick": (80, [DEAR, "--pick", "2"]),
    "view_not_confident": (80, [UNSURE]),
    "view_nothing_near": (80, [NOTHING]),
    "view_scenario": (80, ["--scenario", "on_its_way"]),
    "view_show": (80, ["show", "too_dear"]),
    "view_search": (80, ["search", "送人"]),
}


@pytest.mark.parametrize("name", PIPED)
def test_piped_output(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(SMALL), *PIPED[name]], stdin=subprocess.DEVNULL, capture_output=True
    )
    text = f"{done.stdout.decode()}--- stderr\n{done.stderr.decode()}--- exit code {done.returncode}\n"
    compare(name, text)


@pytest.mark.parametrize("name", VIEWS)
def test_view_on_a_terminal(name: str) -> None:
    columns, args = VIEWS[name]
    program = [sys.executable, "-c", PROGRAM, str(SMALL)]
    text, code = run_on_terminal(*args, program=program, columns=columns, env={"NO_COLOR": "1"})
    compare(name, re.sub(r".*preparing the phrase library.*\n", "", text) + f"--- exit code {code}\n")


def compare(name: str, text: str) -> None:
    """The text against its file, with the paths of this machine masked."""
    text = text.replace(str(HERE), "TESTS").replace(os.environ["HOME"], "HOME")
    text = re.sub(r"[0-9a-f]{8}\.index", "KEY.index", text)
    path = HERE / "golden" / f"{name}.expected"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")
