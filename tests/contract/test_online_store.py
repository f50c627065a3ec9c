"""What every online store does, on every online store."""

import threading
import time
from collections.abc import Sequence

import pytest

from headwater.errors import StoreError, UnavailableError, UnknownOutcomeError
from headwater.online import watermark
from headwater.online.dynamodb import DynamoDBStore
from headwater.online.redis import RedisStore
from headwater.online.stores import Loaded, OnlineStore, Stored, Write
from headwater.page_size import MAX_VALUE_BYTES
from infra.local import processes
from tests import servers
from tests.tls import TlsServer

AWKWARD_KEYS = [
    "plain",
    "a/b/c",
    "a%2Fb|c",
    "\u00e9\u2603",
    "with space",
    "'quoted'",
    '"',
    "{brace}",
    "x" * 900,
]
ALL_BYTES = bytes(range(256))


def _new(key: str, value: bytes = b"v", ttl_s: int | None = None) -> Write:
    return Write(key, value, 0, ttl_s)


def _values(found: Sequence[Stored | None]) -> list[bytes | None]:
    return [item and item.value for item in found]


def test_nothing_is_read_where_nothing_was_written(store: OnlineStore) -> None:
    assert store.read(["a", "b"]) == [None, None]
    assert store.read([]) == []


@pytest.mark.parametrize("key", AWKWARD_KEYS)
def test_any_key_and_any_bytes_come_back(store: OnlineStore, key: str) -> None:
    assert store.write([_new(key, ALL_BYTES)]) == [True]
    assert store.read([key]) == [Stored(1, ALL_BYTES)]


def test_an_empty_value_is_not_an_absent_one(store: OnlineStore) -> None:
    store.write([_new("a", b"")])
    assert store.read(["a"]) == [Stored(1, b"")]


def test_values_come_in_the_order_asked_and_as_often(store: OnlineStore) -> None:
    store.write([_new("a", b"1"), _new("b", b"2")])
    assert _values(store.read(["b", "x", "a", "b"])) == [b"2", None, b"1", b"2"]


def test_more_keys_than_one_request_takes(store: OnlineStore) -> None:
    """DynamoDB reads 100 keys and writes 25 statements at once."""
    keys = [f"key-{number}" for number in range(230)]
    assert all(store.write([_new(key, key.encode()) for key in keys]))
    assert _values(store.read(keys)) == [key.encode() for key in keys]


def test_a_lookup_gives_the_values_alone(store: OnlineStore) -> None:
    keys = [f"key-{number}" for number in range(230)]
    store.write([_new(key, key.encode()) for key in keys])
    deadline_s = time.monotonic() + 10
    for deadline in (None, deadline_s):
        found = store.load([*keys, "absent", "key-3"], deadline)
        assert found == Loaded([*[key.encode() for key in keys], None, b"key-3"])
    assert store.load([]) == Loaded([])


def test_each_write_moves_the_revision_by_one(store: OnlineStore) -> None:
    store.write([_new("a", b"1")])
    assert store.write([Write("a", b"2", 1, None)]) == [True]
    assert store.write([Write("a", b"3", 2, None)]) == [True]
    assert store.read(["a"]) == [Stored(3, b"3")]


def test_a_writer_that_read_an_older_revision_loses(store: OnlineStore) -> None:
    store.write([_new("a", b"1")])
    store.write([Write("a", b"2", 1, None)])
    assert store.write([Write("a", b"lost", 1, None)]) == [False]
    assert store.write([_new("a", b"lost")]) == [False]
    assert store.write([Write("absent", b"lost", 3, None)]) == [False]
    assert _values(store.read(["a", "absent"])) == [b"2", None]


def test_writes_of_one_call_succeed_and_fail_on_their_own(store: OnlineStore) -> None:
    store.write([_new(f"old-{number}") for number in range(30)])
    writes = [_new(f"{age}-{number}") for number in range(30) for age in ("old", "new")]
    assert store.write(writes) == [False, True] * 30


def test_a_value_expires(store: OnlineStore) -> None:
    """TTL is enforced at read, and what has expired is absent for a writer, too."""
    store.write([_new("short", ttl_s=1), _new("long", ttl_s=100), _new("ever")])
    time.sleep(2.1)
    assert [item is None for item in store.read(["short", "long", "ever"])] == [True, False, False]
    assert store.write([_new("short", b"again", ttl_s=100)]) == [True]
    assert _values(store.read(["short"])) == [b"again"]


def test_a_later_write_moves_or_lifts_the_expiry(store: OnlineStore) -> None:
    store.write([_new("a", ttl_s=1), _new("b", ttl_s=1)])
    store.write([Write("a", b"v", 1, None), Write("b", b"v", 1, 100)])
    time.sleep(2.1)
    assert _values(store.read(["a", "b"])) == [b"v", b"v"]


def test_no_update_is_lost_between_writers(store: OnlineStore) -> None:
    """Writers that read, add one and write back on the revision they read add up exactly."""
    store.write([_new("count", b"0")])

    def add(times: int) -> None:
        while times:
            [found] = store.read(["count"])
            assert found is not None
            times -= store.write([Write("count", str(int(found.value) + 1).encode(), found.revision, None)])[
                0
            ]

    writers = [threading.Thread(target=add, args=(25,)) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert store.read(["count"]) == [Stored(101, b"100")]


def test_a_key_twice_in_one_call_is_refused_and_nothing_written(store: OnlineStore) -> None:
    with pytest.raises(StoreError, match="'a': written twice"):
        store.write([_new("b"), _new("a"), _new("a")])
    assert store.read(["a", "b"]) == [None, None]


def test_a_value_that_is_too_long_is_refused_and_nothing_written(store: OnlineStore) -> None:
    with pytest.raises(StoreError, match=f"at most {MAX_VALUE_BYTES} fit"):
        store.write([_new("b"), _new("a", b"x" * (MAX_VALUE_BYTES + 1))])
    assert store.read(["a", "b"]) == [None, None]


def test_the_longest_value_fits(store: OnlineStore) -> None:
    assert store.write([_new("a", b"x" * MAX_VALUE_BYTES)]) == [True]


def test_the_watermark_only_moves_forward(store: OnlineStore) -> None:
    watermark.advance(store, "test", 100, {"a": 5, "b": 2**190})
    watermark.advance(store, "test", 90, {"a": 4, "c": 1})
    expected = watermark.Watermark(100, {"a": "5", "b": str(2**190), "c": "1"})
    assert watermark.read(store, "test") == expected


def _unreachable() -> list[OnlineStore]:
    port = processes.free_port()
    client = servers.client("dynamodb", f"http://127.0.0.1:{port}")
    return [RedisStore.from_url(f"redis://127.0.0.1:{port}", retries=0), DynamoDBStore(client, "online")]


@pytest.mark.parametrize("position", [0, 1], ids=["redis", "dynamodb"])
def test_a_store_that_is_down_says_what_is_safe(position: int) -> None:
    """A read may be repeated; a write may have happened, so it is read first."""
    store = _unreachable()[position]
    with pytest.raises(UnavailableError, match="try again"):
        store.read(["a"])
    with pytest.raises(UnknownOutcomeError, match="read again before writing again"):
        store.write([_new("a")])


def test_a_server_that_no_authority_vouches_for_is_not_read(tls_redis: TlsServer) -> None:
    store = RedisStore.from_url(f"rediss://127.0.0.1:{tls_redis.port}", retries=0)
    with pytest.raises(UnavailableError, match="certificate"):
        store.load(["key"])
    store.close()
