"""Strict access to one YAML file: every scalar is text, every complaint has a line and a column."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, cast

import yaml

from cs_helper import model
from cs_helper.errors import CsHelperError
from cs_helper.model import Place, Problem
from cs_helper.text import decode

MAX_FILE_BYTES = 4_000_000
MAX_ALIASES = 50
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_QUOTE_HINT = re.compile(r"[{\[@%&*!|>`]")


class _Bad(Exception):
    """A problem that ends the reading of one file or entry."""

    def __init__(self, node: yaml.Node | None, message: str, rule: str) -> None:
        super().__init__(message)
        self.node, self.message, self.rule = node, message, rule


class YamlFile:
    """One YAML file being read: its nodes, and where problems go."""

    def __init__(self, path: Path, problems: list[Problem]) -> None:
        self.path = str(path)
        self._problems = problems
        self.broken = False

    def report(self, node: yaml.Node | None, message: str, rule: str, level: model.Level = "error") -> None:
        place = self.place(node)
        self.broken |= level == "error"
        self._problems.append(Problem(self.path, place.line, place.col, level, message, rule))

    def place(self, node: yaml.Node | None) -> Place:
        if node is None:
            return Place(self.path, 1, 1)
        return Place(self.path, node.start_mark.line + 1, node.start_mark.column + 1)

    def root(self) -> yaml.MappingNode | None:
        """The file's top mapping; None after reporting why there is none."""
        try:
            with open(self.path, "rb") as f:
                data = f.read(MAX_FILE_BYTES + 1)
            if len(data) > MAX_FILE_BYTES:
                raise _Bad(None, f"the file is larger than {MAX_FILE_BYTES:,} bytes", "size")
            text = decode(data)
            # an alias bomb is refused before anything is composed
            aliases = len(re.findall(r"(?m)(?:^|[\s\[{,:-])\*[\w-]+", text)) if "*" in text and "&" in text else 0
            if aliases > MAX_ALIASES:
                raise _Bad(None, f"more than {MAX_ALIASES} YAML aliases", "aliases")
            node = yaml.compose(text, Loader=_Loader)
        except _Bad as e:
            self.report(e.node, e.message, e.rule)
        except OSError as e:
            self.report(None, e.strerror or str(e), "read")
        except yaml.MarkedYAMLError as e:
            self._report_yaml(e)
        except (yaml.YAMLError, ValueError) as e:
            self.report(None, " ".join(str(e).split()), "yaml")
        except RecursionError:
            self.report(None, "nested too deeply", "yaml")
        else:
            if isinstance(node, yaml.MappingNode):
                return node
            self.report(node, "expected keys and values at the top of the file", "shape")
        return None

    def _report_yaml(self, e: yaml.MarkedYAMLError) -> None:
        mark = e.problem_mark or e.context_mark
        message = e.problem or "not valid YAML"
        line = col = 1
        if mark is not None:
            line, col = mark.line + 1, mark.column + 1
            with open(self.path, "rb") as f:
                lines = decode(f.read(MAX_FILE_BYTES)).splitlines()
            here = lines[mark.line] if mark.line < len(lines) else ""
            value = re.sub(r"^\s*(?:- )?(?:[\w]+: )?\s*", "", here)
            if _QUOTE_HINT.match(value) or ": " in value:
                message += "; quote the text or use |"
        self.broken = True
        self._problems.append(Problem(self.path, line, col, "error", message, "yaml"))

    # --- typed access to nodes: each reports and returns an empty value when the shape is wrong -------------------

    def mapping(
        self, node: yaml.Node, known: Iterable[str] | None, required: Sequence[str] = ()
    ) -> dict[str, yaml.Node]:
        if not isinstance(node, yaml.MappingNode):
            self.report(node, "expected keys and values" + self._hint(node), "shape")
            return {}
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else ""
            if not name:
                self.report(key, "a key must be plain text", "shape")
            elif name in found:
                self.report(key, f"the key {name!r} stands here twice", "duplicate-key")
            elif known is not None and name not in known:
                self.report(key, f"unknown key {name!r}; known: {', '.join(known)}", "unknown-key")
            else:
                found[name] = value
        for name in required:
            if name not in found:
                self.report(node, f"the key {name!r} is missing", "missing-key")
        return found

    def text(self, node: yaml.Node | None, *, among: Sequence[str] = ()) -> str:
        if node is None:
            return ""
        if not isinstance(node, yaml.ScalarNode):
            self.report(node, "expected text" + self._hint(node), "shape")
            return ""
        value = cast(str, node.value).strip()
        if among and value not in among:
            self.report(node, f"{value!r} is not one of: {', '.join(among)}", "unknown-word")
        elif not value:
            self.report(node, "the text is empty", "empty")
        return value

    def items(self, node: yaml.Node | None) -> list[yaml.Node]:
        if node is None:
            return []
        if not isinstance(node, yaml.SequenceNode):
            self.report(node, "expected a list", "shape")
            return []
        return cast("list[yaml.Node]", node.value)

    def texts(self, node: yaml.Node | None, *, among: Sequence[str] = ()) -> tuple[str, ...]:
        return tuple(self.text(n, among=among) for n in self.items(node))

    def _hint(self, node: yaml.Node) -> str:
        if getattr(node, "flow_style", False):
            return "; quote the text or use | when it starts with { or ["
        return '; quote the text when it contains ": "' if isinstance(node, yaml.MappingNode) else ""


def parse_flat(text: str, where: str) -> dict[object, object]:
    """A flat YAML mapping of names to texts.

    Raises:
        CsHelperError: it is anything else; the message starts with `where:line:col`.
    """
    try:
        root = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as e:
        mark = e.problem_mark
        raise CsHelperError(
            f"{where}:{mark.line + 1 if mark else 1}:{mark.column + 1 if mark else 1}: {e.problem}"
        ) from None
    except (yaml.YAMLError, RecursionError) as e:
        raise CsHelperError(f"{where}: {' '.join(str(e).split())}") from None
    if not isinstance(root, yaml.MappingNode):
        raise CsHelperError(f"{where}: expected names and values")
    found: dict[object, object] = {}
    for key, value in root.value:
        if not isinstance(key, yaml.ScalarNode) or not isinstance(value, yaml.ScalarNode):
            mark = value.start_mark
            raise CsHelperError(f"{where}:{mark.line + 1}:{mark.column + 1}: expected text")
        found[key.value] = value.value
    return found
