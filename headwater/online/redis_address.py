"""Where a Redis or Valkey store is, in one URL: so that whoever is given it asks in the same way."""

from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from headwater.errors import SettingsError

_SCHEMES = ("redis", "rediss")
_FORM = "redis[s]://[user:password@]host[:port] with any of ?mode=cluster, ?mode=cluster-replicas, ?reader=host:port"


class RedisAddress(NamedTuple):
    """Where a store is.

    Attributes:
        url: Of the server; of a cluster, its configuration endpoint or any node.
        cluster: The server is part of a cluster.
        replicas: Lookups ask the replicas of the cluster.
        reader_url: An endpoint in front of a single server's replicas, for lookups; empty: the server itself.
    """

    url: str
    cluster: bool
    replicas: bool
    reader_url: str


def parse(url: str) -> RedisAddress:
    """Read a URL: as redis-py takes it, with options of ours in its query.

    Raises:
        SettingsError: It is not such a URL. Its password is not repeated.
    """
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    mode, reader = options.pop("mode", ""), options.pop("reader", "")
    wrong = parts.scheme not in _SCHEMES or not parts.hostname or options
    if wrong or mode not in {"", "cluster", "cluster-replicas"} or (mode and reader):
        shown = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
        raise SettingsError(f"Redis URL {shown!r}: expected {_FORM}")
    credentials, at, _ = parts.netloc.rpartition("@")
    reader_url = parts._replace(netloc=f"{credentials}{at}{reader}", query="").geturl() if reader else ""
    return RedisAddress(parts._replace(query="").geturl(), bool(mode), mode == "cluster-replicas", reader_url)
