"""How far the stream has come: one small value per environment, kept in every online store.

Readers use it to refuse an instant that lies behind what the stores still hold; operators and
tests use it to see which records have been applied.
"""

import msgspec

from headwater import names
from headwater.errors import CorruptValueError
from headwater.online.stores import OnlineStore, Write

_ATTEMPTS = 5


class Watermark(msgspec.Struct, array_like=True):
    """Latest arrival seen, and the last sequence number applied from each shard."""

    arrival_us: int
    positions: dict[str, str]


def decode(key: str, value: bytes | None) -> Watermark | None:
    """Read a stored watermark.

    Raises:
        CorruptValueError: The bytes are not a watermark; names the key.
    """
    if value is None:
        return None
    try:
        return msgspec.msgpack.decode(value, type=Watermark)
    except msgspec.MsgspecError as error:
        raise CorruptValueError(
            f"online value {key!r}: {error}; delete it, the stream writes it again"
        ) from error


def read(store: OnlineStore, environment: str) -> Watermark | None:
    """Read an environment's watermark; None before the first event."""
    key = names.watermark_key(environment)
    return decode(key, store.load([key]).values[0])


def advance(store: OnlineStore, environment: str, arrival_us: int, positions: dict[str, int]) -> bool:
    """Move the watermark forward, never back.

    Returns:
        False if other writers were first each time: they moved it, and the next batch will.
    """
    key = names.watermark_key(environment)
    for _ in range(_ATTEMPTS):
        stored = store.read([key])[0]
        reached = decode(key, stored and stored.value) or Watermark(arrival_us, {})
        for shard, sequence in positions.items():
            reached.positions[shard] = str(max(sequence, int(reached.positions.get(shard, "-1"))))
        reached.arrival_us = max(reached.arrival_us, arrival_us)
        value = msgspec.msgpack.encode(reached)
        if store.write([Write(key, value, stored.revision if stored else 0, ttl_s=None)])[0]:
            return True
    return False
