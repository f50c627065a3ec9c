"""The curve, the best way along it, and what the command writes."""

import json
import re
from pathlib import Path

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from cost.capacity import measured as measurements
from cost.capacity import report
from cost.capacity.assumptions import Assumptions
from cost.capacity.commands import assumptions, register
from cost.capacity.curve import Planner, rates
from cost.capacity.needs import PATHS, STORES, plan
from cost.capacity.page import fill
from cost.errors import CapacityError


def test_curve_has_every_way_at_every_rate(planner: Planner) -> None:
    found = planner.curve([1_000.0, 2_000.0])
    assert len(found) == 2 * len(PATHS) * len(STORES)


def test_way_that_keeps_callers_waiting_longer_than_allowed_does_not_fit(planner: Planner) -> None:
    hurried = Planner(planner.measured, Assumptions(shape="one", p99_ms=0.1), planner.prices)
    found = hurried.point(plan("library", "nodes", 1_000, hurried.measured, hurried.given))
    assert not found.limits
    assert not found.fits


def test_best_way_changes_where_costs_cross(planner: Planner) -> None:
    """At the rate found both cost the same; a little below the one, a little above the other costs less."""
    start, change, *_ = planner.changes(1_000, 100_000, ("library",))
    assert (start.after, change.before) == ("library on serverless", "library on serverless")
    below, above = (
        {
            store: planner.point(plan("library", store, rate, planner.measured, planner.given)).usd
            for store in STORES
        }
        for rate in (change.rate * 0.98, change.rate * 1.02)
    )
    assert min(below, key=below.__getitem__) == "serverless"
    assert f"library on {min(above, key=above.__getitem__)}" == change.after


def test_function_stops_where_a_node_has_no_connection_left(planner: Planner) -> None:
    """On nodes up to 650,000/s, then on what has no nodes."""
    *_, last = planner.changes(500_000, 900_000, ("function",))
    assert last.before == "function on nodes"
    assert last.rate == pytest.approx(650_000, rel=0.02)


def test_nothing_fits_is_said(planner: Planner) -> None:
    *_, last = planner.changes(10_000_000, 20_000_000, ("library",))
    assert last.after is None
    assert "nothing fits" in report.said(last)


@pytest.mark.parametrize("text", ["1000", "2000..1000", "0..10", "a..b", "1..2000000000"])
def test_range_that_is_none_is_an_error(text: str) -> None:
    with pytest.raises(CapacityError, match="rates"):
        rates(text)


@pytest.mark.parametrize("text", ["nodes=3", "node_load=much", "node_load"])
def test_assumption_that_is_none_is_an_error(text: str) -> None:
    with pytest.raises(CapacityError, match="--set"):
        assumptions([text])


def test_plan_says_where_it_extrapolates(planner: Planner) -> None:
    found = report.beyond(plan("library", "nodes", 500_000, planner.measured, planner.given), planner)
    assert [line.partition(":")[0] for line in found] == [
        "100 processes of 5,000/s each",
        "20 nodes of a cluster",
    ]


def test_one_process_on_one_node_is_no_extrapolation(
    measured: measurements.Measured, planner: Planner
) -> None:
    alone = Planner(measured, Assumptions(shape="one", replicas=0, stored_gb=1.0), planner.prices)
    assert report.beyond(plan("library", "nodes", 100, measured, alone.given), alone) == []


def test_tables_show_every_limit_that_is_met(planner: Planner) -> None:
    console = Console(record=True, width=250)
    made = report.make(planner, [1_000.0, 10_000_000.0])
    report.show(made, console)
    shown = console.export_text()
    assert all(hit.limit.key in shown for hit in made.hits)


def test_command_writes_the_plan_as_json(tmp_path: Path) -> None:
    app = typer.Typer()
    register(app)
    file = tmp_path / "plan.json"
    arguments = ["--qps", "1000..2000", "--set", "shape=rows", "--json", str(file)]
    done = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert done.exit_code == 0
    found = json.loads(file.read_text())
    assert found["assumptions"]["shape"] == "rows"
    [point] = [
        each
        for each in found["points"]
        if (each["plan"]["rate"], each["plan"]["path"], each["plan"]["store"]) == (1_000, "library", "nodes")
    ]
    assert point["usd"] == pytest.approx(sum(cost["usd"] for cost in point["costs"]))


def test_measurement_that_is_not_there_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(CapacityError, match="make bench NAME=capacity"):
        measurements.load(tmp_path / "none.json")


def _rounded(svg: str) -> str:
    """Processors differ in the last digits of what they reckon."""
    return re.sub(r"-?\d+\.\d+", lambda number: f"{float(number[0]):.1f}", svg)


def test_drawing_in_the_docs_is_that_of_the_program(tmp_path: Path) -> None:
    """If not: ``make docs``."""
    app = typer.Typer()
    register(app)
    CliRunner().invoke(app, ["--plot", str(tmp_path / "plan.svg")], catch_exceptions=False)
    kept = Path(__file__).parents[4] / "docs" / "capacity.svg"
    assert _rounded((tmp_path / "plan.svg").read_text()) == _rounded(kept.read_text())


def test_tables_in_the_docs_are_those_of_the_program(tmp_path: Path) -> None:
    """If not: ``make docs``."""
    app = typer.Typer()
    register(app)
    kept = Path(__file__).parents[4] / "docs" / "capacity.md"
    again = tmp_path / "capacity.md"
    again.write_text(kept.read_text())
    CliRunner().invoke(app, ["--page", str(again)], catch_exceptions=False)
    assert _rounded(again.read_text()) == _rounded(kept.read_text())


def test_page_with_a_mark_that_names_no_table_is_an_error(planner: Planner) -> None:
    made = report.make(planner, [1_000.0])
    with pytest.raises(CapacityError, match=r"'weather'.*curve, limits"):
        fill("<!-- weather -->\n<!-- end -->", made)
