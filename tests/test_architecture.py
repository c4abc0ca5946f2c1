"""The import rules of the house, held over the import graph, and what a plain reply may load."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import cs_helper

PACKAGE = Path(cs_helper.__file__).parent
GROUND = {"cs_helper.model", "cs_helper.errors"}
# who may know a foreign package, at run time (an import for the type checker only is free)
KNOWN_TO = {
    "yaml": {"library", "yaml_file"},
    "rich": {"output", "report", "progress"},
    "rapidfuzz": {"match", "backoff", "explain", "build", "lint", "evaluate"},
    "typer": {"cli"},
}
HEAVY = (
    "yaml",
    "rich",
    "rapidfuzz",
    "numpy",
    "hashlib",
    "typer",
    "click",
    "csv",
    "multiprocessing",
    "subprocess",
    "asyncio",
)


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(path: Path) -> set[str]:
    """The full names of what a module imports at run time, wherever in it; `from a import b` counts as a and a.b."""
    found = set()
    pending: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            pending += node.orelse
            continue
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: relative import"
            found.add(node.module or "")
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
        pending += ast.iter_child_nodes(node)
    return found


GRAPH = {module_name(path): imports_of(path) for path in sorted(PACKAGE.rglob("*.py"))}
OURS = {name: {i for i in found if i in GRAPH} for name, found in GRAPH.items()}


def test_the_graph_is_not_empty() -> None:
    assert "cs_helper.text" in OURS["cs_helper.answer"]
    assert "rich.console" in GRAPH["cs_helper.output"]


@pytest.mark.parametrize("name", sorted(GROUND))
def test_ground_floor_stands_on_nobody(name: str) -> None:
    assert not OURS[name]


@pytest.mark.parametrize("package", KNOWN_TO)
def test_who_knows_a_foreign_package(package: str) -> None:
    users = {name for name, found in GRAPH.items() if any(i.split(".")[0] == package for i in found)}
    assert users <= {f"cs_helper.{module}" for module in KNOWN_TO[package]}


def test_nobody_but_the_entry_imports_the_command_line() -> None:
    assert {name for name, found in OURS.items() if "cs_helper.cli" in found} == {"cs_helper.__main__"}


def test_commands_are_imported_by_the_command_line_only() -> None:
    for name, found in OURS.items():
        used = {i for i in found if i.startswith("cs_helper.commands.")}
        if not name.startswith(("cs_helper.cli", "cs_helper.__main__", "cs_helper.commands")):
            assert not used, name
            assert "cs_helper.commands" not in found, name


def test_only_commands_and_the_prompt_read_stdin() -> None:
    readers = {name for name in GRAPH if "sys.stdin" in _code(name)}
    assert all(name == "cs_helper.prompt" or name.startswith("cs_helper.commands.") for name in readers), readers


def test_no_step_reaches_back() -> None:
    """The graph of imports has no circle (`commands` asks for its own helpers only when one of them runs)."""
    seen: dict[str, bool] = {}  # name → whether the visit is over

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert seen.get(name, True), f"a circle: {' → '.join((*path, name))}"
        if name in seen:
            return
        seen[name] = False
        for other in sorted(OURS[name] - {"cs_helper"}):
            visit(other, (*path, name))
        seen[name] = True

    for name in OURS:
        visit(name, ())


def _code(name: str) -> str:
    path = PACKAGE.parent.joinpath(*name.split("."))
    return (path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text(encoding="utf-8")


@pytest.mark.parametrize("stdin", ["太贵了", "that is too expensive for me"])
def test_a_plain_reply_loads_nothing_heavy(stdin: str) -> None:
    code = (
        "import sys\nfrom cs_helper.__main__ import main\n"
        "try:\n    main()\nexcept SystemExit as e:\n    assert not e.code, e.code\n"
        "print(*sys.modules, file=sys.stderr)\n"
    )
    command = [sys.executable, "-X", "warn_default_encoding", "-W", "error", "-c", code]
    for _ in range(2):  # the first one may have to build the index
        done = subprocess.run(command, input=stdin.encode(), capture_output=True, env={**os.environ})
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout
    loaded = set(done.stderr.decode().split())
    assert not loaded & set(HEAVY)
