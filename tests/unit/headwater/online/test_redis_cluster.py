"""A cluster that cannot be reached is a store that does not answer, like any other."""

from collections.abc import Callable
from typing import Any

import pytest

from headwater.errors import UnavailableError, UnknownOutcomeError
from headwater.online.memory import MemoryStore
from headwater.online.redis import RedisStore
from headwater.online.stores import Write
from headwater.online.tiers import TieredReads


@pytest.fixture
def nobody() -> RedisStore:
    """At a port where nobody listens."""
    return RedisStore.from_url("redis://127.0.0.1:9?mode=cluster", retries=0)


@pytest.mark.parametrize("read", [RedisStore.load, RedisStore.read], ids=["load", "read"])
def test_it_is_read_as_a_store_that_does_not_answer(read: Callable[..., Any], nobody: RedisStore) -> None:
    with pytest.raises(UnavailableError, match="redis: 1 of 1 keys not read: "):
        read(nobody, ["a"])


def test_a_write_to_it_is_of_unknown_outcome(nobody: RedisStore) -> None:
    with pytest.raises(UnknownOutcomeError, match="redis: 1 writes may not have been done"):
        nobody.write([Write("a", b"x", 0, None)])


def test_lookups_go_on_with_the_table(nobody: RedisStore) -> None:
    table = MemoryStore()
    table.write([Write("a", b"x", 0, None)])
    assert TieredReads([nobody, table]).load(["a"]).values == [b"x"]
