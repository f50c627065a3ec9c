"""What the users of the cache may do is what the store asks, and no more; they log in with tokens, over TLS."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
import redis

from headwater.errors import UnavailableError, UnknownOutcomeError
from headwater.online.redis import RedisStore
from headwater.online.redis_address import IamLogin
from headwater.online.redis_iam import IamTokens
from headwater.online.stores import Write
from infra.components.cache_users import read_access, write_access
from tests.tls import TlsServer

_ENVIRONMENT = "prod"
_USERS = {"reader": read_access(_ENVIRONMENT), "writer": write_access(_ENVIRONMENT)}


@pytest.fixture(autouse=True)
def _users(redis_port: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Both users, who have any password: only AWS can check a token."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with closing(_admin(redis_port)) as client:
        client.flushall()
        for name, access in _USERS.items():
            client.execute_command("ACL", "SETUSER", name, "reset", "nopass", *access.split())
        yield
        client.execute_command("ACL", "DELUSER", *_USERS)


@pytest.fixture(params=["reader", "writer"])
def user(request: pytest.FixtureRequest) -> str:
    """Each user in turn."""
    return str(request.param)


def _admin(port: int) -> Any:
    # redis has no types for commands of administration.
    return redis.Redis("127.0.0.1", port)


def _store(user: str, server: TlsServer, monkeypatch: pytest.MonkeyPatch) -> RedisStore:
    monkeypatch.setenv("SSL_CERT_FILE", str(server.authority))
    url = f"rediss://{user}@127.0.0.1:{server.port}?iam=cache&region=us-east-1"
    return RedisStore.from_url(url, timeout_s=2, retries=0)


def _write(key: str) -> Write:
    return Write(key, b"value", 0, None)


def test_the_writer_writes_and_reads(tls_redis: TlsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(_store("writer", tls_redis, monkeypatch)) as store:
        assert store.write([_write("prod/a")]) == [True]
        assert store.write([Write("prod/a", b"second", 1, 60)]) == [True]
        assert store.load(["prod/a"]).values == [b"second"]


def test_the_reader_reads_and_writes_nothing(tls_redis: TlsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(_store("writer", tls_redis, monkeypatch)) as store:
        store.write([_write("prod/a")])
    with closing(_store("reader", tls_redis, monkeypatch)) as store:
        assert store.load(["prod/a"]).values == [b"value"]
        with pytest.raises(UnknownOutcomeError, match="permission"):
            store.write([_write("prod/b")])


def test_neither_reads_the_keys_of_another_environment(
    user: str, tls_redis: TlsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        closing(_store(user, tls_redis, monkeypatch)) as store,
        pytest.raises(UnavailableError, match="permission"),
    ):
        store.load(["dev/a"])


def test_a_token_is_signed_for_one_user_of_one_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    user, token = IamTokens(IamLogin("reader", "cache", "us-east-1", serverless=True)).get_credentials()
    assert user == "reader"
    assert token.startswith("cache/?Action=connect&User=reader&ResourceType=ServerlessCache&X-Amz-Algorithm")
    assert "us-east-1%2Felasticache%2Faws4_request" in token
    assert "X-Amz-Expires=900" in token


def test_a_cluster_is_found_and_written_by_the_writer(
    cluster_ports: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without TLS and tokens: the servers tell their own addresses, which are not those of the test's TLS."""
    for port in cluster_ports:
        with closing(_admin(port)) as client:
            client.execute_command("ACL", "SETUSER", "writer", "reset", "nopass", *_USERS["writer"].split())
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    url = f"redis://writer:any@127.0.0.1:{cluster_ports[0]}?mode=cluster"
    with closing(RedisStore.from_url(url, timeout_s=2, retries=0)) as store:
        keys = [f"prod/{number}" for number in range(20)]
        assert all(store.write([_write(key) for key in keys]))
        assert store.load(keys).values == [b"value"] * len(keys)
