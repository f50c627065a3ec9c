"""What a drill's report says."""

from pathlib import Path

import pytest

from dr import report, results
from dr.results import Drill, Mark, Result


def _drill(at_s: float = 2.0, **figures: float) -> Drill:
    return Drill(
        at_s=at_s,
        health_interval_s=1.0,
        scenarios=[Result(scenario="region_killed", **figures)],  # type: ignore[arg-type]
        timelines={"region_killed": [Mark(10.0, "cut <off>"), Mark(12.5, "verified")]},
    )


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        ({"events_lost_after_recovery": 1}, "1 events lost"),
        ({"duplicates_applied": 2}, "2 events counted twice"),
        ({"values_wrong": 3}, "3 values differ"),
        ({"detect_s": 5.0, "rto_s": 65.5}, "60.5 s from the alarm"),
    ],
    ids=["lost", "doubled", "wrong", "slow"],
)
def test_a_missed_target_is_named(figures: dict[str, float], said: str) -> None:
    [failure] = report.failures(_drill(**figures))
    assert said in failure


def test_what_meets_every_target_misses_none() -> None:
    assert report.failures(_drill(detect_s=30.0, rto_s=89.0)) == []


def test_the_page_shows_the_timeline_and_the_figure_before(tmp_path: Path) -> None:
    results.save(tmp_path, _drill(1.0, rto_s=9.0))
    now = _drill(2.0, rto_s=8.0)
    results.save(tmp_path, now)
    page = report.page(now, results.before(tmp_path, now))
    assert "8 (was 9)" in page
    assert "2.5 s verified" in page
    assert "cut &lt;off&gt;" in page


def test_the_first_drill_has_none_before_it(tmp_path: Path) -> None:
    results.save(tmp_path, _drill())
    assert results.before(tmp_path, _drill()) == {}
