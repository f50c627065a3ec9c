"""Where a Redis or Valkey store is, in one URL: so that whoever is given it asks in the same way."""

from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from headwater.errors import SettingsError

_SCHEMES = ("redis", "rediss")
_FORM = (
    "redis[s]://[user:password@]host[:port] with any of ?mode=cluster, ?mode=cluster-replicas, ?reader=host:port; to log "
    "in by IAM rediss://user@host[:port]?iam=cache&region=region and, of a serverless cache, &serverless=yes"
)


class IamLogin(NamedTuple):
    """How one logs in to ElastiCache with the credentials of AWS instead of a password.

    Attributes:
        user: Of the cache; its id and its name.
        cache: Name of the cache: its replication group, or the serverless cache.
        region: Of the cache.
        serverless: It is serverless.
    """

    user: str
    cache: str
    region: str
    serverless: bool


class RedisAddress(NamedTuple):
    """Where a store is.

    Attributes:
        url: Of the server; of a cluster, its configuration endpoint or any node.
        cluster: The server is part of a cluster.
        replicas: Lookups ask the replicas of the cluster.
        reader_url: An endpoint in front of a single server's replicas, for lookups; empty: the server itself.
        iam: How to log in by IAM; None: as the URLs say.
    """

    url: str
    cluster: bool
    replicas: bool
    reader_url: str
    iam: IamLogin | None = None


def parse(url: str) -> RedisAddress:
    """Read a URL: as redis-py takes it, with options of ours in its query.

    Raises:
        SettingsError: It is not such a URL. Its password is not repeated.
    """
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    mode, reader = options.pop("mode", ""), options.pop("reader", "")
    wrong = parts.scheme not in _SCHEMES or not parts.hostname
    iam = None
    credentials, at, place = parts.netloc.rpartition("@")
    if "iam" in options:
        cache, region, serverless = (options.pop(name, "") for name in ("iam", "region", "serverless"))
        iam = IamLogin(credentials, cache, region, serverless == "yes")
        # A token is a password: it is not sent in the open.
        wrong |= parts.scheme != "rediss" or ":" in credentials or not (credentials and cache and region)
        wrong |= serverless not in {"", "yes"}
        # redis-py wants the user from whoever makes the tokens, and from nowhere else.
        credentials, at = "", ""
    if wrong or options or mode not in {"", "cluster", "cluster-replicas"} or (mode and reader):
        shown = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
        raise SettingsError(f"Redis URL {shown!r}: expected {_FORM}")
    reader_url = parts._replace(netloc=f"{credentials}{at}{reader}", query="").geturl() if reader else ""
    plain = parts._replace(netloc=f"{credentials}{at}{place}", query="").geturl()
    return RedisAddress(plain, bool(mode), mode == "cluster-replicas", reader_url, iam)
