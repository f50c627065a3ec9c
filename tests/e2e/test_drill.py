"""A scenario of the drill: two regions, live traffic, one of them killed, and the way back."""

from collections.abc import Callable
from pathlib import Path

import pytest

from dr.local import drill
from infra.local import pair


@pytest.mark.slow
def test_every_acknowledged_event_counts_once_after_a_region_was_killed_and_taken_back(
    checkout: Callable[[], Path], tmp_path: Path
) -> None:
    root = checkout()
    [result] = drill.run(root, tmp_path, ["region_killed"], print).scenarios
    assert result.events_acknowledged > 0
    assert (result.events_lost_after_recovery, result.duplicates_applied, result.values_wrong) == (0, 0, 0)
    assert result.rto_s is not None
    assert result.rto_s < 60
    assert pair.load(root) is None, "something was left"
