"""Build hook: compile the phrase library into the wheel, so that the first answer after an installation is instant."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class IndexHook(BuildHookInterface):  # type: ignore[type-arg]
    """Adds cs_helper/library.index; an editable install reads a library that is being edited, and has none."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        sys.path.insert(0, self.root)
        try:
            from cs_helper.cache import compile_library
        finally:
            sys.path.remove(self.root)
        self.folder = TemporaryDirectory()
        index = Path(self.folder.name, "library.index")
        index.write_bytes(compile_library([Path(self.root, "scripts_library")]))
        build_data["force_include"][str(index)] = "cs_helper/library.index"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        if version != "editable":
            self.folder.cleanup()
