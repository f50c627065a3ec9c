"""The online store in Redis or Valkey.

A value is stored behind its revision, eight bytes big-endian. Reads are one MGET; writes are one
pipeline of a script that compares the revision and sets the value.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import redis
from redis.backoff import ExponentialWithJitterBackoff
from redis.retry import Retry

from headwater.errors import UnavailableError, UnknownOutcomeError
from headwater.online.stores import Stored, Write, check_writes

if TYPE_CHECKING:
    from redis.typing import KeyT

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


class RedisStore:
    """Keeps values in one Redis or Valkey.

    Args:
        client: Client that answers in bytes.
    """

    name = "redis"

    def __init__(self, client: "redis.Redis") -> None:
        self._client = client
        self._set_if = client.register_script(_SET_IF)

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
        if not keys:
            return []
        try:
            found = cast("list[bytes | None]", self._client.mget(cast("list[KeyT]", list(keys))))
        except (redis.ConnectionError, redis.TimeoutError) as error:
            raise UnavailableError(f"redis: {len(keys)} keys not read: {error}; try again") from error
        return [
            None
            if value is None
            else Stored(int.from_bytes(value[:_REVISION_BYTES], "big"), value[_REVISION_BYTES:])
            for value in found
        ]

    def write(self, writes: Sequence[Write]) -> list[bool]:
        """See `OnlineStore.write`."""
        check_writes(self.name, writes)
        if not writes:
            return []
        pipeline = self._client.pipeline(transaction=False)
        for write in writes:
            if not write.expected:
                # What must be absent needs no script: several times quicker, which backfills live by.
                expiry = () if write.ttl_s is None else ("PX", write.ttl_s * 1000)
                pipeline.execute_command("SET", write.key, _FIRST + write.value, "NX", *expiry)  # type: ignore[no-untyped-call]  # redis has no types here
                continue
            arguments: list[Any] = [
                write.value,
                write.expected,
                0 if write.ttl_s is None else write.ttl_s * 1000,
            ]
            self._set_if(keys=[write.key], args=arguments, client=pipeline)
        try:
            return [bool(done) for done in pipeline.execute()]
        except (redis.ConnectionError, redis.TimeoutError) as error:
            raise UnknownOutcomeError(
                f"redis: {len(writes)} writes may not have been done: {error}; read again before writing again"
            ) from error

    def close(self) -> None:
        """See `OnlineStore.close`."""
        self._client.close()
