"""What several test files share: an isolated home, the built index of the bundled library, the program as a process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cs_helper.answer import load_library
from cs_helper.index import Index

Run = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.fixture(scope="session", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home of our own: no test reads or writes the developer's configuration and cache."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(folder))
        patch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        for name in ("CS_HELPER_LIBRARY", "NO_COLOR", "FORCE_COLOR", "TERM"):
            patch.delenv(name, raising=False)
        yield folder


@pytest.fixture(scope="session")
def library(home: Path) -> Index:
    """The bundled library, compiled once for the whole run."""
    return load_library()


@pytest.fixture(scope="session")
def run(home: Path) -> Run:
    """Run the program as a process: `run("--json", "太贵了", stdin=b"", env={…})`."""

    def call(
        *args: str, stdin: bytes = b"", env: dict[str, str] | None = None, **options: object
    ) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-m", "cs_helper", *args],
            input=stdin,
            capture_output=True,
            env={**os.environ, **(env or {})},
            timeout=120,
            **options,  # type: ignore[call-overload]
        )

    return call
