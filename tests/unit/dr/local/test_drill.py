"""A drill of which one scenario fails."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from dr import targets
from dr.errors import FailoverError
from dr.local import drill
from dr.local.scenario import Scenario
from dr.results import Drill
from headwater.errors import LocalCloudError


def _fails(on: Scenario) -> None:
    """Something is broken."""
    on.mark("it is cut off")
    raise FailoverError("the operator failed")


def _ends(on: Scenario) -> None:
    """Nothing is broken."""
    on.result.events_acknowledged = 7


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of scenarios, of a drill without regions."""
    found = {"first": _fails, "second": _ends}
    monkeypatch.setattr(drill, "SCENARIOS", found)

    class _Stage:
        say = staticmethod(print)

    @contextmanager
    def stage(*_asked: object, **_more: object) -> Iterator[_Stage]:
        yield _Stage()

    monkeypatch.setattr("dr.local.stage.opened", stage)
    return list(found)


def test_a_scenario_that_fails_is_a_missed_target_and_the_next_ones_are_run(
    opened: list[str], tmp_path: Path
) -> None:
    kept: list[int] = []
    done = drill.run(tmp_path, tmp_path, opened, print, lambda so_far: kept.append(len(so_far.scenarios)))
    assert [each.failure for each in done.scenarios] == ["FailoverError: the operator failed", ""]
    assert done.scenarios[1].events_acknowledged == 7
    assert kept == [1, 2]
    assert "first: end of the scenario: found FailoverError: the operator failed, expected its last step" in (
        targets.missed(done)
    )


def test_what_a_scenario_that_fails_had_found_is_kept(opened: list[str], tmp_path: Path) -> None:
    done = drill.run(tmp_path, tmp_path, opened[:1], print)
    assert [mark.what for mark in done.timelines["first"]] == ["it is cut off"]
    assert done.scenarios[0].broken == "Something is broken."


def test_where_nothing_can_be_brought_up_no_scenario_is_tried_after_the_first(
    opened: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[int] = []

    def stage(*_asked: Any, **_more: Any) -> Drill:
        tried.append(1)
        raise LocalCloudError("redis-server: not found")

    monkeypatch.setattr("dr.local.stage.opened", stage)
    with pytest.raises(LocalCloudError, match="not found"):
        drill.run(tmp_path, tmp_path, opened, print)
    assert len(tried) == 1
