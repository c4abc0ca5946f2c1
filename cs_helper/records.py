"""What each kind of library file looks like, and how its nodes become records.

`scripts_library/schema/` says the same to editors; a test compares them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from cs_helper import model
from cs_helper.model import LIKE, Placeholder, Reply, Scenario, WordingRule
from cs_helper.text import normalise
from cs_helper.yaml_file import MappingNode, Node, Places, YamlFile

SCENARIO_KEYS = (
    "title", "means", "by", "frequency", "states", "ask_for", "next", "escalate",
    "messages", "not_messages", "replies", "extends",
)  # fmt: skip
REPLY_KEYS = ("id", "text", "technique", "tone", "lang", "about", "states", "bargaining", "remove")
PLACEHOLDER_KEYS = ("kind", "meaning", "alias", "default")
NOT_MESSAGE_KEYS = ("text", "belongs_to")
RULE_KEYS = ("level", "lang", "words", "unless", "reason", "suggestion", "bad", "good")
OUT_OF_SCOPE_KEYS = ("means", "messages")
KINDS = ("wording", "fact")
FLAGS = ("true", "false")
_ADDED = ("messages", "not_messages", "replies")  # what a file that extends adds to; its other keys replace
_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Draft:
    """A scenario file as written: the record, whether it extends a lower layer, the replies it removes, its keys."""

    scenario: Scenario
    extends: bool
    removed: Mapping[str, Node]
    given: frozenset[str]

    def over(self, lower: Scenario) -> Scenario:
        """This draft laid over the same scenario of a lower layer."""
        mine = self.scenario
        replies = {r.id: r for r in lower.replies if r.id not in self.removed}
        replies.update((r.id, r) for r in mine.replies)
        changes: dict[str, Any] = {k: getattr(mine, k) for k in self.given if k not in _ADDED}
        return replace(
            lower,
            **changes,
            messages=(*lower.messages, *mine.messages),
            not_messages=(*lower.not_messages, *mine.not_messages),
            replies=tuple(replies.values()),
        )


def _folded(file: YamlFile, node: Node | None) -> tuple[str, ...]:
    """Texts that are compared without case, folded once for all."""
    return tuple(text.casefold() for text in file.texts(node))


def _normalised(file: YamlFile, node: Node | None) -> tuple[str, ...]:
    """Words that are looked for in normalised messages; LIKE in front of one stays."""
    words: dict[str, None] = {}
    for item, text in zip(file.items(node), file.texts(node), strict=True):
        word = normalise(text).strip("? ")
        if not file.broken and not any(map(str.isalpha, word)):
            file.report(item, "no letter in it to look for; numbers count as any number", "empty")
        words[LIKE * text.startswith(LIKE) + word] = None
    return tuple(words)


def _check_name(file: YamlFile, node: Node, name: str, what: str) -> None:
    if not _NAME.fullmatch(name):
        file.report(node, f"the {what} {name!r} must be lower-case letters, digits and _", "name")


def read_scenario(file: YamlFile, root: MappingNode, stage: str, places: Places) -> Draft:
    """A scenario file's record; the file's stem is the id."""
    sid = Path(file.path).stem
    keys = file.mapping(root, SCENARIO_KEYS)
    places["scenario", sid] = file.place(root)
    extends = file.text(keys.get("extends"), among=FLAGS) == "true"
    by_agent = file.text(keys.get("by"), among=("agent",)) == "agent"
    _check_name(file, root, sid, "file name")
    if not extends:
        for name in ("title", "replies", *(() if by_agent else ("messages",))):
            if name not in keys:
                file.report(root, f"the key {name!r} is missing", "missing-key")
    if by_agent and ("messages" in keys or "not_messages" in keys):
        file.report(keys.get("messages", root), "a scenario that the agent starts has no messages", "shape")
    not_messages = []
    for i, node in enumerate(file.items(keys.get("not_messages"))):
        entry = file.mapping(node, NOT_MESSAGE_KEYS, NOT_MESSAGE_KEYS)
        not_messages.append((file.text(entry.get("text")), file.text(entry.get("belongs_to"))))
        places["not_message", sid, i] = file.place(entry.get("text", node))
        places["belongs_to", sid, i] = file.place(entry.get("belongs_to", node))
    messages = file.texts(keys.get("messages"), places, "message", sid)
    replies, removed = _read_replies(file, keys.get("replies"), sid, places)
    places.update(((name, sid), file.place(node)) for name, node in keys.items())
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
    return Draft(scenario, extends, removed, given)


def _read_replies(
    file: YamlFile, node: Node | None, sid: str, places: Places
) -> tuple[tuple[Reply, ...], dict[str, Node]]:
    replies: dict[str, Reply] = {}
    removed: dict[str, Node] = {}
    for item in file.items(node):
        entry = file.mapping(item, REPLY_KEYS, ("id",))
        rid = file.text(entry.get("id"))
        if rid:
            _check_name(file, entry["id"], rid, "reply id")
        if rid in replies:
            file.report(item, f"the reply id {rid!r} stands here twice", "duplicate-id")
        if file.text(entry.get("remove"), among=FLAGS) == "true":
            removed[rid] = item
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
            about=_normalised(file, entry.get("about")),
        )
    return tuple(replies.values()), removed


def _read_placeholders(file: YamlFile, root: MappingNode, places: Places) -> dict[str, Placeholder]:
    found = {}
    for name, node in file.mapping(root, None).items():
        entry = file.mapping(node, PLACEHOLDER_KEYS, ("kind", "meaning"))
        _check_name(file, node, name, "placeholder")
        places["placeholder", name] = file.place(node)
        kind = file.text(entry.get("kind"), among=KINDS)
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


def _read_rules(file: YamlFile, root: MappingNode, places: Places) -> dict[str, WordingRule]:
    found = {}
    for name, node in file.mapping(root, None).items():
        entry = file.mapping(node, RULE_KEYS, ("level", "words", "reason", "bad", "good"))
        places["rule", name] = file.place(node)
        found[name] = WordingRule(
            id=name,
            level=cast(model.Level, file.text(entry.get("level"), among=model.LEVELS) or "hint"),
            words=_folded(file, entry.get("words")),
            reason=file.text(entry.get("reason")),
            suggestion=file.text(entry.get("suggestion")),
            unless=_folded(file, entry.get("unless")),
            lang=cast("model.Lang | None", file.text(entry.get("lang"), among=model.LANGS) or None),
            bad=file.texts(entry.get("bad"), places, "bad", name),
            good=file.texts(entry.get("good"), places, "good", name),
        )
    return found


def _read_concepts(file: YamlFile, root: MappingNode, places: Places) -> dict[str, tuple[str, ...]]:
    found = {}
    for name, node in file.mapping(root, None).items():
        places["concept", name] = file.place(node)
        found[name] = file.texts(node)
    return found


def _read_out_of_scope(file: YamlFile, root: MappingNode, places: Places) -> dict[str, str]:
    """The messages, each under a key of its own: those of an upper layer come on top."""
    keys = file.mapping(root, OUT_OF_SCOPE_KEYS, ("messages",))
    texts = file.texts(keys.get("messages"), places, "out_of_scope", file.path)
    return {f"{file.path}:{i}": text for i, text in enumerate(texts)}


SHARED_READERS: dict[str, Callable[[YamlFile, MappingNode, Places], dict[str, Any]]] = {
    "lexicon": _read_concepts,
    "placeholders": _read_placeholders,
    "compliance": _read_rules,
    "out_of_scope": _read_out_of_scope,
}
