"""Warm environments, what Lambda logs by itself, and where the peak is more than may run at once."""

import math
from decimal import Decimal

import pytest

from cost.errors import CostError
from cost.estimate.lines import Estimate
from cost.graphs import Graph
from tests import costs

LOOKUPS, BATCH, SHAPE = (f"services.flight_delay.{name}" for name in ("lookups", "batch", "shape"))


def _flat(lookups: int, graph: Graph | None = None) -> Estimate:
    """So many lookups of one row each second, all day."""
    assumed = costs.changed(costs.usage_of("prod").at("middle"), **{LOOKUPS: lookups, BATCH: 1})
    service = assumed.services["flight_delay"]
    flat = costs.replaced(assumed, services={"flight_delay": costs.replaced(service, shape="flat")})
    return costs.estimate_with(graph or costs.home_of("prod"), flat)


def test_a_warm_environment_takes_ten_lookups_a_second_however_short_they_are() -> None:
    """Ten are kept warm, which take 100 lookups a second of 400: a quarter, though hardly one is ever busy."""
    found = {line.name: line for line in _flat(400).lines if line.component == "lookup"}
    kept = found["kept warm"].terms[0].value
    parts = {name: found[f"duration, flight_delay{name}"].terms[2].value for name in ("", ", warm")}
    assert kept == 10
    assert parts == {"": Decimal("0.75"), ", warm": Decimal("0.25")}


def test_as_many_warm_environments_as_lookups_need_take_them_all() -> None:
    found = {line.name: line for line in _flat(90).lines if line.component == "lookup"}
    assert found["duration, flight_delay, warm"].terms[2].value == 1
    assert "duration, flight_delay" not in found


def test_a_peak_beyond_what_may_run_at_once_is_told() -> None:
    """Of 700 lookups a second the peak is four times as many: 280 environments of 300; of 800 it is 320."""
    assert _flat(700).beyond == ()
    [said] = _flat(800).beyond
    assert "lookup-lookup-function may have 300 environments" in said
    assert "peak of 3,200 a second needs 320" in said
    assert "raise lookupReserved" in said


def test_a_peak_beyond_the_shards_is_told() -> None:
    graph = costs.with_facts(costs.home_of("prod"), "Stream", {"mode": "PROVISIONED", "shardCount": 2})
    assumed = costs.changed(costs.usage_of("prod").at("middle"), **{LOOKUPS: 1})
    [said] = costs.estimate_with(graph, assumed).beyond
    # 300 × 4 + 300 × 4 + 4 × 10 a second, of 1,000 a shard.
    assert "events-stream has 2 shards; the assumed peak of 2,440 events a second needs 2.4" in said


def _logged(level: str | None) -> Decimal:
    """Bytes of a lookup's lines where Lambda's own have that level."""
    graph = costs.with_facts(costs.home_of("prod"), "Function", {"systemLogLevel": level})
    [line] = [each for each in _flat(100, graph).lines if each.name == "logs of flight_delay"]
    return line.quantity * 2**30 / (100 * 2_628_000)


def test_lookups_are_logged_in_one_line_beside_those_that_lambda_writes_as_text() -> None:
    written = Decimal(str(costs.figures().lookup_log_bytes))
    assert _logged("WARN") == pytest.approx(written)
    assert _logged(None) == pytest.approx(written + 263)


def test_lines_of_lambda_that_nobody_has_measured_are_an_error_and_not_nothing() -> None:
    with pytest.raises(CostError, match=r"-function': found systemLogLevel DEBUG, .* expected WARN"):
        _logged("DEBUG")


def test_lines_are_kept_for_a_year_at_15_percent_of_their_size() -> None:
    found = {line.name: line.quantity for line in _flat(100).lines if line.component == "lookup"}
    kept = found["logs of flight_delay kept"]
    assert float(kept) == pytest.approx(float(found["logs of flight_delay"]) * 12 * 0.15)


def test_rows_beyond_the_first_take_their_own_time() -> None:
    """In whole milliseconds, as Lambda counts."""
    figures = costs.figures()
    for rows in (1, 3):
        assumed = costs.changed(costs.usage_of("prod").at("middle"), **{BATCH: rows})
        found = costs.estimate_with(costs.home_of("prod"), assumed)
        [line] = [each for each in found.lines if each.name == "duration, flight_delay"]
        [seconds] = [term.value for term in line.terms if term.name == "seconds a lookup"]
        assert seconds * 1000 == math.ceil(figures.lookup_ms + (rows - 1) * figures.lookup_row_ms)


def test_a_function_with_less_memory_is_slower_and_one_with_more_is_not_faster() -> None:
    """1,769 MB are a processor. Half of them take twice as long, so that a lookup costs the same but for rounding."""
    taken = {}
    for memory in (884.5, 1769, 3538):
        graph = costs.with_facts(costs.home_of("prod"), "Function", {"memorySize": memory})
        found = costs.estimate_with(graph, costs.usage_of("prod").at("middle"))
        [line] = [each for each in found.lines if each.name == "duration, weather"]
        [taken[memory]] = [term.value for term in line.terms if term.name == "seconds an event"]
    assert taken[884.5] == 2 * taken[1769]
    assert taken[3538] == taken[1769]


def test_the_first_batch_of_a_second_is_traced_and_a_twentieth_of_the_others() -> None:
    found = costs.estimate_with(costs.home_of("prod"), costs.usage_of("prod").at("middle"))
    lines = {line.name: line.quantity for line in found.lines if line.component == "stream"}
    batches_per_s = float(lines["invocations"]) / 2_628_000
    assert batches_per_s > 1
    traced = 1 + (batches_per_s - 1) * 0.05
    assert float(lines["traces"]) == pytest.approx(traced * 2_628_000)
