"""The online store in Redis or Valkey.

A value is stored behind its revision, eight bytes big-endian. Reads are one MGET; writes are one
pipeline of a script that compares the revision and sets the value.
"""

from collections.abc import Sequence
from hashlib import sha1
from typing import cast

import redis
from redis.backoff import ExponentialWithJitterBackoff
from redis.exceptions import NoScriptError
from redis.retry import Retry

from headwater.errors import UnavailableError, UnknownOutcomeError
from headwater.online.redis_wire import Command, Wire
from headwater.online.stores import Stored, Write, check_writes

_REVISION_BYTES = 8
_FIRST = (1).to_bytes(_REVISION_BYTES, "big")
"""Revision of a value that was absent."""

# KEYS[1] key; ARGV: value, expected revision, milliseconds to live (0: for ever).
_SET_IF = """
local revision = 0
local packed = redis.call('GETRANGE', KEYS[1], 0, 7)
if #packed == 8 then revision = struct.unpack('>I8', packed) end
if tonumber(ARGV[2]) ~= revision then return 0 end
local value = struct.pack('>I8', revision + 1) .. ARGV[1]
if ARGV[3] == '0' then
  redis.call('SET', KEYS[1], value)
else
  redis.call('SET', KEYS[1], value, 'PX', ARGV[3])
end
return 1
"""
_SET_IF_SHA = sha1(_SET_IF.encode(), usedforsecurity=False).hexdigest()


class RedisStore:
    """Keeps values in one Redis or Valkey.

    Args:
        client: Client that answers in bytes.
    """

    name = "redis"

    def __init__(self, client: "redis.Redis") -> None:
        self._client = client
        self._wire = Wire(client.connection_pool)
        self._retry = client.get_retry() or Retry(ExponentialWithJitterBackoff(), 0)

    @classmethod
    def from_url(cls, url: str, *, timeout_s: float = 0.25, retries: int = 2) -> "RedisStore":
        """Connect lazily to ``redis://host:port`` or, with TLS, ``rediss://host:port``.

        Args:
            url: Where the server is.
            timeout_s: To connect, and for each answer.
            retries: Of a read that timed out or lost its connection, with jittered backoff.
        """
        client = redis.Redis.from_url(
            url,
            socket_timeout=timeout_s,
            socket_connect_timeout=timeout_s,
            retry=Retry(ExponentialWithJitterBackoff(base=0.005, cap=0.05), retries),
            decode_responses=False,
        )
        return cls(client)

    def read(self, keys: Sequence[str]) -> list[Stored | None]:
        """See `OnlineStore.read`."""
        return [
            None
            if value is None
            else Stored(int.from_bytes(value[:_REVISION_BYTES], "big"), value[_REVISION_BYTES:])
            for value in self._get(keys)
        ]

    def load(self, keys: Sequence[str]) -> list[bytes | None]:
        """See `OnlineStore.load`."""
        return [value and value[_REVISION_BYTES:] for value in self._get(keys)]

    def _get(self, keys: Sequence[str]) -> list[bytes | None]:
        if not keys:
            return []
        command: list[Command] = [("MGET", *keys)]
        try:
            try:
                [found] = self._wire.exchange(command)
            except (redis.ConnectionError, redis.TimeoutError):
                # Most often a connection that died while nobody used it; the others are of its age.
                self._wire.close()
                [found] = self._retry.call_with_retry(
                    lambda: self._wire.exchange(command), lambda _error: None
                )
        except (redis.ConnectionError, redis.TimeoutError) as error:
            raise UnavailableError(f"redis: {len(keys)} keys not read: {error}; try again") from error
        if isinstance(found, redis.ResponseError):
            raise UnavailableError(
                f"redis: {len(keys)} keys not read: {found}; look at the server"
            ) from found
        return cast("list[bytes | None]", found)

    def write(self, writes: Sequence[Write]) -> list[bool]:
        """See `OnlineStore.write`."""
        check_writes(self.name, writes)
        if not writes:
            return []
        commands = [_command(write) for write in writes]
        try:
            replies = self._wire.exchange(commands)
            unknown = [place for place, reply in enumerate(replies) if isinstance(reply, NoScriptError)]
            if unknown:
                # The server has not met the script since it was started; the one reply more is the script's name.
                again = [("SCRIPT", "LOAD", _SET_IF), *[commands[place] for place in unknown]]
                for place, reply in zip(unknown, self._wire.exchange(again)[1:], strict=True):
                    replies[place] = reply
        except (redis.ConnectionError, redis.TimeoutError) as error:
            raise UnknownOutcomeError(
                f"redis: {len(writes)} writes may not have been done: {error}; read again before writing again"
            ) from error
        for write, reply in zip(writes, replies, strict=True):
            if isinstance(reply, redis.ResponseError):
                raise UnknownOutcomeError(
                    f"redis, key {write.key!r}: {reply}; of {len(writes)} writes others may have been done: look at "
                    "the server, and read again before writing again"
                ) from reply
        return [bool(reply) for reply in replies]

    def close(self) -> None:
        """See `OnlineStore.close`."""
        self._wire.close()
        self._client.close()


def _command(write: Write) -> Command:
    if write.expected:
        lifetime_ms = 0 if write.ttl_s is None else write.ttl_s * 1000
        return ("EVALSHA", _SET_IF_SHA, 1, write.key, write.value, write.expected, lifetime_ms)
    # What must be absent needs no script: several times quicker, which backfills live by.
    expiry = () if write.ttl_s is None else ("PX", write.ttl_s * 1000)
    return ("SET", write.key, _FIRST + write.value, "NX", *expiry)
