"""What the shop and the order at hand contribute: the profile (`config.toml`), the context file, and whose value wins."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from cs_helper.errors import CsHelperError, did_you_mean
from cs_helper.model import BARGAINING, LANGS, TONES
from cs_helper.render import Placeholders
from cs_helper.text import clean, decode

SETTINGS = {"bargaining": BARGAINING, "lang": ("auto", *LANGS), "tone": TONES}
MAX_FILE_BYTES = 1_000_000


class Profile(NamedTuple):
    """A shop's settings: how it bargains, its reply language and tone, and values for any placeholder."""

    bargaining: str = ""
    lang: str = "auto"
    tone: str | None = None
    values: Mapping[str, str] = {}


class Values:
    """Values by precedence: the first layer that knows a placeholder wins."""

    def __init__(self, layers: Iterable[tuple[str, Mapping[str, str]]]) -> None:
        self._layers = [(source, dict(values)) for source, values in layers]
        for _, values in self._layers:  # who knows the customer's name greets with it
            if values.get("customer"):
                values.setdefault("salutation", values["customer"])

    def with_message(self, slots: Mapping[str, str]) -> Values:
        """The same with what the message itself says, above the profile and below what was given for this order."""
        at = next((i for i, (source, _) in enumerate(self._layers) if source == "profile"), len(self._layers))
        return Values([*self._layers[:at], ("message", slots), *self._layers[at:]])

    def find(self, name: str) -> tuple[str, str] | None:
        """(value, source) of a placeholder, None when nobody knows it; an empty value is none."""
        for source, values in self._layers:
            value = values.get(name)
            if value:
                return value, source
        return None


def read_values(raw: Mapping[Any, object], placeholders: Placeholders, where: str) -> dict[str, str]:
    """Placeholder values as clean text under their proper names; a null is no value.

    Raises:
        CsHelperError: a name that no library file declares, or a value that is no plain text or number.
    """
    values = {}
    for written, value in raw.items():
        name = placeholders.name(str(written))
        if placeholders.get(name) is None:
            near = did_you_mean(str(written), (n for p in placeholders for n in (p.name, p.alias)))
            raise CsHelperError(
                f"{where}: unknown placeholder {written!r}{near or '; `cs-helper list --placeholders` shows them'}"
            )
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise CsHelperError(f"{where}: {written!r} must be text or a number")
        values[name] = clean(str(value)).strip()
    return values


def parse_settings(settings: Iterable[str], placeholders: Placeholders) -> dict[str, str]:
    """Values of `--set name=value` options; of two for one name the last counts.

    Raises:
        CsHelperError: an option without `=`, or an unknown name.
    """
    pairs = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals or not name.strip():
            raise CsHelperError(f"--set {clean(setting)}: expected NAME=VALUE")
        pairs[name.strip()] = value
    return read_values(pairs, placeholders, "--set")


def read_profile(path: Path | None, placeholders: Placeholders) -> Profile:
    """The shop's profile; an empty one when there is no file, or no home that may be looked into.

    Raises:
        CsHelperError: the file is unreadable, not TOML, or sets something unknown.
    """
    try:
        data = _read(path) if path else b""
    except (FileNotFoundError, NotADirectoryError):
        return Profile()
    except OSError as e:
        if isinstance(e, PermissionError) and path and not os.access(path.parent, os.X_OK):
            return Profile()
        raise CsHelperError(f"{path}: {e.strerror}") from None
    if not data:
        return Profile()
    import tomllib

    try:
        raw = tomllib.loads(decode(data))
    except tomllib.TOMLDecodeError as e:
        raise CsHelperError(f"{path}: {e}") from None
    settings = {}
    for name, allowed in SETTINGS.items():
        if name in raw:
            settings[name] = value = raw.pop(name)
            if value not in allowed:
                raise CsHelperError(f"{path}: {name} must be one of: {', '.join(allowed)}")
    return Profile(**settings, values=read_values(raw, placeholders, str(path)))


def read_context(path: Path, placeholders: Placeholders) -> tuple[dict[str, str], str | None]:
    """Values and order state of a context file (JSON or YAML: placeholder → value, plus `state`).

    Raises:
        CsHelperError: the file is missing, unreadable or of another shape.
    """
    try:
        data = _read(path)
    except OSError as e:
        raise CsHelperError(f"{path}: {e.strerror}") from None
    raw = _parse_mapping(decode(data), str(path))
    state = raw.pop("state", None)
    return read_values(raw, placeholders, str(path)), None if state is None else str(state)


def _read(path: Path) -> bytes:
    with open(path, "rb") as f:
        data = f.read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        raise CsHelperError(f"{path}: larger than {MAX_FILE_BYTES:,} bytes")
    return data


def _parse_mapping(text: str, where: str) -> dict[Any, object]:
    import json

    try:
        raw = json.loads(text)
    except json.JSONDecodeError as e:
        if not text.lstrip().startswith(("{", "[")):
            from cs_helper.yaml_file import parse_flat

            raw = {k: None if v in ("~", "null") else v for k, v in parse_flat(text, where).items()}
        else:
            raise CsHelperError(f"{where}:{e.lineno}:{e.colno}: {e.msg[:1].lower()}{e.msg[1:]}") from None
    except (ValueError, RecursionError) as e:  # a number of thousands of digits, thousands of brackets
        raise CsHelperError(f"{where}: {e}") from None
    if not isinstance(raw, dict):
        raise CsHelperError(f"{where}: expected names and values")
    return raw
