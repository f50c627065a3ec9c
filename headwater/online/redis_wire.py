"""Commands straight onto the connections of a redis-py pool: packed at once, sent in one piece.

redis-py makes, secures and repairs the connections. What its clients and pools do around every
single command costs as much as the command itself, which a lookup in under a millisecond cannot pay.
"""

import os
from collections.abc import Sequence
from typing import Any

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

    def exchange(self, commands: Sequence[Command]) -> list[Any]:
        """Send commands in one piece and read their replies.

        Args:
            commands: At least one.

        Returns:
            A reply per command; a `redis.ResponseError` in the place of a command that was refused.

        Raises:
            redis.ConnectionError: The connection broke; some commands may have been carried out.
            redis.TimeoutError: No answer in time; some commands may have been carried out.
        """
        # hiredis has types that take one argument only.
        packed = [pack_command(command) for command in commands]  # type: ignore[arg-type]
        connection = self._take()
        replies: list[Any] = []
        try:
            connection.send_packed_command(packed if len(packed) == 1 else (b"".join(packed),))  # type: ignore[no-untyped-call]  # redis has no types here
            for _ in commands:
                try:
                    replies.append(connection.read_response())
                except ResponseError as refused:
                    replies.append(refused)
        except BaseException:
            # Replies that are still under way must never be taken for those of another exchange.
            connection.disconnect()  # type: ignore[no-untyped-call]  # redis has no types here
            self._pool.release(connection)
            raise
        self._idle.append(connection)
        return replies

    def close(self) -> None:
        """Give every connection back to the pool."""
        while self._idle:
            self._pool.release(self._idle.pop())

    def _take(self) -> Connection:
        """A connection that nobody uses. One that has died since is noticed by who uses it."""
        if self._process != os.getpid():
            # Two processes on one socket would read each other's replies.
            self._idle, self._process = [], os.getpid()
        try:
            return self._idle.pop()
        except IndexError:
            return self._pool.get_connection()
