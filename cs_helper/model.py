"""The nouns: frozen records that every other module passes along. Nothing here computes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Lang = Literal["zh", "en"]
Mood = Literal["calm", "angry"]
Level = Literal["error", "warning", "hint"]

STAGES = ("pre_sale", "in_sale", "after_sale", "price_objections")
STATES = ("before", "ordered", "shipped", "received")
TONES = ("warm", "formal", "apologetic", "firm", "brief")
LANGS = ("zh", "en")
BARGAINING = ("fixed", "small_concession")
FREQUENCIES = ("high", "normal", "low")
LEVELS = ("error", "warning", "hint")
LIKE = "~"  # in front of a word of `about`: or any word that means the same (a concept of the lexicon)
TOPIC = "topic"  # the placeholder for the word of a reply's `about` that the message says


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply template of a scenario."""

    id: str
    text: str
    lang: Lang = "zh"
    technique: str = ""
    tone: str = "warm"
    states: tuple[str, ...] = ()
    bargaining: str = ""
    about: tuple[str, ...] = ()  # normalised words of the messages it answers best, some with LIKE; empty = all


@dataclass(frozen=True, slots=True)
class Scenario:
    """What a customer may be up to, and how to answer; `messages` are empty when the record comes from an index."""

    id: str
    stage: str
    title: str
    means: str = ""
    by_agent: bool = False
    frequency: str = "normal"
    states: tuple[str, ...] = ()
    ask_for: tuple[str, ...] = ()
    next: tuple[str, ...] = ()
    escalate: str = ""
    messages: tuple[str, ...] = ()
    not_messages: tuple[tuple[str, str], ...] = ()  # (text, id of the scenario it belongs to)
    replies: tuple[Reply, ...] = ()


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A name that templates may use: wording may carry a default for each language, a fact never does."""

    name: str
    kind: Literal["wording", "fact"]
    meaning: str = ""
    alias: str = ""
    default: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WordingRule:
    """Words (folded) that a reply should not contain, where they are fine (`unless`), and specimens that prove both."""

    id: str
    level: Level
    words: tuple[str, ...]
    reason: str
    suggestion: str = ""
    unless: tuple[str, ...] = ()
    lang: Lang | None = None
    bad: tuple[str, ...] = ()
    good: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """A finding in a library file; line and column count from 1, 0 = the whole file."""

    path: str
    line: int
    col: int
    level: Level
    message: str
    rule: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.col}: [{self.level}] {self.message} ({self.rule})"


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in a library file, counted from 1."""

    path: str
    line: int
    col: int


@dataclass(frozen=True, slots=True)
class Library:
    """A phrase library as read from its YAML layers, the upper ones merged over the lower ones.

    `places` maps ("scenario", id), ("message", id, i), ("reply", id, reply id) … to where it is written;
    `problems` are the findings of reading; a file with an error is left out of everything else. `drafts` are the
    scenario files that stand for themselves, as written, by a name that changes with their content.
    """

    scenarios: Mapping[str, Scenario]
    placeholders: Mapping[str, Placeholder]
    rules: tuple[WordingRule, ...]
    concepts: Mapping[str, tuple[str, ...]]
    out_of_scope: tuple[str, ...]
    problems: tuple[Problem, ...] = ()
    places: Mapping[tuple[str | int, ...], Place] = field(default_factory=dict)
    drafts: Mapping[str, Scenario] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Match:
    """A scenario the message may belong to; `score` is the estimated probability (0..1) that it is the right one."""

    scenario: str
    score: float
    clause: str = ""  # the part of the message that speaks for it most


@dataclass(frozen=True, slots=True)
class Value:
    """A filled placeholder and where its value came from (set, context, message, profile, default)."""

    name: str
    value: str
    source: str


@dataclass(frozen=True, slots=True)
class FilledReply:
    """A reply ready to send, or nearly: `missing` names the facts that stand as 【…】 in `text`."""

    id: str
    text: str
    technique: str
    tone: str
    lang: Lang
    missing: tuple[str, ...] = ()
    values: tuple[Value, ...] = ()
    warnings: tuple[str, ...] = ()
    rank: Mapping[str, int] = field(default_factory=dict)  # what ordered it: the smaller the better


@dataclass(frozen=True, slots=True)
class Suggested:
    """A ranked scenario with its filled replies and what the agent should know about it."""

    scenario: str
    stage: str
    title: str
    score: float
    ask_for: tuple[str, ...]
    escalate: str
    next: tuple[str, ...]
    replies: tuple[FilledReply, ...]
    clause: str = ""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The answer to one message; `clarify` is a question to ask when `confident` is False."""

    message: str
    confident: bool
    lang: Lang
    mood: Mood
    matches: tuple[Suggested, ...]
    clarify: str = ""
