"""Read a phrase library: find its folders, lay them over each other, collect every problem.

Every scalar is read as the text that stands in the file (`no`, `12:30` and `0123` stay what they are); duplicate and
unknown keys, wrong shapes and unknown words are problems with path, line and column.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from cs_helper import model
from cs_helper.errors import LibraryError
from cs_helper.model import Library, Problem, Scenario
from cs_helper.records import SHARED_READERS, read_scenario
from cs_helper.workers import side_by_side
from cs_helper.yaml_file import MappingNode, Places, YamlFile


def library_files(layer: Path) -> Iterator[tuple[str, str, Path]]:
    """(stage, name, path) of every library file of a layer in a fixed order; stage is "" for the shared files."""
    for name in SHARED_READERS:
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


def unread_files(layer: Path) -> Iterator[Path]:
    """YAML files that look as if they were meant for the library, but whose folder or name nobody reads."""
    read = {path for _, _, path in library_files(layer)}
    for pattern in ("*.yaml", "*.yml", "*/*.yaml", "*/*.yml"):
        yield from sorted(p for p in layer.glob(pattern) if p not in read and "/." not in f"/{p.relative_to(layer)}")


def read_library(layers: Sequence[Path], drafts: Mapping[str, Scenario] | None = None) -> Library:
    """Read library folders, lowest first, into one library; broken files are left out and reported in `problems`.

    Args:
        layers: the folders.
        drafts: scenario files that were read before (`Library.drafts`); unchanged ones are not read again, and have
            no `places`.

    Raises:
        LibraryError: a folder is missing, or no scenario at all could be read.
    """
    library = read_layers(layers, drafts=drafts)
    if not library.scenarios:
        raise LibraryError(f"no usable scenario in {', '.join(map(str, layers))}", library.problems)
    return library


def read_layers(
    layers: Sequence[Path], *, drafts: Mapping[str, Scenario] | None = None, only_shared: bool = False
) -> Library:
    """`read_library` that is content with what it finds; `only_shared` leaves the scenarios out.

    Raises:
        LibraryError: a folder is missing.
    """
    reading = _Reading(drafts or {})
    for layer in layers:
        if not layer.is_dir():
            raise LibraryError(f"{layer}: not a library folder" if layer.exists() else f"{layer}: no such folder")
        for stage, name, path in library_files(layer):
            if not (stage and only_shared):
                reading.add(stage, name, path)
    return reading.library()


def read_drafts(layers: Sequence[Path]) -> dict[str, Scenario]:
    """The scenario files of some folders that are whole without a lower layer (`Library.drafts`).

    Half of them are read in another process where there is one to spare.
    """
    files = [file for layer in layers for file in library_files(layer) if file[0]]
    first, second = side_by_side(_read_alone, files[::2], files[1::2])
    return {**first, **second}


def _read_alone(files: Sequence[tuple[str, str, Path]]) -> Mapping[str, Scenario]:
    reading = _Reading({})
    for stage, name, path in files:
        reading.add(stage, name, path)
    return reading.library().drafts


class _Reading:
    """A library while its files are read, one after the other."""

    def __init__(self, earlier: Mapping[str, Scenario]) -> None:
        self._earlier = earlier
        self._drafts: dict[str, Scenario] = {}
        self._problems: list[Problem] = []
        self._places: Places = {}
        self._shared: dict[str, dict[str, Any]] = {name: {} for name in SHARED_READERS}
        self._scenarios: dict[str, Scenario] = {}

    def add(self, stage: str, name: str, path: Path) -> None:
        file = YamlFile(path, self._problems)
        draft = f"{stage}/{name} {file.content()}" if stage and name not in self._scenarios else ""
        if draft in self._earlier:
            self._scenarios[name] = self._drafts[draft] = self._earlier[draft]
            return
        root = file.root()
        if root is None:
            return
        found: Places = {}
        if stage:
            _add_scenario(file, root, stage, self._scenarios, found)
        else:
            entries = SHARED_READERS[name](file, root, found)
            if not file.broken:
                self._shared[name].update(entries)
        if not file.broken:
            self._places.update(found)
            if draft:
                self._drafts[draft] = self._scenarios[name]

    def library(self) -> Library:
        return Library(
            scenarios=self._scenarios,
            placeholders=self._shared["placeholders"],
            rules=tuple(self._shared["compliance"].values()),
            concepts=self._shared["lexicon"],
            out_of_scope=tuple(self._shared["out_of_scope"].values()),
            problems=tuple(self._problems),
            places=self._places,
            drafts=self._drafts,
        )


def _add_scenario(
    file: YamlFile, root: MappingNode, stage: str, scenarios: dict[str, Scenario], places: Places
) -> None:
    """Read a scenario file and lay it over what the layers below have of that id."""
    draft = read_scenario(file, root, stage, places)
    sid = draft.scenario.id
    lower = scenarios.get(sid)
    extended = lower if draft.extends else None
    if lower and lower.stage != stage:
        file.report(root, f"{sid} already stands in {lower.stage}", "stage")
    elif draft.extends and not lower:
        file.report(root, f"nothing to extend: no library named before this one has {sid}", "extends")
    elif extended and extended.by_agent and draft.scenario.messages:
        file.report(root, "a scenario that the agent starts has no messages", "shape")
    below = {r.id for r in extended.replies} if extended else set()
    for rid, node in draft.removed.items():
        if rid not in below:
            file.report(node, f"nothing to remove: no lower library has the reply {rid!r}", "extends", "warning")
    if not file.broken:
        if extended:
            _renumber(places, extended)
        scenarios[sid] = draft.over(extended) if extended else draft.scenario


def _renumber(places: Places, lower: Scenario) -> None:
    """Count a file's messages on from those of the scenario below, behind which they will stand."""
    offsets = {"message": len(lower.messages)} | dict.fromkeys(("not_message", "belongs_to"), len(lower.not_messages))
    moved = {(*k[:-1], int(k[-1]) + offsets[str(k[0])]): places.pop(k) for k in [*places] if k[0] in offsets}
    places.update(moved)
