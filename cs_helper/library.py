"""Read a phrase library: find its folders, parse them strictly, lay them over each other, collect every problem.

Every scalar is read as the text that stands in the file (`no`, `12:30` and `0123` stay
what they are); duplicate and unknown keys, wrong shapes and unknown words are problems with path, line and column.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import yaml

from cs_helper import model
from cs_helper.errors import LibraryError
from cs_helper.model import Library, Place, Placeholder, Problem, Reply, Scenario, WordingRule
from cs_helper.yaml_file import YamlFile

SHARED_FILES = ("lexicon", "placeholders", "compliance", "out_of_scope")
_NAME = re.compile(r"[a-z][a-z0-9_]*")


# --- what each kind of file looks like (scripts_library/schema/ says the same to editors; a test compares them) -----

SCENARIO_KEYS = (
    "title", "means", "by", "frequency", "states", "ask_for", "next", "escalate",
    "messages", "not_messages", "replies", "extends",
)  # fmt: skip
REPLY_KEYS = ("id", "text", "technique", "tone", "lang", "states", "bargaining", "remove")
PLACEHOLDER_KEYS = ("kind", "meaning", "alias", "default")
RULE_KEYS = ("level", "lang", "words", "unless", "reason", "suggestion", "bad", "good")


class _Draft:
    """A scenario file as written: the record, whether it extends a lower layer, and the replies it removes."""

    def __init__(self, scenario: Scenario, extends: bool, removed: frozenset[str], given: frozenset[str]) -> None:
        self.scenario, self.extends, self.removed, self.given = scenario, extends, removed, given

    def over(self, lower: Scenario) -> Scenario:
        """This draft laid over the same scenario of a lower layer."""
        mine = self.scenario
        replies = {r.id: r for r in lower.replies if r.id not in self.removed}
        replies.update((r.id, r) for r in mine.replies)
        changes: dict[str, Any] = {
            k: getattr(mine, k) for k in self.given if k not in ("messages", "replies", "not_messages")
        }
        return replace(
            lower,
            **changes,
            messages=(*lower.messages, *mine.messages),
            not_messages=(*lower.not_messages, *mine.not_messages),
            replies=tuple(replies.values()),
        )


Places = dict[tuple[str | int, ...], Place]


def _read_scenario(file: YamlFile, root: yaml.MappingNode, stage: str, places: Places) -> _Draft:
    sid = Path(file.path).stem
    keys = file.mapping(root, SCENARIO_KEYS)
    places["scenario", sid] = file.place(root)
    extends = file.text(keys.get("extends"), among=("true", "false")) == "true"
    by_agent = file.text(keys.get("by"), among=("agent",)) == "agent"
    if not _NAME.fullmatch(sid):
        file.report(root, f"the file name {sid!r} must be lower-case letters, digits and _", "name")
    if not extends:
        for name in ("title", "replies", *(() if by_agent else ("messages",))):
            if name not in keys:
                file.report(root, f"the key {name!r} is missing", "missing-key")
    if by_agent and ("messages" in keys or "not_messages" in keys):
        file.report(keys.get("messages", root), "a scenario that the agent starts has no messages", "shape")
    not_messages = []
    for node in file.items(keys.get("not_messages")):
        entry = file.mapping(node, ("text", "belongs_to"), ("text", "belongs_to"))
        not_messages.append((file.text(entry.get("text")), file.text(entry.get("belongs_to"))))
        places["not_message", sid, len(not_messages) - 1] = file.place(entry.get("belongs_to", node))
    messages = file.texts(keys.get("messages"))
    for i, node in enumerate(file.items(keys.get("messages"))):
        places["message", sid, messages[i]] = file.place(node)
    replies, removed = _read_replies(file, keys.get("replies"), sid, places)
    for name in ("title", "next"):
        if name in keys:
            places[name, sid] = file.place(keys[name])
    scenario = Scenario(
        id=sid,
        stage=stage,
        title=file.text(keys.get("title")) or sid,
        means=file.text(keys.get("means")),
        by_agent=by_agent,
        frequency=file.text(keys.get("frequency"), among=model.FREQUENCIES) or "normal",
        states=file.texts(keys.get("states"), among=model.STATES),
        ask_for=file.texts(keys.get("ask_for")),
        next=file.texts(keys.get("next")),
        escalate=file.text(keys.get("escalate")),
        messages=messages,
        not_messages=tuple(not_messages),
        replies=replies,
    )
    given = frozenset(k for k in keys if k not in ("extends", "by"))
    return _Draft(scenario, extends, removed, given)


def _read_replies(
    file: YamlFile, node: yaml.Node | None, sid: str, places: Places
) -> tuple[tuple[Reply, ...], frozenset[str]]:
    replies: dict[str, Reply] = {}
    removed = set()
    for item in file.items(node):
        entry = file.mapping(item, REPLY_KEYS, ("id",))
        rid = file.text(entry.get("id"))
        if rid and not _NAME.fullmatch(rid):
            file.report(entry["id"], f"the reply id {rid!r} must be lower-case letters, digits and _", "name")
        if rid in replies:
            file.report(item, f"the reply id {rid!r} stands here twice", "duplicate-id")
        if file.text(entry.get("remove"), among=("true", "false")) == "true":
            removed.add(rid)
            continue
        if "text" not in entry:
            file.report(item, "the key 'text' is missing", "missing-key")
        places["reply", sid, rid] = file.place(entry.get("text", item))
        replies[rid] = Reply(
            id=rid,
            text=file.text(entry.get("text")),
            lang=cast(model.Lang, file.text(entry.get("lang"), among=model.LANGS) or "zh"),
            technique=file.text(entry.get("technique")),
            tone=file.text(entry.get("tone"), among=model.TONES) or "warm",
            states=file.texts(entry.get("states"), among=model.STATES),
            bargaining=file.text(entry.get("bargaining"), among=model.BARGAINING),
        )
    return tuple(replies.values()), frozenset(removed)


def _read_placeholders(file: YamlFile, root: yaml.MappingNode, places: Places) -> dict[str, Placeholder]:
    found = {}
    for name, node in file.mapping(root, None).items():
        entry = file.mapping(node, PLACEHOLDER_KEYS, ("kind", "meaning"))
        places["placeholder", name] = file.place(node)
        kind = file.text(entry.get("kind"), among=("wording", "fact"))
        default = {}
        if "default" in entry:
            default = {k: file.text(v) for k, v in file.mapping(entry["default"], model.LANGS).items()}
            if kind == "fact":
                file.report(
                    entry["default"], f"{name}: a fact has no default; it would become a promise", "fact-default"
                )
        found[name] = Placeholder(
            name,
            "fact" if kind == "fact" else "wording",
            file.text(entry.get("meaning")),
            file.text(entry.get("alias")),
            default,
        )
    return found


def _read_rules(file: YamlFile, root: yaml.MappingNode, places: Places) -> dict[str, WordingRule]:
    found = {}
    for name, node in file.mapping(root, None).items():
        entry = file.mapping(node, RULE_KEYS, ("level", "words", "reason", "bad", "good"))
        places["rule", name] = file.place(node)
        found[name] = WordingRule(
            id=name,
            level=cast(model.Level, file.text(entry.get("level"), among=model.LEVELS) or "hint"),
            words=file.texts(entry.get("words")),
            reason=file.text(entry.get("reason")),
            suggestion=file.text(entry.get("suggestion")),
            unless=file.texts(entry.get("unless")),
            lang=cast("model.Lang | None", file.text(entry.get("lang"), among=model.LANGS) or None),
            bad=file.texts(entry.get("bad")),
            good=file.texts(entry.get("good")),
        )
    return found


def _read_concepts(file: YamlFile, root: yaml.MappingNode, places: Places) -> dict[str, tuple[str, ...]]:
    found = {}
    for name, node in file.mapping(root, None).items():
        places["concept", name] = file.place(node)
        found[name] = file.texts(node)
    return found


def _read_out_of_scope(file: YamlFile, root: yaml.MappingNode, places: Places) -> dict[str, tuple[str, ...]]:
    keys = file.mapping(root, ("means", "messages"), ("messages",))
    texts = file.texts(keys.get("messages"))
    for i, node in enumerate(file.items(keys.get("messages"))):
        places["message", "", texts[i]] = file.place(node)
    return {"messages": texts}


_SHARED_READERS: dict[str, Callable[[YamlFile, yaml.MappingNode, Places], dict[str, Any]]] = {
    "lexicon": _read_concepts,
    "placeholders": _read_placeholders,
    "compliance": _read_rules,
    "out_of_scope": _read_out_of_scope,
}


# --- finding and laying over ----------------------------------------------------------------------------------------


def library_files(layer: Path) -> Iterator[tuple[str, str, Path]]:
    """(stage, name, path) of every library file of a layer in a fixed order; stage is "" for the shared files."""
    for name in SHARED_FILES:
        path = layer / f"{name}.yaml"
        if path.exists():
            yield "", name, path
    for stage in model.STAGES:
        try:
            names = sorted(
                n for n in os.listdir(layer / stage) if n.endswith((".yaml", ".yml")) and not n.startswith(".")
            )
        except OSError:
            continue
        for name in names:
            yield stage, name.rsplit(".", 1)[0], layer / stage / name


def read_library(layers: Sequence[Path]) -> Library:
    """Read library folders, lowest first, into one library; broken files are left out and reported in `problems`.

    Raises:
        LibraryError: a folder is missing, or no scenario at all could be read.
    """
    problems: list[Problem] = []
    places: Places = {}
    shared: dict[str, dict[str, Any]] = {name: {} for name in SHARED_FILES}
    scenarios: dict[str, Scenario] = {}
    for layer in layers:
        if not layer.is_dir():
            raise LibraryError(f"{layer}: not a library folder" if layer.exists() else f"{layer}: no such folder")
        for stage, name, path in library_files(layer):
            file = YamlFile(path, problems)
            root = file.root()
            if root is None:
                continue
            if stage:
                _add_scenario(file, root, stage, scenarios, places)
            else:
                entries = _SHARED_READERS[name](file, root, places)
                if not file.broken:
                    shared[name].update(entries)
    _check_references(scenarios, places, problems)
    if not scenarios:
        where = ", ".join(map(str, layers))
        raise LibraryError(f"no usable scenario in {where}", tuple(problems))
    return Library(
        scenarios=scenarios,
        placeholders=shared["placeholders"],
        rules=tuple(shared["compliance"].values()),
        concepts=shared["lexicon"],
        out_of_scope=shared["out_of_scope"].get("messages", ()),
        problems=tuple(problems),
        places=places,
    )


def _add_scenario(
    file: YamlFile, root: yaml.MappingNode, stage: str, scenarios: dict[str, Scenario], places: Places
) -> None:
    draft = _read_scenario(file, root, stage, places)
    sid = draft.scenario.id
    lower = scenarios.get(sid)
    if lower and lower.stage != stage:
        file.report(root, f"{sid} already stands in {lower.stage}", "stage")
    elif draft.extends and lower is None:
        file.report(root, f"nothing to extend: no lower library has {sid}", "extends")
    if not file.broken:
        scenarios[sid] = draft.over(lower) if draft.extends and lower else draft.scenario


def _check_references(scenarios: dict[str, Scenario], places: Places, problems: list[Problem]) -> None:
    for s in scenarios.values():
        references = [("next", n, places.get(("next", s.id))) for n in s.next]
        references += [
            ("belongs_to", b, places.get(("not_message", s.id, i))) for i, (_, b) in enumerate(s.not_messages)
        ]
        for key, target, place in references:
            if target not in scenarios:
                at = place or places["scenario", s.id]
                problems.append(
                    Problem(
                        at.path,
                        at.line,
                        at.col,
                        "warning",
                        f"{key}: there is no scenario {target!r}",
                        "unknown-scenario",
                    )
                )
