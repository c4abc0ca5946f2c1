"""Run the program on a pseudo-terminal, as a person would."""

from __future__ import annotations

import errno
import fcntl
import os
import pty
import select
import subprocess
import sys
import termios
import time
from collections.abc import Sequence

SECONDS = 60.0


def run_on_terminal(
    *args: str,
    program: Sequence[str] = (sys.executable, "-m", "cs_helper"),
    columns: int = 80,
    typed: Sequence[tuple[bytes, bytes]] = (),
    env: dict[str, str] | None = None,
) -> tuple[str, int]:
    """What the terminal showed (\\r\\n as \\n) and the exit code; each of `typed` is (wait until this shows, type that)."""
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (50, columns))
    process = subprocess.Popen(
        [*program, *args],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env={**os.environ, "TERM": "xterm-256color", **(env or {})},
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # so that ^C means something
    )
    os.close(slave)
    shown = b""
    steps = list(typed)
    end = time.monotonic() + SECONDS
    try:
        while time.monotonic() < end:
            if steps and steps[0][0] in shown:
                _write(master, steps.pop(0)[1])
            if select.select([master], [], [], 0.05)[0]:
                data = _read(master)
                if not data:
                    break
                shown += data
            elif process.poll() is not None:
                break
        else:
            process.kill()
        return shown.decode("utf-8", "replace").replace("\r\n", "\n"), process.wait(10)
    finally:
        os.close(master)


def _read(fd: int) -> bytes:
    try:
        return os.read(fd, 65536)
    except OSError as e:  # Linux says so when the other side has closed
        if e.errno == errno.EIO:
            return b""
        raise


def _write(fd: int, data: bytes) -> None:
    """Type all of it, while taking nothing back: the terminal's queues are read in between by the caller's loop."""
    os.set_blocking(fd, False)
    while data:
        try:
            data = data[os.write(fd, data) :]
        except BlockingIOError:
            select.select([fd], [fd], [], 1)
            if select.select([fd], [], [], 0)[0]:
                _read(fd)
    os.set_blocking(fd, True)
