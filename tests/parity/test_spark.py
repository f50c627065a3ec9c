"""The parity law on Spark: fewer histories than on one machine, since each takes a query of many parts."""

import pytest
from hypothesis import given, settings

from headwater.offline.point_in_time import Mode
from headwater.offline.spark.direct import CROWD
from tests.parity.histories import History, histories
from tests.parity.spark import check_spark
from tests.spark import USES_SPARK

pytestmark = [pytest.mark.usefixtures("spark"), *USES_SPARK]


@pytest.mark.parametrize("mode", ["as_known", "as_happened"])
# All events are few, all are many, or some are.
@pytest.mark.parametrize("crowd", [CROWD, 0, 2])
@settings(max_examples=3)
@given(history=histories())
def test_training(mode: Mode, crowd: int, history: History) -> None:
    assert check_spark(history, mode, crowd).mismatches == []
