"""What a drill's report says."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from dr import listing, report, report_page, results, targets
from dr.comparison import Differing
from dr.results import Decision, Drill, Mark, Result

_MET: dict[str, Any] = {
    "detect_s": 30.0,
    "rto_s": 89.0,
    "events_acknowledged": 100,
    "events_lost_after_recovery": 0,
    "duplicates_applied": 0,
    "values_compared": 50,
    "values_wrong": 0,
    "lookups": 40,
    "lookup_error_window_s": 0.0,
}
_MET_BY_TABLES: dict[str, Any] = {
    "tables_read": 3,
    "rows_read": 9,
    "rows_unexpected": 0,
    "rows_lost": 0,
    "rows_too_many": 0,
}


def _drill(at_s: float = 2.0, **figures: Any) -> Drill:
    return Drill(
        at_s=at_s,
        health_interval_s=1.0,
        scenarios=[Result(scenario="region_killed", broken="Home <is> gone.", **(_MET | figures))],
        timelines={"region_killed": [Mark(10.0, "home is killed <off>"), Mark(12.5, "detected")]},
        decisions={"region_killed": [Decision(11.5, "operator", "goes on & on")]},
    )


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        ({"events_lost_after_recovery": 1}, "events lost: found 1, expected none"),
        ({"duplicates_applied": 2}, "events counted twice: found 2, expected none"),
        ({"values_wrong": 3}, "values differ from the oracle: found 3, expected none"),
        ({"rows_unexpected": 4}, "rows differ from what had arrived: found 4, expected none"),
        ({"rows_lost": 5}, "rows of the tables lost: found 5, expected none"),
        ({"rows_too_many": 6}, "rows of the tables too many: found 6, expected none"),
        ({"rows_read": 0}, "rows read without the lost region: found 0, expected some"),
        ({"events_acknowledged": 0}, "events acknowledged: found 0, expected some"),
        ({"values_compared": 0}, "values compared with the oracle: found 0, expected some"),
        ({"lookups": 0}, "lookups: found 0, expected some"),
        (
            {"lookup_error_window_s": 5.1},
            "without an answer to lookups: found 5.1 s, expected at most 5 s",
        ),
        (
            {"detect_s": 5.0, "rto_s": 65.5},
            "from the alarm until it was verified: found 60.5 s, expected at most 60 s",
        ),
        (
            {"detect_s": None, "rto_s": 60.5},
            "from the alarm until it was verified: found 60.5 s, expected at most 60 s",
        ),
        ({"failure": "no answer"}, "end of the scenario: found no answer, expected its last step"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, dict) else "",
)
def test_a_missed_target_is_named(figures: dict[str, Any], said: str) -> None:
    assert targets.missed(_drill(**(_MET_BY_TABLES | figures))) == [f"region_killed: {said}"]


@pytest.mark.parametrize("figure", sorted({*_MET, *_MET_BY_TABLES} - {"detect_s", "tables_read"}))
def test_a_figure_that_was_not_measured_misses_its_target(figure: str) -> None:
    [said] = targets.missed(_drill(**(_MET_BY_TABLES | {figure: None})))
    assert "found not measured" in said


def test_what_meets_every_target_misses_none() -> None:
    assert targets.missed(_drill(**_MET_BY_TABLES)) == []


def test_a_scenario_without_tables_has_no_target_for_them() -> None:
    assert [target.name for target in targets.of(_drill().scenarios[0]) if "rows" in target.name] == []


def test_the_terminal_says_how_many_targets_were_met() -> None:
    shown = Console(file=StringIO(), width=200)
    report.show(_drill(values_wrong=3), {}, shown)
    assert "7/8" in shown.file.getvalue()  # type: ignore[attr-defined]  # it is a StringIO


def test_the_terminal_cuts_no_figure_off_at_80_columns() -> None:
    shown = Console(file=StringIO(), width=80)
    figures: dict[str, Any] = {
        "rto_s": 141.64,
        "rpo_events": 1571,
        "events_acknowledged": 59570,
        "lookup_errors": 123,
        "failback_s": 186.4,
    }
    now = _drill(**(_MET_BY_TABLES | figures))
    named = Result(scenario="replication_stalled", **{**_MET, **_MET_BY_TABLES, **figures})
    report.show(Drill(at_s=2.0, health_interval_s=1.0, scenarios=[*now.scenarios, named]), {}, shown)
    text = shown.file.getvalue()  # type: ignore[attr-defined]  # it is a StringIO
    assert "…" not in text
    [line] = [line for line in text.splitlines() if line.split()[:1] == ["replication_stalled"]]
    assert line.split() == [
        "replication_stalled",
        "11/12",
        "141.6",
        "1571",
        "59570",
        "0",
        "0",
        "0",
        "123",
        "186.4",
    ]


@pytest.fixture
def page(tmp_path: Path) -> str:
    """The page of a drill that had one before it."""
    results.save(tmp_path, _drill(1.0, rto_s=9.0))
    now = _drill(2.0, detect_s=1.0, rto_s=8.0, listings=["failover-back-differing.jsonl"])
    results.save(tmp_path, now)
    file = report_page.journals(tmp_path, "region_killed") / "failover-back-differing.jsonl"
    listing.write_differing(file, "dynamodb", [Differing("local/a/<1>", b"lost", None)])
    return report_page.page(now, results.before(tmp_path, now), tmp_path)


def test_the_page_says_what_was_broken(page: str) -> None:
    assert "Home &lt;is&gt; gone." in page


def test_the_page_shows_what_happened_when(page: str) -> None:
    assert "2.5 s detected" in page
    assert "killed &lt;off&gt;" in page


def test_the_page_says_who_decided_what_and_how_long_after_the_beginning(page: str) -> None:
    assert "<td>1.5 s</td><td>operator</td><td>goes on &amp; on</td>" in page


def test_the_page_has_the_figure_of_the_last_run_and_the_change(page: str) -> None:
    assert "<td>rto_s</td><td>8</td><td>9</td><td>-1</td>" in page


def test_the_page_has_each_target_beside_what_was_found(page: str) -> None:
    assert "<td>at most 60 s</td><td>7.0 s</td><td><span class='passed'>passed</span></td>" in page


def test_the_page_keeps_arithmetic_apart(page: str) -> None:
    """7 s of its own and 30 to 90 s of Route 53."""
    assert "<td>7.0</td><td>37 to 97</td>" in page.partition("On AWS, by arithmetic")[2]


def test_the_page_lists_conflicting_keys_and_links_to_all_of_them(page: str) -> None:
    assert "<code>local/a/&lt;1&gt;</code></td><td>6 bytes</td><td>no value</td>" in page
    assert "href='drills/journals/region_killed/failover-back-differing.jsonl'" in page


def test_the_page_says_what_stands_in_for_aws(page: str) -> None:
    assert "MiniStack" in page


def test_the_page_can_be_read_without_seeing_it(page: str) -> None:
    assert "<svg" in page
    assert "aria-label='Timeline of region_killed'><title>Timeline of region_killed</title>" in page
    assert "<th>" not in page
    assert page.count("<main>") == page.count("</main>") == 1


def test_an_earlier_drill_that_cannot_be_read_is_left_out_by_name(tmp_path: Path) -> None:
    results.save(tmp_path, _drill(1.0, rto_s=9.0))
    torn = tmp_path / "drills" / "torn.json"
    torn.write_bytes(b'{"at_s": 1')
    said: list[str] = []
    assert results.before(tmp_path, _drill(), said.append)["region_killed"].rto_s == 9.0
    assert len(said) == 1
    assert f"earlier drill {torn}: " in said[0]


def test_a_run_that_did_not_come_to_its_end_is_compared_with_none(tmp_path: Path) -> None:
    results.save(tmp_path, _drill(1.0, rto_s=9.0))
    results.save(tmp_path, _drill(2.0, rto_s=3.0, failure="no answer"))
    assert results.before(tmp_path, _drill(3.0))["region_killed"].rto_s == 9.0


def test_the_first_drill_has_none_before_it(tmp_path: Path) -> None:
    results.save(tmp_path, _drill())
    assert results.before(tmp_path, _drill()) == {}
