"""The JSON Schemas that editors use say the same as the reader, and every shipped file names its schema."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from cs_helper import model, records
from cs_helper.library import library_files
from cs_helper.paths import bundled_library

SCHEMAS = bundled_library() / "schema"
KINDS = ("scenario", *records.SHARED_READERS)


def schema(kind: str) -> Any:
    return json.loads((SCHEMAS / f"{kind}.schema.json").read_text(encoding="utf-8"))


SCENARIO, PLACEHOLDERS, COMPLIANCE, OUT_OF_SCOPE = map(
    schema, ("scenario", "placeholders", "compliance", "out_of_scope")
)
REPLY = SCENARIO["definitions"]["reply"]
NOT_MESSAGE = SCENARIO["properties"]["not_messages"]["items"]
PLACEHOLDER = PLACEHOLDERS["additionalProperties"]
RULE = COMPLIANCE["additionalProperties"]


def objects(node: Any) -> list[dict[str, Any]]:
    """Every schema of an object with keys inside a schema."""
    if isinstance(node, list):
        return [o for n in node for o in objects(n)]
    if not isinstance(node, dict):
        return []
    return [node] * (node.get("type") == "object") + objects(list(node.values()))


def test_there_is_a_schema_for_each_kind_of_file() -> None:
    assert {p.name for p in SCHEMAS.iterdir()} == {f"{kind}.schema.json" for kind in KINDS}


@pytest.mark.parametrize(
    ("described", "keys"),
    [
        (SCENARIO, records.SCENARIO_KEYS),
        (REPLY, records.REPLY_KEYS),
        (NOT_MESSAGE, records.NOT_MESSAGE_KEYS),
        (PLACEHOLDER, records.PLACEHOLDER_KEYS),
        (PLACEHOLDER["properties"]["default"], model.LANGS),
        (RULE, records.RULE_KEYS),
        (OUT_OF_SCOPE, records.OUT_OF_SCOPE_KEYS),
    ],
)
def test_keys_are_those_of_the_reader(described: dict[str, Any], keys: tuple[str, ...]) -> None:
    assert set(described["properties"]) == set(keys)
    assert described["additionalProperties"] is False


@pytest.mark.parametrize(
    ("described", "words"),
    [
        (SCENARIO["properties"]["frequency"], model.FREQUENCIES),
        (SCENARIO["properties"]["by"], ("agent",)),
        (SCENARIO["definitions"]["states"]["items"], model.STATES),
        (REPLY["properties"]["tone"], model.TONES),
        (REPLY["properties"]["lang"], model.LANGS),
        (REPLY["properties"]["bargaining"], model.BARGAINING),
        (PLACEHOLDER["properties"]["kind"], records.KINDS),
        (RULE["properties"]["level"], model.LEVELS),
        (RULE["properties"]["lang"], model.LANGS),
    ],
)
def test_words_are_those_of_the_reader(described: dict[str, Any], words: tuple[str, ...]) -> None:
    assert tuple(described["enum"]) == words


def test_defaults_are_those_of_the_records() -> None:
    defaults = model.Reply("", ""), model.Scenario("", "", "")
    for described, record in zip((REPLY, SCENARIO), defaults, strict=True):
        for key, value in described["properties"].items():
            assert value.get("default", getattr(record, key, None)) == getattr(record, key, None)


@pytest.mark.parametrize("kind", KINDS)
def test_schema_is_draft_07_and_explains_itself(kind: str) -> None:
    whole = schema(kind)
    assert whole["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert whole["title"]
    assert whole["description"]
    for o in objects(whole):
        assert "additionalProperties" in o
        for name, value in o.get("properties", {}).items():
            assert value.get("description", "").endswith("."), name


@pytest.mark.parametrize("kind", KINDS)
def test_references_lead_somewhere(kind: str) -> None:
    whole = schema(kind)
    for name in re.findall(r'"\$ref": "#/definitions/(\w+)"', json.dumps(whole)):
        assert name in whole["definitions"]


def test_every_library_file_names_its_schema() -> None:
    for stage, name, path in library_files(bundled_library()):
        first = Path(path).read_text(encoding="utf-8").splitlines()[0]
        target = "../schema/scenario" if stage else f"schema/{name}"
        assert first == f"# yaml-language-server: $schema={target}.schema.json", path
