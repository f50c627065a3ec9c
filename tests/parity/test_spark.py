"""The parity law on Spark: fewer histories than on one machine, since each takes a query of many parts."""

import random
import uuid
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headwater.offline.point_in_time import Mode
from headwater.offline.spark.direct import CROWD
from tests import servers
from tests.parity.histories import History, histories
from tests.parity.spark import check_spark, check_spark_backfill
from tests.spark import USES_SPARK

pytestmark = [pytest.mark.usefixtures("spark"), *USES_SPARK]


@pytest.mark.parametrize("mode", ["as_known", "as_happened"])
# All events are few, all are many, or some are.
@pytest.mark.parametrize("crowd", [CROWD, 0, 2])
@settings(max_examples=3)
@given(history=histories())
def test_training(mode: Mode, crowd: int, history: History) -> None:
    assert check_spark(history, mode, crowd).mismatches == []


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Redis that the workers reach too."""
    with servers.redis_server(tmp_path_factory.mktemp("redis")) as port:
        yield f"redis://127.0.0.1:{port}"


@settings(max_examples=8)
@given(history=histories(), seed=st.integers(0, 2**32))
def test_backfill(redis_url: str, history: History, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 (not for secrets)
    assert check_spark_backfill(history, redis_url, f"e{uuid.uuid4().hex[:8]}", chance).mismatches == []
