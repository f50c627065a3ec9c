"""Commands straight onto the connections of a redis-py pool: packed at once, sent in one piece.

redis-py makes, secures and repairs the connections. What its clients do around every single command
costs several times the command itself, which a lookup in under a millisecond cannot pay.
"""

from collections.abc import Sequence
from typing import Any

from hiredis import pack_command
from redis import ConnectionPool, ResponseError

Command = tuple[str | int | float | bytes | memoryview, ...]
"""A command's name and arguments."""


def exchange(pool: ConnectionPool, commands: Sequence[Command]) -> list[Any]:
    """Send commands in one piece and read their replies.

    Args:
        pool: Of one server; a connection of it is taken for as long as the exchange lasts.
        commands: At least one.

    Returns:
        A reply per command; a `redis.ResponseError` in the place of a command that was refused.

    Raises:
        redis.ConnectionError: The connection broke; some commands may have been carried out.
        redis.TimeoutError: No answer in time; some commands may have been carried out.
    """
    # hiredis has types that take one argument only.
    packed = b"".join([pack_command(command) for command in commands])  # type: ignore[arg-type]
    connection = pool.get_connection()
    replies: list[Any] = []
    try:
        connection.send_packed_command((packed,))  # type: ignore[no-untyped-call]  # redis has no types here
        for _ in commands:
            try:
                replies.append(connection.read_response())
            except ResponseError as refused:
                replies.append(refused)
    except BaseException:
        # Replies that are still under way must never be taken for those of another exchange.
        connection.disconnect()  # type: ignore[no-untyped-call]  # redis has no types here
        raise
    finally:
        pool.release(connection)
    return replies
