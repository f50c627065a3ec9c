"""The parity law on Spark: fewer histories than on one machine, since each takes a query of many parts."""

import pytest
from hypothesis import given, settings

from headwater.offline.point_in_time import Mode
from tests.parity.histories import History, histories
from tests.parity.spark import check_spark
from tests.spark import USES_SPARK

pytestmark = [pytest.mark.usefixtures("spark"), *USES_SPARK]


@pytest.mark.parametrize("mode", ["as_known", "as_happened"])
@settings(max_examples=6)
@given(history=histories())
def test_training(mode: Mode, history: History) -> None:
    assert check_spark(history, mode).mismatches == []
