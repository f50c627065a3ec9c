"""Every online store, behind one fixture."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest
import redis

from headwater.errors import LocalCloudError
from headwater.online.dynamodb import DynamoDBStore
from headwater.online.memory import MemoryStore
from headwater.online.redis import RedisStore
from headwater.online.stores import OnlineStore
from tests import servers
from tests.tls import TlsServer, tls_server

if TYPE_CHECKING:
    from tests.spark_places import Place

_PATIENCE_S = 5.0
"""For an answer: these tests are of what is answered, and the machine may be busy."""


@pytest.fixture(scope="session")
def redis_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Port of a Redis."""
    with servers.redis_server(tmp_path_factory.mktemp("redis")) as port:
        yield port


@pytest.fixture(scope="session")
def endpoint_url(
    tmp_path_factory: pytest.TempPathFactory, engine_missing: Callable[[str, str], NoReturn]
) -> Iterator[str]:
    """Endpoint of an AWS emulator."""
    with ExitStack() as stack:
        try:
            url = stack.enter_context(servers.emulator(tmp_path_factory.mktemp("emulator")))
        except LocalCloudError as error:
            engine_missing("the AWS emulator", str(error))
        yield url


@pytest.fixture(scope="session")
def cluster_ports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[int]]:
    """Ports of a Redis cluster of three."""
    with servers.redis_cluster(tmp_path_factory.mktemp("cluster")) as shards:
        yield [shard.port for shard in shards]


@pytest.fixture(scope="session")
def tls_redis(redis_port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsServer]:
    """TLS in front of Redis."""
    with tls_server(redis_port, tmp_path_factory.mktemp("tls")) as server:
        yield server


@pytest.fixture(params=["memory", "redis", "redis-tls", "redis-cluster", "dynamodb"])
def store(request: pytest.FixtureRequest) -> Iterator[OnlineStore]:
    """A store with nothing in it."""
    made = _MAKERS[request.param](request)
    yield made
    made.close()


def _redis(request: pytest.FixtureRequest) -> OnlineStore:
    url = f"redis://127.0.0.1:{request.getfixturevalue('redis_port')}"
    made = RedisStore.from_url(url, timeout_s=_PATIENCE_S)
    with closing(redis.Redis.from_url(url)) as client:
        client.flushall()
    return made


def _redis_tls(request: pytest.FixtureRequest) -> OnlineStore:
    _redis(request).close()  # nothing is in it now
    server: TlsServer = request.getfixturevalue("tls_redis")
    request.getfixturevalue("monkeypatch").setenv("SSL_CERT_FILE", str(server.authority))
    return RedisStore.from_url(f"rediss://127.0.0.1:{server.port}", timeout_s=_PATIENCE_S)


def _redis_cluster(request: pytest.FixtureRequest) -> OnlineStore:
    ports = request.getfixturevalue("cluster_ports")
    for port in ports:
        with closing(redis.Redis("127.0.0.1", port)) as client:
            client.flushall()
    return RedisStore.from_url(f"redis://127.0.0.1:{ports[0]}?mode=cluster", timeout_s=_PATIENCE_S)


def _dynamodb(request: pytest.FixtureRequest) -> OnlineStore:
    client = servers.client("dynamodb", request.getfixturevalue("endpoint_url"))
    table = f"online-{uuid.uuid4().hex}"
    servers.create_online_table(client, table)
    return DynamoDBStore(client, table, consistent=True)


_MAKERS: dict[str, Callable[[pytest.FixtureRequest], OnlineStore]] = {
    "memory": lambda _request: MemoryStore(),
    "redis": _redis,
    "redis-tls": _redis_tls,
    "redis-cluster": _redis_cluster,
    "dynamodb": _dynamodb,
}


@pytest.fixture(params=["glue", "folder"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> "Place":
    """A fresh place for Spark's tables."""
    return _place(request, tmp_path, request.param)


@pytest.fixture
def glue(request: pytest.FixtureRequest, tmp_path: Path) -> "Place":
    """A fresh place in Glue, which one machine shares."""
    return _place(request, tmp_path, "glue")


def _place(request: pytest.FixtureRequest, folder: Path, kind: str) -> "Place":
    from tests.spark_places import Place  # noqa: PLC0415 (heavy: only for tests of Spark)

    return Place(request.getfixturevalue("spark"), folder, kind, request.getfixturevalue("endpoint_url"))
