"""The parity law on the statement for Athena."""

import pytest
from hypothesis import given, settings

from headwater.offline.point_in_time import Mode
from tests.parity.athena import check_athena
from tests.parity.histories import History, histories


@pytest.mark.parametrize("mode", ["as_known", "as_happened"])
@settings(max_examples=25)
@given(history=histories())
def test_training(mode: Mode, history: History) -> None:
    assert check_athena(history, mode).mismatches == []
