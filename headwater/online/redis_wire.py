"""Commands straight onto the connections of a redis-py pool: packed at once, sent in one piece.

redis-py makes, secures and repairs the connections. What its clients and pools do around every
single command costs as much as the command itself, which a lookup in under a millisecond cannot pay.
"""

import os
import time
from collections.abc import Sequence
from typing import Any

import redis
from hiredis import pack_command
from redis import ConnectionPool, ResponseError
from redis.connection import Connection

Command = tuple[str | int | float | bytes | memoryview, ...]
"""A command's name and arguments."""


class Wire:
    """Connections to one server, each used by one caller at a time and kept for the next.

    Args:
        pool: Makes the connections.
    """

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool
        self._idle: list[Connection] = []
        self._process = os.getpid()

    def send(self, commands: Sequence[Command]) -> "Pending":
        """Send commands in one piece; their replies are for whoever asks for them.

        Args:
            commands: At least one.

        Raises:
            redis.ConnectionError: The connection broke; some commands may have been carried out.
            redis.TimeoutError: The server took nothing in time; some commands may have been carried out.
        """
        # hiredis has types that take one argument only.
        packed = [pack_command(command) for command in commands]  # type: ignore[arg-type]
        connection = self._take()
        try:
            connection.send_packed_command(packed if len(packed) == 1 else (b"".join(packed),))  # type: ignore[no-untyped-call]  # redis has no types here
        except BaseException:
            self.drop(connection)
            raise
        return Pending(self, connection, len(commands))

    def exchange(self, commands: Sequence[Command]) -> list[Any]:
        """Send commands and read their replies.

        Raises:
            redis.ConnectionError: As `send`.
            redis.TimeoutError: As `send`, or there was no answer in time.
        """
        return self.send(commands).replies()

    def close(self) -> None:
        """Give every connection back to the pool, which looks whether they are still good."""
        while self._idle:
            self._pool.release(self._idle.pop())

    def keep(self, connection: Connection) -> None:
        """Take back a connection on which nothing is under way."""
        self._idle.append(connection)

    def drop(self, connection: Connection) -> None:
        """Take back a connection on which something may be under way."""
        connection.disconnect()  # type: ignore[no-untyped-call]  # redis has no types here
        self._pool.release(connection)

    def _take(self) -> Connection:
        """A connection that nobody uses. One that has died since is noticed by who uses it."""
        if self._process != os.getpid():
            # Two processes on one socket would read each other's replies.
            self._idle, self._process = [], os.getpid()
        try:
            return self._idle.pop()
        except IndexError:
            return self._pool.get_connection()


class Pending:
    """Replies that are under way.

    Args:
        wire: Gets the connection back.
        connection: Where they arrive.
        count: How many.
    """

    __slots__ = ("_connection", "_count", "_wire")

    def __init__(self, wire: Wire, connection: Connection, count: int) -> None:
        self._wire = wire
        self._connection = connection
        self._count = count

    def replies(self, deadline_s: float | None = None) -> list[Any]:
        """Read every reply.

        Args:
            deadline_s: Instant of the monotonic clock; None: the connection's own timeout.

        Returns:
            A reply per command; a `redis.ResponseError` in the place of a command that was refused.

        Raises:
            redis.ConnectionError: The connection broke; some commands may have been carried out.
            redis.TimeoutError: No answer in time; some commands may have been carried out.
        """
        found: list[Any] = []
        read = self._connection.read_response
        try:
            for _ in range(self._count):
                try:
                    found.append(read() if deadline_s is None else read(timeout=_left(deadline_s)))
                except ResponseError as refused:
                    found.append(refused)
        except BaseException:
            # What is still under way must never be taken for the reply to another command.
            self._wire.drop(self._connection)
            raise
        self._wire.keep(self._connection)
        return found


def _left(deadline_s: float) -> float:
    left = deadline_s - time.monotonic()
    if left <= 0:
        raise redis.TimeoutError("the deadline has passed")
    return left
