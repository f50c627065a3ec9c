"""A Redis cluster that changes or loses a shard while it is read and written."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from headwater.errors import UnavailableError, UnknownOutcomeError
from headwater.online.redis import RedisStore
from headwater.online.stores import Write
from tests import servers
from tests.servers import Shard

KEYS = [f"key-{number}" for number in range(60)]


@pytest.fixture
def shards(tmp_path: Path) -> Iterator[list[Shard]]:
    """A cluster of three of its own."""
    with servers.redis_cluster(tmp_path) as found:
        yield found


def _store(shards: list[Shard]) -> RedisStore:
    store = RedisStore.from_url(f"redis://127.0.0.1:{shards[0].port}?mode=cluster", timeout_s=0.2, retries=1)
    assert all(store.write([Write(key, key.encode(), 0, None) for key in KEYS]))
    return store


def test_when_a_shard_is_gone_the_others_answer(shards: list[Shard]) -> None:
    store = _store(shards)
    shards[1].process.kill()
    shards[1].process.wait()
    found = store.load(KEYS)
    assert 0 < len(found.unread) < len(KEYS)
    for place, key in enumerate(KEYS):
        assert found.values[place] == (None if place in found.unread else key.encode())
    with pytest.raises(UnavailableError, match="of 60 keys not read"):
        store.read(KEYS)
    with pytest.raises(UnknownOutcomeError, match="read again before writing again"):
        store.write([Write(key, b"new", 1, None) for key in KEYS])


def test_when_a_shard_does_not_answer_the_others_are_not_waited_for_longer(shards: list[Shard]) -> None:
    store = _store(shards)
    shards[2].process.suspend()
    try:
        found = store.load(KEYS)
        assert 0 < len(found.unread) < len(KEYS)
    finally:
        shards[2].process.resume()
    assert store.load(KEYS).unread == frozenset()


def test_a_slot_that_moves_is_found_again(shards: list[Shard]) -> None:
    """The old owner answers MOVED; readers and writers learn it from that."""
    store = _store(shards)
    clients: list[Any] = [redis.Redis("127.0.0.1", shard.port) for shard in shards]
    slot = int(clients[0].execute_command("CLUSTER KEYSLOT", "key-0"))
    names = [client.execute_command("CLUSTER MYID") for client in clients]
    owner = slot * 3 // 16_384
    target = (owner + 1) % 3
    assert clients[owner].delete("key-0") == 1
    for client in (clients[target], clients[owner], clients[3 - owner - target]):
        client.execute_command("CLUSTER SETSLOT", slot, "NODE", names[target])
    assert store.load(["key-0", "key-1"]).values == [None, b"key-1"]
    assert store.write([Write("key-0", b"moved", 0, None)]) == [True]
    assert store.load(["key-0"]).values == [b"moved"]
