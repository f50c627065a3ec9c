"""A scenario of the drill: two regions, live traffic, one of them killed, and the way back."""

from collections.abc import Callable
from pathlib import Path

import pytest

from dr import targets
from dr.local import drill
from infra.local import pair


@pytest.mark.slow
def test_every_acknowledged_event_counts_once_after_a_region_was_killed_and_taken_back(
    checkout: Callable[[], Path], tmp_path: Path
) -> None:
    root = checkout()
    [result] = drill.run(root, tmp_path, ["region_killed"], print).scenarios
    assert not result.failure
    assert [target for target in targets.of(result) if not target.passed] == []
    assert (result.events_lost_after_recovery, result.duplicates_applied, result.values_wrong) == (0, 0, 0)
    assert result.rto_s is not None
    assert result.rto_s < 60
    assert pair.load(root) is None, "something was left"


@pytest.mark.slow
def test_what_a_lost_region_wrote_over_is_given_again_on_the_way_back(
    checkout: Callable[[], Path], tmp_path: Path
) -> None:
    [result] = drill.run(checkout(), tmp_path, ["late_writes"], print).scenarios
    assert not result.failure
    assert result.events_overwritten, "nothing was written over: the scenario shows nothing"
    assert (result.events_lost_after_recovery, result.duplicates_applied, result.values_wrong) == (0, 0, 0)
