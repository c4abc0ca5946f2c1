"""Put a reply on the clipboard: by the system's own program, else by the terminal (OSC 52)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from base64 import b64encode

SECONDS = 5.0
MAX_OSC_BYTES = 74_000  # longer sequences are dropped by common terminals


def copy(text: str) -> str:
    """Copy, and name what did it.

    Raises:
        OSError: nothing here can, or what can did not.
    """
    problem = "no clipboard program found (pbcopy, wl-copy, xclip, xsel, clip.exe)"
    for command in _commands():
        if not shutil.which(command[0]):
            continue
        data = text.encode("utf-16-le" if command[0] == "clip.exe" else "utf-8")
        try:
            # xclip and wl-copy stay behind to serve the text: they must not keep our pipes open
            subprocess.run(
                command, input=data, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=SECONDS, check=True
            )
            return command[0]
        except (OSError, subprocess.SubprocessError) as e:
            code = e.returncode if isinstance(e, subprocess.CalledProcessError) else type(e).__name__
            problem = f"{command[0]} failed ({code})"
    terminal = next((s for s in (sys.stdout, sys.stderr) if s.isatty()), None)
    data = b64encode(text.encode())
    if terminal is None or os.environ.get("TERM", "dumb") == "dumb" or len(data) > MAX_OSC_BYTES:
        raise OSError(problem)
    terminal.write(f"\x1b]52;c;{data.decode()}\x07")
    terminal.flush()
    return "the terminal"


def _commands() -> list[list[str]]:
    """The programs that may work here, the best one first."""
    if sys.platform == "darwin":
        return [["pbcopy"]]
    if sys.platform == "win32":
        return [["clip.exe"]]
    found = []
    if os.environ.get("WAYLAND_DISPLAY"):
        found.append(["wl-copy"])
    if os.environ.get("DISPLAY"):
        found += [["xclip", "-selection", "clipboard"], ["xsel", "--clipboard", "--input"]]
    return [*found, ["clip.exe"]]  # the last one: Linux under Windows
