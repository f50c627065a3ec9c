"""The online store in Redis or Valkey.

A value is stored behind its revision, eight bytes big-endian. The keys of one read go out in one
piece to each server that has some, and then every answer is waited for. A write is a script that
compares the revision and sets the value.
"""

import random
import time
from collections.abc import Mapping, Sequence
from functools import partial
from hashlib import sha1
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.cluster import LoadBalancingStrategy, RedisCluster
from redis.exceptions import AskError, ClusterDownError, MovedError, NoScriptError, TryAgainError
from redis.retry import Retry

from headwater.errors import UnavailableError, UnknownOutcomeError
from headwater.online import redis_address
from headwater.online.redis_servers import Cluster, OneServer, Servers
from headwater.online.redis_wire import Command, Pending
from headwater.online.stores import Loaded, Stored, Write, check_writes

# From the system: a process that is restored from a snapshot must not repeat what others draw.
_CHANCE = random.SystemRandom()

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
    """Keeps values in Redis or Valkey.

    Args:
        servers: Where keys are.
        retries: Of reads that failed, with jittered backoff between them.
    """

    name = "redis"

    def __init__(self, servers: Servers, retries: int = 2) -> None:
        self._servers = servers
        self._retries = retries

    @classmethod
    def from_url(cls, url: str, *, timeout_s: float = 0.25, retries: int = 2) -> "RedisStore":
        """Connect lazily to ``redis://host:port`` or, with TLS, ``rediss://user:password@host:port``.

        Args:
            url: Where the store is; see `redis_address.parse` for clusters, replicas and logging in by IAM.
            timeout_s: To connect, and for each answer.
            retries: Of reads that timed out, lost their connection or met a shard that moved.

        Raises:
            SettingsError: The URL is not one of Redis.
        """
        options: dict[str, Any] = {
            "socket_timeout": timeout_s,
            "socket_connect_timeout": timeout_s,
            "decode_responses": False,
            # Retries are this store's own: it knows the caller's deadline.
            "retry": Retry(NoBackoff(), 0),
        }
        address = redis_address.parse(url)
        if address.iam:
            from headwater.online.redis_iam import IamTokens  # noqa: PLC0415 (botocore: only for those who need it)

            options["credential_provider"] = IamTokens(address.iam)
        if address.cluster:
            strategy = LoadBalancingStrategy.ROUND_ROBIN_REPLICAS if address.replicas else None
            connect = partial(RedisCluster.from_url, address.url, load_balancing_strategy=strategy, **options)
            return cls(Cluster(connect, replicas=address.replicas), retries)
        reader = redis.Redis.from_url(address.reader_url, **options) if address.reader_url else None
        return cls(OneServer(redis.Redis.from_url(address.url, **options), reader), retries)

    def read(self, keys: Sequence[str]) -> list[Stored | None]:
        """See `OnlineStore.read`."""
        values, failures = self._get(keys, None, lookup=False)
        if failures:
            raise UnavailableError(self._said(keys, failures))
        return [
            None
            if value is None
            else Stored(int.from_bytes(value[:_REVISION_BYTES], "big"), value[_REVISION_BYTES:])
            for value in values
        ]

    def load(self, keys: Sequence[str], deadline_s: float | None = None) -> Loaded:
        """See `ReadableStore.load`."""
        values, failures = self._get(keys, deadline_s, lookup=True)
        if failures and len(failures) == len(keys):
            raise UnavailableError(self._said(keys, failures))
        return Loaded([value and value[_REVISION_BYTES:] for value in values], frozenset(failures))

    def _said(self, keys: Sequence[str], failures: Mapping[int, Exception]) -> str:
        reason = next(iter(failures.values()))
        return f"redis: {len(failures)} of {len(keys)} keys not read: {reason}; try again"

    def _get(
        self, keys: Sequence[str], deadline_s: float | None, *, lookup: bool
    ) -> tuple[list[bytes | None], dict[int, Exception]]:
        """Values, and by position what went wrong with those that could not be read."""
        values: list[bytes | None] = [None] * len(keys)
        failures: dict[int, Exception] = {}
        waiting: Sequence[int] = range(len(keys))
        for attempt in range(self._retries + 2):
            if not waiting:
                break
            if attempt:
                # The first repetition is for a connection that died while nobody used it: at once.
                pause_s = _CHANCE.uniform(0, 0.005 * 2**attempt) if attempt > 1 else 0
                if deadline_s is not None and time.monotonic() + pause_s >= deadline_s:
                    break
                time.sleep(pause_s)
                self._refresh()
            failures = self._get_once(keys, waiting, values, deadline_s, lookup=lookup)
            waiting = list(failures)
        return values, failures

    def _refresh(self) -> None:
        try:
            self._servers.refresh()
        except redis.RedisError:
            # The next attempt meets the same and reports it.
            return

    def _get_once(
        self,
        keys: Sequence[str],
        places: Sequence[int],
        values: list[bytes | None],
        deadline_s: float | None,
        *,
        lookup: bool,
    ) -> dict[int, Exception]:
        together = self._servers.together
        try:
            shares = self._servers.shares(keys, places, lookup=lookup)
        except redis.RedisError as error:
            return dict.fromkeys(places, error)
        failures: dict[int, Exception] = {}
        sent: list[tuple[list[int], Pending]] = []
        for wire, own in shares:
            commands: list[Command] = (
                [("MGET", *[keys[place] for place in own])]
                if together
                else [("GET", keys[place]) for place in own]
            )
            try:
                sent.append((own, wire.send(commands)))
            except _BROKEN as error:
                failures |= dict.fromkeys(own, error)
        for own, pending in sent:
            try:
                replies = pending.replies(deadline_s)
            except _BROKEN as error:
                failures |= dict.fromkeys(own, error)
                continue
            if together:
                replies = replies[0] if isinstance(replies[0], list) else replies * len(own)
            for place, reply in zip(own, replies, strict=True):
                if isinstance(reply, redis.ResponseError):
                    failures[place] = reply
                else:
                    values[place] = reply
        return failures

    def write(self, writes: Sequence[Write]) -> list[bool]:
        """See `OnlineStore.write`."""
        check_writes(self.name, writes)
        keys = [write.key for write in writes]
        replies: list[Any] = [None] * len(writes)
        waiting: Sequence[int] = range(len(writes))
        for _ in range(self._retries + 1):
            if not waiting:
                break
            self._send(writes, keys, waiting, replies)
            waiting = [place for place in waiting if isinstance(replies[place], _MOVED)]
            if waiting:
                self._refresh()
        for write, reply in zip(writes, replies, strict=True):
            if isinstance(reply, Exception):
                raise UnknownOutcomeError(
                    f"redis, key {write.key!r}: {reply}; of {len(writes)} writes some may have been done: "
                    "read again before writing again"
                ) from reply
        return [bool(reply) for reply in replies]

    def _send(
        self, writes: Sequence[Write], keys: Sequence[str], places: Sequence[int], replies: list[Any]
    ) -> None:
        try:
            shares = self._servers.shares(keys, places, lookup=False)
            for wire, own in shares:
                commands = [_command(writes[place]) for place in own]
                found = wire.exchange(commands)
                unknown = [at for at, reply in enumerate(found) if isinstance(reply, NoScriptError)]
                if unknown:
                    # The server has not met the script since it was started; one reply more: the script's name.
                    again: list[Command] = [("SCRIPT", "LOAD", _SET_IF), *[commands[at] for at in unknown]]
                    for at, reply in zip(unknown, wire.exchange(again)[1:], strict=True):
                        found[at] = reply
                for place, reply in zip(own, found, strict=True):
                    replies[place] = reply
        except redis.RedisError as error:
            # The next call must not meet the same dead connections.
            self._refresh()
            raise UnknownOutcomeError(
                f"redis: {len(writes)} writes may not have been done: {error}; read again before writing again"
            ) from error

    def close(self) -> None:
        """See `OnlineStore.close`."""
        self._servers.close()


_BROKEN = (redis.ConnectionError, redis.TimeoutError)
_MOVED = (MovedError, AskError, TryAgainError, ClusterDownError)
"""Replies of a cluster that is changing: nothing was written."""


def _command(write: Write) -> Command:
    if write.expected:
        lifetime_ms = 0 if write.ttl_s is None else write.ttl_s * 1000
        return ("EVALSHA", _SET_IF_SHA, 1, write.key, write.value, write.expected, lifetime_ms)
    # What must be absent needs no script: several times quicker, which backfills live by.
    expiry = () if write.ttl_s is None else ("PX", write.ttl_s * 1000)
    return ("SET", write.key, _FIRST + write.value, "NX", *expiry)
