"""What an operator did, when, and what came of it: lines of JSON that are only added to.

A line is on the disk before the next step starts. Whoever goes on after the operator's machine died reads which steps
have ended and what they had decided.
"""

import getpass
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Literal

import msgspec

from dr.errors import FailoverError
from infra.local import locks

Kind = Literal["decided", "started", "ended", "failed"]


class Entry(msgspec.Struct, frozen=True):
    """One line.

    Attributes:
        at_s: Seconds since the epoch.
        run: Name of the failover.
        step: Of the plan; empty: of the run itself.
        kind: What happened.
        detail: What was found, decided or counted.
        by: Whose process wrote it: user and machine.
    """

    at_s: float
    run: str
    step: str
    kind: Kind
    detail: dict[str, Any] = {}
    by: str = ""


class Journal:
    """The journal of one run.

    Args:
        file: Where it is; made if it is not there.
        run: Name of the failover.
        clock_s: Tells the time, in seconds since the epoch.
    """

    def __init__(self, file: Path, run: str, clock_s: Callable[[], float] = time.time) -> None:
        self.file = file
        self.run = run
        self._clock_s = clock_s

    def add(self, step: str, kind: Kind, **detail: Any) -> Entry:
        """Add a line; it is on the disk when this returns.

        Raises:
            FailoverError: It cannot be written.
        """
        entry = Entry(self._clock_s(), self.run, step, kind, detail, _whoever())
        with self._usable():
            self.file.parent.mkdir(parents=True, exist_ok=True)
            self._drop_torn_line()
            with self.file.open("ab") as journal:
                journal.write(msgspec.json.encode(entry) + b"\n")
                journal.flush()
                os.fsync(journal.fileno())
        return entry

    def entries(self) -> list[Entry]:
        """The run's lines; one that was cut off by a crash counts as not written.

        Raises:
            FailoverError: It cannot be read, or has a line that is none of ours.
        """
        with self._usable():
            content = self.file.read_bytes() if self.file.exists() else b""
        found = [
            self._decoded(number, line)
            for number, line in enumerate(content.splitlines(keepends=True), 1)
            if line.endswith(b"\n")
        ]
        return [entry for entry in found if entry.run == self.run]

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let nobody else on this machine run a plan with this journal meanwhile; a process that dies lets go of it.

        Raises:
            FailoverError: Somebody does already, or the journal cannot be written.
        """
        taken = FailoverError(
            f"journal {self.file}: another operator runs a plan with it now; wait until that has ended, or end it"
        )
        with ExitStack() as stack:
            with self._usable():
                stack.enter_context(locks.held(self.file, taken))
            yield

    def ended(self, step: str) -> Entry | None:
        """How a step ended, if it did."""
        return next((entry for entry in self.entries() if entry.step == step and entry.kind == "ended"), None)

    def decided(self, name: str) -> Any:
        """What the run decided under a name; None: nothing yet."""
        return next(
            (
                entry.detail[name]
                for entry in self.entries()
                if entry.kind == "decided" and name in entry.detail
            ),
            None,
        )

    def agree(self, **purpose: str) -> None:
        """Decide what the run is for, once.

        Raises:
            FailoverError: It was begun for something else: its steps that have ended are not those of this one.
        """
        known = self.decided("purpose")
        if known is None:
            self.add("", "decided", purpose=purpose)
        elif known != purpose:
            raise FailoverError(
                f"run {self.run!r}: was begun for {_said(known)}, and is now asked for {_said(purpose)}; give the new run a "
                "name of its own"
            )

    @contextmanager
    def _usable(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise FailoverError(
                f"journal {self.file}: {error.strerror}; name a file that can be written with --journal, and copy there what "
                "an interrupted run has written so far"
            ) from error

    def _decoded(self, number: int, line: bytes) -> Entry:
        try:
            return msgspec.json.decode(line, type=Entry)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise FailoverError(
                f"journal {self.file}, line {number}: {error}, expected a line of a journal; take that line out if you know "
                "what it was, or begin a new journal with --journal"
            ) from error

    def _drop_torn_line(self) -> None:
        """Take back what a crash has left half written, so that the next line begins a line."""
        if not self.file.exists():
            return
        content = self.file.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            with self.file.open("r+b") as journal:
                journal.truncate(whole)


def _whoever() -> str:
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        # A container may run as a user that has no name.
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"


def _said(purpose: dict[str, str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in purpose.items())
