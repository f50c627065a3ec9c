"""The parity law on generated histories: every executor serves what the oracle says."""

import random
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.offline.point_in_time import Mode
from headwater.online.memory import MemoryStore
from headwater.online.redis import RedisStore
from tests.parity.checks import check_backfill, check_offline, check_online
from tests.parity.histories import History, histories
from tests.parity.recovery import check_recovery
from tests.servers import redis_server

_CHANCE = st.builds(random.Random, st.integers(0, 2**32))
_NUMBERS = count()


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisStore]:
    """A real Redis."""
    folder: Path = tmp_path_factory.mktemp("redis")
    with redis_server(folder) as port:
        store = RedisStore.from_url(f"redis://127.0.0.1:{port}", timeout_s=5)
        yield store
        store.close()


def _environment() -> str:
    return f"e{next(_NUMBERS)}"


@pytest.mark.parametrize("mode", ["as_known", "as_happened"])
@given(history=histories())
def test_training(mode: Mode, history: History) -> None:
    assert check_offline(history, mode).mismatches == []


@given(history=histories())
def test_training_in_parts(history: History) -> None:
    """However little memory there is, the training set is the same."""
    assert check_offline(history, "as_known", memory_bytes=600).mismatches == []


@given(history=histories(), chance=_CHANCE)
def test_serving(history: History, chance: random.Random) -> None:
    assert check_online(history, MemoryStore(), "test", chance).mismatches == []


@given(history=histories(), chance=_CHANCE)
def test_serving_from_redis(redis: RedisStore, history: History, chance: random.Random) -> None:
    assert check_online(history, redis, _environment(), chance).mismatches == []


@given(history=histories(), chance=_CHANCE)
def test_backfill_then_stream(history: History, chance: random.Random) -> None:
    """The cut-over may be at any instant; running the backfill again changes nothing."""
    assert check_backfill(history, MemoryStore(), "test", chance).mismatches == []


@given(history=histories(), chance=_CHANCE)
def test_serving_after_a_region_was_lost(history: History, chance: random.Random) -> None:
    """Whatever was copied of each key, and in whatever rounds events come to light: each counts once."""
    assert check_recovery(history, chance).mismatches == []
