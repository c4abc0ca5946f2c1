"""Whole processes on the scales: wall time with a paired baseline, peak memory of one process or of a family."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

_SCRIPT = Path(sysconfig.get_path("scripts"), "cs-helper")
CS_HELPER = (str(_SCRIPT),) if _SCRIPT.exists() else (sys.executable, "-m", "cs_helper")

# A process inherits the peak of whoever starts it, so that a small one has to
_LAUNCHER = """
import os, sys
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(pid, 0)
os.write(2, b"\\npeak %d" % usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""


class NotAvailable(Exception):
    """A measurement that cannot be made here; `str()` of it says why."""


@dataclass(frozen=True)
class Command:
    """A command line to be measured: what is piped in, and which exit code it should end with."""

    args: Sequence[str]
    stdin: bytes = b""
    env: Mapping[str, str] = field(default_factory=dict)
    code: int = 0

    def run(self, prefix: Sequence[str] = ()) -> subprocess.CompletedProcess[bytes]:
        """Run it to its end.

        Raises:
            NotAvailable: it ends otherwise than it should.
        """
        done = subprocess.run([*prefix, *self.args], input=self.stdin, capture_output=True, env=clean_env(self.env))
        self.check(done.returncode, done.stderr)
        return done

    def check(self, code: int, stderr: bytes) -> None:
        """Raise NotAvailable with the last line of stderr unless the exit code is the expected one."""
        if code != self.code:
            last = stderr.decode(errors="replace").strip().splitlines()[-1:]
            raise NotAvailable(f"exit code {code}: {' '.join(last) or 'nothing on stderr'}")

    def seconds(self) -> float:
        """Wall time of one run."""
        start = time.perf_counter()
        self.run()
        return time.perf_counter() - start

    def peak_mib(self) -> float:
        """Peak resident memory of one run."""
        done = self.run((sys.executable, "-I", "-S", "-c", _LAUNCHER))
        peak = int(done.stderr.rpartition(b"peak ")[2])
        return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def clean_env(extra: Mapping[str, str]) -> dict[str, str]:
    """The environment without what would change the program's library, colours or imports."""
    unwanted = ("CS_HELPER_LIBRARY", "NO_COLOR", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "PYTHONWARNINGS")
    return {k: v for k, v in os.environ.items() if k not in unwanted} | dict(extra)


def paired(commands: Mapping[str, Command], rounds: int) -> dict[str, float]:
    """The median seconds of each command, run in turn so that a busy moment of the machine hits all of them."""
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds + 1):
        for name, command in commands.items():
            times[name].append(command.seconds())
    return {name: median(t[1:]) for name, t in times.items()}  # the first round warms caches


def family_peak_mib(command: Command) -> tuple[float, float]:
    """(seconds, peak MiB) of a command and all its children together, each shared page counted once (Linux only).

    Raises:
        NotAvailable: there is no /proc, or the command fails.
    """
    if not os.path.exists("/proc/self/smaps_rollup"):
        raise NotAvailable("no /proc/PID/smaps_rollup on this system")
    with tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        process = subprocess.Popen(
            command.args, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors, env=clean_env(command.env)
        )
        peak = 0.0
        while process.poll() is None:
            peak = max(peak, sum(map(_pss_kib, _family(process.pid))) / 1024)
            time.sleep(0.05)
        seconds = time.perf_counter() - start
        errors.seek(0)
        command.check(process.returncode, errors.read())
    return seconds, peak


def _family(pid: int) -> list[int]:
    """A process and its descendants."""
    parents = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                stat = Path("/proc", entry, "stat").read_text(encoding="utf-8", errors="replace")
            except OSError:
                continue
            parents[int(entry)] = int(stat.rpartition(")")[2].split()[1])
    family = [pid]
    for member in family:
        family += [child for child, parent in parents.items() if parent == member]
    return family


def _pss_kib(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
