"""Placeholders of a template: find, fill, report the missing ones.

`{name}` or `{name|default}`, `{{` and `}}` for literal braces, Chinese aliases (`{商品}`). No `str.format`, no
evaluation, one pass: a filled value is never expanded again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property

from cs_helper.model import Lang, Placeholder, Value

_PART = re.compile(r"\{\{|\}\}|\{([^{}|\n]*)(?:\|([^{}\n]*))?\}")

Lookup = Callable[[str], "tuple[str, str] | None"]  # placeholder name → (value, source)


class Placeholders:
    """The placeholders a library declares, found by name or alias."""

    def __init__(self, declared: Mapping[str, Placeholder]) -> None:
        self._by_name = dict(declared)
        self._names = {p.alias: p.name for p in declared.values() if p.alias}

    def __iter__(self) -> Iterator[Placeholder]:
        return iter(self._by_name.values())

    def __len__(self) -> int:
        return len(self._by_name)

    @cached_property
    def facts(self) -> frozenset[str]:
        """The names of those that are facts."""
        return frozenset(p.name for p in self if p.kind == "fact")

    def name(self, written: str) -> str:
        """The placeholder's name for a name or alias as written; unknown ones stay as they are."""
        written = written.strip()
        return written if written in self._by_name else self._names.get(written, written)

    def get(self, name: str) -> Placeholder | None:
        """The declaration of a placeholder, None for an unknown one."""
        return self._by_name.get(name)


def names_in(template: str) -> list[tuple[str, str | None]]:
    """(name as written, inline default or None) of every placeholder of a template, in order."""
    return [(m[1].strip(), m[2]) for m in _PART.finditer(template) if m[1] is not None]


def stray_brace(template: str) -> bool:
    """Whether a brace is left over that belongs to no placeholder."""
    rest = _PART.sub("", template)
    return "{" in rest or "}" in rest


def fill(
    template: str, placeholders: Placeholders, lookup: Lookup, lang: Lang
) -> tuple[str, tuple[Value, ...], tuple[str, ...]]:
    """The template with its placeholders filled, the values used, and the names that stay open as 【…】.

    Precedence: `lookup`, the inline default, the declared default; a fact never takes a default.
    """
    values: dict[str, Value] = {}
    missing: dict[str, None] = {}

    def put(m: re.Match[str]) -> str:
        if m[1] is None:
            return m[0][0]
        name = placeholders.name(m[1])
        declared = placeholders.get(name)
        found = lookup(name)
        if found is None and (declared is None or declared.kind == "wording"):
            default = m[2] if m[2] is not None else declared.default.get(lang) if declared else None
            found = None if default is None else (default.strip(), "default")
        if found is None:
            missing[name] = None
            return f"【{declared.alias if declared and declared.alias and lang == 'zh' else name.replace('_', ' ')}】"
        values[name] = Value(name, *found)
        return found[0]

    return _PART.sub(put, template), tuple(values.values()), tuple(missing)
