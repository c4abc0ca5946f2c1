"""Strict access to one YAML file: every scalar is text, every complaint has a line and a column."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, cast
from zlib import crc32

import yaml

from cs_helper import model
from cs_helper.errors import CsHelperError
from cs_helper.model import Place, Problem
from cs_helper.text import decode

Node = yaml.Node
MappingNode = yaml.MappingNode
Places = dict[tuple[str | int, ...], Place]

MAX_FILE_BYTES = 4_000_000
MAX_ALIASES = 50
MAX_DEPTH = 20
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_QUOTE_HINT = re.compile(r"[{\[@%&*!|>`\"']")
_VALUE = re.compile(r"^\s*(?:- +)?(?:\w+: )?\s*")


class _Bad(Exception):
    """A problem that ends the reading of a file."""

    def __init__(self, message: str, rule: str, line: int = 1, col: int = 1) -> None:
        super().__init__(message)
        self.message, self.rule, self.line, self.col = message, rule, line, col


def _position(before: str) -> tuple[int, int]:
    """Line and column, from 1, of what follows this text."""
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def _first_not_utf8(data: bytes) -> tuple[int, int] | None:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as e:
        return _position(data[: e.start].decode("utf-8"))
    return None


def _compose(text: str) -> yaml.Node | None:
    """The root node, None for an empty text; what would swamp a reader (nesting, aliases) is refused on the way.

    In place of `yaml.compose`: it recurses, resolves types nobody here wants, and takes twice as long.

    Raises:
        _Bad: nested too deeply, too many or unknown aliases, more than one document.
    """
    root: yaml.Node | None = None
    open_nodes: list[tuple[Any, list[Any]]] = []  # (collection, the key that waits for its value)
    anchors: dict[str, yaml.Node] = {}
    aliases = 0
    scalar, sequence = yaml.ScalarEvent, yaml.SequenceNode
    event: Any
    loader = _Loader(text)
    for event in iter(loader.get_event, None):  # `yaml.parse` asks before each event whether there is one
        kind = type(event)
        node: Any
        if kind is scalar:
            node = yaml.ScalarNode("", event.value, event.start_mark, event.end_mark, event.style)
            if open_nodes and event.anchor is None and type(open_nodes[-1][0]) is sequence:  # most of a library
                open_nodes[-1][0].value.append(node)
                continue
        elif kind is yaml.SequenceStartEvent:
            node = yaml.SequenceNode("", [], event.start_mark, None, event.flow_style)
        elif kind is yaml.MappingStartEvent:
            node = yaml.MappingNode("", [], event.start_mark, None, event.flow_style)
        elif kind is yaml.AliasEvent:
            aliases += 1
            node = anchors.get(event.anchor)
            if node is None or aliases > MAX_ALIASES:
                problem = f"unknown alias *{event.anchor}" if node is None else f"more than {MAX_ALIASES} YAML aliases"
                raise _bad_at(event, problem)
        elif kind in (yaml.SequenceEndEvent, yaml.MappingEndEvent):
            open_nodes.pop()
            continue
        else:
            if kind is yaml.DocumentStartEvent and root is not None:
                raise _bad_at(event, "more than one document")
            continue
        if open_nodes:
            _put(*open_nodes[-1], node)
        else:
            root = node
        if kind is not yaml.AliasEvent and event.anchor:
            anchors[event.anchor] = node
        if kind is not scalar and kind is not yaml.AliasEvent:
            open_nodes.append((node, []))
            if len(open_nodes) > MAX_DEPTH:
                raise _bad_at(event, "nested too deeply")
    return root


def _put(collection: Any, waiting: list[Any], node: yaml.Node) -> None:
    if isinstance(collection, yaml.SequenceNode):
        collection.value.append(node)
    elif waiting:
        collection.value.append((waiting.pop(), node))
    else:
        waiting.append(node)


def _bad_at(event: Any, message: str) -> _Bad:
    mark = event.start_mark
    return _Bad(message, "yaml", mark.line + 1 if mark else 1, mark.column + 1 if mark else 1)


class YamlFile:
    """One YAML file being read: its nodes, and where problems go."""

    def __init__(self, path: Path, problems: list[Problem]) -> None:
        self.path = str(path)
        self._problems = problems
        self._data: bytes | None = None
        self.broken = False

    def report(self, node: yaml.Node | None, message: str, rule: str, level: model.Level = "error") -> None:
        place = self.place(node)
        self._report_at(place.line, place.col, message, rule, level)

    def place(self, node: yaml.Node | None) -> Place:
        if node is None:
            return Place(self.path, 1, 1)
        return Place(self.path, node.start_mark.line + 1, node.start_mark.column + 1)

    def content(self) -> str:
        """What stands for the file's content: its size and a checksum; "" when it cannot be read."""
        try:
            data = self._bytes()
        except OSError:
            return ""
        return f"{len(data)} {crc32(data)}"

    def root(self) -> yaml.MappingNode | None:
        """The file's top mapping; None after reporting why there is none."""
        text = ""
        try:
            text = self._read()
            node = _compose(text)
        except _Bad as e:
            self._report_at(e.line, e.col, e.message, e.rule)
        except OSError as e:
            self.report(None, e.strerror or str(e), "read")
        except yaml.MarkedYAMLError as e:
            self._report_yaml(e, text)
        except yaml.reader.ReaderError as e:
            line, col = _position(text[: e.position])
            self._report_at(line, col, f"the control character U+{ord(text[e.position]):04X}", "encoding")
        else:
            if isinstance(node, yaml.MappingNode):
                return node
            self.report(node, "expected keys and values at the top of the file", "shape")
        return None

    def _bytes(self) -> bytes:
        if self._data is None:
            with open(self.path, "rb") as f:
                self._data = f.read(MAX_FILE_BYTES + 1)
        return self._data

    def _read(self) -> str:
        data = self._bytes()
        if len(data) > MAX_FILE_BYTES:
            raise _Bad(f"the file is larger than {MAX_FILE_BYTES:,} bytes", "size")
        text = decode(data)
        foreign = None if b"\0" in data else _first_not_utf8(data)  # NUL: UTF-16
        if "\ufffd" in text:
            at = foreign or _position(text.partition("\ufffd")[0])
            raise _Bad("the text is damaged; save the file as UTF-8", "encoding", *at)
        if foreign:
            self._report_at(*foreign, "not UTF-8; read as GB18030", "encoding", "warning")
        return text

    def _report_at(self, line: int, col: int, message: str, rule: str, level: model.Level = "error") -> None:
        self.broken |= level == "error"
        self._problems.append(Problem(self.path, line, col, level, message, rule))

    def _report_yaml(self, e: yaml.MarkedYAMLError, text: str) -> None:
        unclosed = "quoted scalar" in (e.context or "")  # its end may be far from the line that wants mending
        mark = e.context_mark if unclosed else e.problem_mark or e.context_mark
        message = e.problem or "not valid YAML"
        line = col = 1
        if mark is not None:
            line, col = mark.line + 1, mark.column + 1
            value = _VALUE.sub("", text.split("\n")[mark.line]) if mark.line < text.count("\n") + 1 else ""
            if unclosed:
                message += " in a quoted text"
            elif _QUOTE_HINT.match(value) or ": " in value:
                message += "; quote the text or use |"
        self._report_at(line, col, message, "yaml")

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

    def texts(
        self, node: yaml.Node | None, places: Places | None = None, *key: str, among: Sequence[str] = ()
    ) -> tuple[str, ...]:
        """The texts of a list; where each stands goes to `places` under (*key, its number)."""
        nodes = self.items(node)
        if places is not None:
            places.update(((*key, i), self.place(n)) for i, n in enumerate(nodes))
        if among:
            return tuple(self.text(n, among=among) for n in nodes)
        # most of a library passes here: a plain text needs no second look
        return tuple((type(n) is yaml.ScalarNode and n.value.strip()) or self.text(n) for n in nodes)

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
        root = _compose(text)
    except _Bad as e:
        raise CsHelperError(f"{where}:{e.line}:{e.col}: {e.message}") from None
    except yaml.MarkedYAMLError as e:
        mark = e.problem_mark
        raise CsHelperError(
            f"{where}:{mark.line + 1 if mark else 1}:{mark.column + 1 if mark else 1}: {e.problem}"
        ) from None
    except yaml.YAMLError as e:
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
