"""Caches that are plain Redis servers, as the local pair has them: what a Global Datastore does to its members is this."""

from typing import Any
from urllib.parse import urlsplit

import redis

from dr.journal import Journal
from dr.regions import Region
from dr.waiting import wait
from headwater.errors import UnavailableError

_PATIENCE_S = 30.0
_POLL_S = 0.1
_PORT = 6379


class PlainCaches:
    """See `caches.Caches`.

    Args:
        left: The region that is lost, or left.
        taken: The region that goes on.
    """

    replicate = True

    def __init__(self, left: Region, taken: Region) -> None:
        self._left = left
        self._taken = taken

    def promote(self) -> dict[str, Any]:
        """See `caches.Caches.promote`."""
        return {"was a replica": promote(self._taken)}

    def swap(self) -> dict[str, Any]:
        """See `caches.Caches.swap`."""
        was_replica = promote(self._taken)
        follow(self._left, self._taken)
        return {"was a replica": was_replica}

    def rejoin(self, _journal: Journal, _deleting: str) -> dict[str, Any]:
        """See `caches.Caches.rejoin`."""
        follow(self._left, self._taken)
        wait("the cache's copy", lambda: _is_in_step(self._left), _PATIENCE_S, _POLL_S)
        return {}


def role(region: Region) -> str:
    """What a region's cache is.

    Raises:
        UnavailableError: It does not answer.
    """
    with _client(region) as client:
        try:
            return "primary" if client.info("replication")["role"] == "master" else "replica"
        except redis.RedisError as error:
            raise UnavailableError(f"cache of {region.name}: {error}; ask again") from error


def promote(region: Region) -> bool:
    """Make a region's cache a primary; False if it was one.

    Raises:
        UnavailableError: It does not answer.
    """
    with _client(region) as client:
        try:
            if client.info("replication")["role"] == "master":
                return False
            client.execute_command("REPLICAOF", "NO", "ONE")
        except redis.RedisError as error:
            raise UnavailableError(f"cache of {region.name}: {error}; promote it again") from error
    return True


def follow(region: Region, primary: Region) -> None:
    """Make a region's cache a replica of another's.

    Raises:
        UnavailableError: It does not answer.
    """
    address = urlsplit(primary.outputs.redis_url)
    follow_at(region, str(address.hostname), address.port or _PORT)


def follow_at(region: Region, host: str, port: int) -> None:
    """Make a region's cache a replica of whatever is at an address.

    Raises:
        UnavailableError: It does not answer.
    """
    with _client(region) as client:
        try:
            client.execute_command("REPLICAOF", host, str(port))
        except redis.RedisError as error:
            raise UnavailableError(f"cache of {region.name}: {error}; let it follow again") from error


def _is_in_step(region: Region) -> bool:
    """Whether a replica has its primary's data and hears of what is new."""
    with _client(region) as client:
        try:
            info = client.info("replication")
        except redis.RedisError:
            return False
    return bool(info.get("role") == "slave" and info.get("master_link_status") == "up")


def _client(region: Region) -> redis.Redis:
    return redis.Redis.from_url(region.outputs.redis_url, socket_timeout=2, socket_connect_timeout=1)
