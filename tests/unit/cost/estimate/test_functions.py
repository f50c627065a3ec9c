"""Warm environments, what Lambda logs by itself, and where the peak is more than may run at once."""

from decimal import Decimal

import pytest

from cost.estimate.lines import Estimate
from tests import costs

LOOKUPS, BATCH, SHAPE = (f"services.flight_delay.{name}" for name in ("lookups", "batch", "shape"))


def _flat(lookups: int) -> Estimate:
    """So many lookups of one row each second, all day."""
    assumed = costs.changed(costs.usage_of("prod").at("middle"), **{LOOKUPS: lookups, BATCH: 1})
    service = assumed.services["flight_delay"]
    flat = costs.replaced(assumed, services={"flight_delay": costs.replaced(service, shape="flat")})
    return costs.estimate_with(costs.home_of("prod"), flat)


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


def test_lookups_are_logged_in_one_line_beside_those_of_lambda() -> None:
    [line] = [each for each in _flat(100).lines if each.name == "logs of flight_delay"]
    written = Decimal(str(costs.figures().lookup_log_bytes)) + 263
    assert line.quantity == pytest.approx(100 * 2_628_000 * written / 2**30)
