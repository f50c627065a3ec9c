"""Events on a producer's own disk: from before they are put on a stream until another region surely has them.

A stream keeps what it has acknowledged in its region alone. When the region is lost, what it had acknowledged
a moment ago is nowhere else, but here.
"""

import sqlite3
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

State = Literal["waiting", "sent", "acknowledged"]
"""Not on any stream; on one or not, nobody knows; on one."""


class Outgoing(NamedTuple):
    """An event to put.

    Attributes:
        partition_key: What its shard is chosen by.
        data: The envelope.
    """

    partition_key: str
    data: bytes


class Kept(NamedTuple):
    """An event of the outbox.

    Attributes:
        number: Its own number in the outbox; numbers grow.
        outgoing: The event.
        region: Whose stream it was put on; empty while it waits.
        shard: Where it is on that stream; empty until it is acknowledged.
        sequence: Likewise.
        at_us: When it was put on a stream or acknowledged, by the producer's clock.
    """

    number: int
    outgoing: Outgoing
    region: str
    shard: str
    sequence: str
    at_us: int


_SCHEMA = """
    CREATE TABLE IF NOT EXISTS events (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        partition_key TEXT NOT NULL,
        data BLOB NOT NULL,
        state TEXT NOT NULL DEFAULT 'waiting',
        region TEXT NOT NULL DEFAULT '',
        shard TEXT NOT NULL DEFAULT '',
        sequence TEXT NOT NULL DEFAULT '',
        at_us INTEGER NOT NULL DEFAULT 0
    );
    CREATE INDEX IF NOT EXISTS by_state ON events (state, region, number);
"""
_COLUMNS = "number, partition_key, data, region, shard, sequence, at_us"


class Outbox:
    """The outbox in a file: SQLite, which a process may leave at any instant. One process has it at a time.

    Args:
        file: Where it lies; made if it is not there.
    """

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(file, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode = WAL")
        # Every commit reaches the disk: an acknowledged event must outlive the machine's power, too.
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.executescript(_SCHEMA)

    def add(self, events: Sequence[Outgoing]) -> None:
        """Keep events that wait to be put."""
        with self._lock, self._connection:
            self._connection.executemany("INSERT INTO events (partition_key, data) VALUES (?, ?)", events)

    def send(self, numbers: Iterable[int], region: str, at_us: int) -> None:
        """Note that events are about to be put on a region's stream."""
        self._update("state = 'sent', region = ?, at_us = ?", ((region, at_us, number) for number in numbers))

    def acknowledge(self, places: Iterable[tuple[int, str, str]], at_us: int) -> None:
        """Note where a stream has put events.

        Args:
            places: Number, shard and sequence number of each.
            at_us: When it said so.
        """
        self._update(
            "state = 'acknowledged', shard = ?, sequence = ?, at_us = ?",
            ((shard, sequence, at_us, number) for number, shard, sequence in places),
        )

    def release(self, numbers: Iterable[int]) -> None:
        """Let events wait again that are surely on no stream."""
        self._update("state = 'waiting', region = ''", ((number,) for number in numbers))

    def listed(self, state: State, region: str = "", *, after: int = 0, at_most: int = -1) -> list[Kept]:
        """Return events in one state, in their order.

        Args:
            state: The state.
            region: Whose stream they were put on; empty: those that wait.
            after: Only those of higher numbers.
            at_most: How many; negative: all.
        """
        with self._lock:
            rows = self._connection.execute(
                f"SELECT {_COLUMNS} FROM events WHERE state = ? AND region = ? AND number > ? "  # noqa: S608 (our columns)
                "ORDER BY number LIMIT ?",
                (state, region, after, at_most),
            ).fetchall()
        return [
            Kept(number, Outgoing(partition_key, data), *place)
            for number, partition_key, data, *place in rows
        ]

    def forget(self, before_us: int) -> int:
        """Forget events that were acknowledged before an instant; return how many.

        What waits, or may not be on its stream, is never forgotten.
        """
        with self._lock, self._connection:
            found = self._connection.execute(
                "DELETE FROM events WHERE state = 'acknowledged' AND at_us < ?", (before_us,)
            )
            return found.rowcount

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def _update(self, assignments: str, values: Iterable[tuple[object, ...]]) -> None:
        with self._lock, self._connection:
            self._connection.executemany(
                f"UPDATE events SET {assignments} WHERE number = ?",  # noqa: S608 (our assignments)
                values,
            )
