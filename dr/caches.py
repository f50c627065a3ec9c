"""Which region's cache is written and which follows it, where the caches are plain Redis servers.

ElastiCache's Global Datastore is asked by its control plane; no emulator has one. What it does to the servers is this.
"""

from urllib.parse import urlsplit

import redis

from dr.regions import Region
from headwater.errors import UnavailableError


def promote(region: Region) -> bool:
    """Make a region's cache a primary; False if it was one, or there is none.

    Raises:
        UnavailableError: It does not answer.
    """
    if not region.outputs.redis_url:
        return False
    with _client(region) as client:
        try:
            if client.info("replication")["role"] == "master":
                return False
            client.execute_command("REPLICAOF", "NO", "ONE")
        except redis.RedisError as error:
            raise UnavailableError(f"cache of {region.name}: {error}; promote it again") from error
    return True


def follow(region: Region, primary: Region) -> None:
    """Make a region's cache a replica of another's, if both have one.

    Raises:
        UnavailableError: It does not answer.
    """
    if not (region.outputs.redis_url and primary.outputs.redis_url):
        return
    address = urlsplit(primary.outputs.redis_url)
    with _client(region) as client:
        try:
            client.execute_command("REPLICAOF", str(address.hostname), str(address.port))
        except redis.RedisError as error:
            raise UnavailableError(f"cache of {region.name}: {error}; let it follow again") from error


def is_in_step(region: Region) -> bool:
    """Whether a replica has its primary's data and hears of what is new; where there is no cache, nothing is behind."""
    if not region.outputs.redis_url:
        return True
    with _client(region) as client:
        try:
            info = client.info("replication")
        except redis.RedisError:
            return False
    return bool(info.get("role") == "slave" and info.get("master_link_status") == "up")


def _client(region: Region) -> redis.Redis:
    return redis.Redis.from_url(region.outputs.redis_url, socket_timeout=2, socket_connect_timeout=1)
