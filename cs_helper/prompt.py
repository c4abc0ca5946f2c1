"""The paste prompt: read a message typed or pasted on a terminal, until an empty line or ^D.

The terminal's own line mode cuts a line at 4,095 bytes and cannot tell a pasted empty line from a typed one, so the
letters are taken one by one here. Nothing of a paste is left over for the shell to run.
"""

from __future__ import annotations

import os
import re
import sys
from contextlib import suppress
from select import select

from cs_helper.text import MAX_BYTES

QUIET = 0.05  # seconds without input after which a paste is over
ASK = "Paste the customer's message; an empty line or ^D ends it:\n"
_PASTE_ON, _PASTE_OFF = b"\x1b[?2004h", b"\x1b[?2004l"  # the terminal marks what is pasted
_END = (b"\x04", b"\0")  # a ^D that was typed before the prompt appeared arrives as NUL
_TOKEN = re.compile(rb"\x1b\[[0-?]*[ -/]*[@-~]|\x1bO?[@-Z\\-~]|[\x00-\x1f\x7f]|[^\x00-\x1f\x7f]+")
_UNFINISHED = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*|O)?\Z")


def read_paste() -> bytes:
    """What is typed or pasted on the terminal at stdin; more than a message can hold is read and cut off."""
    try:
        import termios
    except ImportError:  # Windows: the console edits the lines
        _ask()
        return _read_lines()
    fd = sys.stdin.fileno()
    before = termios.tcgetattr(fd)
    mode = termios.tcgetattr(fd)
    mode[3] &= ~(termios.ICANON | termios.ECHO)
    marks = os.environ.get("TERM", "dumb") != "dumb"
    editor = _Editor(fd)
    try:
        termios.tcsetattr(fd, termios.TCSADRAIN, mode)
        if marks:
            _echo(fd, _PASTE_ON)
        _ask()
        editor.read()
    finally:
        _echo(fd, (b"" if editor.text.endswith(b"\n") else b"\n") + (_PASTE_OFF if marks else b""))
        termios.tcsetattr(fd, termios.TCSAFLUSH, before)
    return bytes(editor.text)


def _ask() -> None:
    sys.stderr.write(ASK)
    sys.stderr.flush()


def _read_lines() -> bytes:
    lines: list[str] = []
    for line in sys.stdin:
        if lines and not line.strip():
            break
        lines.append(line)
    return "".join(lines).encode("utf-8", "surrogateescape")


class _Editor:
    """The text so far, and whether a paste is going on."""

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self.text = bytearray()
        self.pasting = False
        self.ended = False

    def read(self) -> None:
        """Take what comes until ^D, an empty line, or the end of the terminal."""
        pending = b""
        while not self.ended:
            data = os.read(self.fd, 65536)
            if not data:
                break
            pending += data
            cut = _UNFINISHED.search(pending)  # a key's or mark's bytes may come in two parts
            end = cut.start() if cut else len(pending)
            for token in _TOKEN.findall(pending[:end]):
                self._take(token)
            pending = pending[end:]
            # an empty line within a paste is a part of the message: only a typed one, or the last one, ends it
            if not self.pasting and not self.ended and self._line_is_empty() and not self._more():
                break

    def _more(self) -> bool:
        return bool(select([self.fd], [], [], QUIET)[0])

    def _line_is_empty(self) -> bool:
        """Whether Enter was pressed on an empty line."""
        return self.text == b"\n" or self.text.endswith(b"\n\n")

    def _take(self, token: bytes) -> None:
        if token == b"\x1b[200~":
            self.pasting = True
        elif token == b"\x1b[201~":
            self.pasting = False
            while self.text.endswith(b"\n\n"):  # copied empty lines are no Enter
                self.text.pop()
        elif token in _END and not self.pasting:
            self.ended = True
        elif token in (b"\n", b"\r"):
            self._add(b"\n")
        elif token in (b"\x7f", b"\x08"):
            self._erase()
        elif token == b"\x15":  # ^U
            while self.text and not self.text.endswith(b"\n"):
                self._erase()
        elif token == b"\t" or (token[0] >= 0x20 and token != b"\x7f"):
            self._add(token)

    def _add(self, data: bytes) -> None:
        self.text += data
        del self.text[MAX_BYTES + 1 : -2]  # of what is too long anyway only the end, to see when it is over
        _echo(self.fd, data)

    def _erase(self) -> None:
        if not self.text or self.text.endswith(b"\n"):
            return
        from cs_helper.output import cells

        size = 1
        while size < min(4, len(self.text)) and self.text[-size] & 0xC0 == 0x80:
            size += 1
        letter = self.text[-size:].decode("utf-8", "replace")
        del self.text[-size:]
        _echo(self.fd, b"\b \b" * cells(letter))


def _echo(fd: int, data: bytes) -> None:
    """Show on the terminal itself: stderr may be redirected."""
    with suppress(OSError):
        os.write(fd, data)
