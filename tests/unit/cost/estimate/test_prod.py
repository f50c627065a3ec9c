"""Lines of prod, at the middle of its ranges, against arithmetic done by hand from what is declared and assumed."""

from decimal import Decimal

import pytest

from cost.estimate.lines import Line
from cost.graphs import Declared
from cost.metering import archive_line_bytes, event_bytes
from tests import costs
from tests.costs import changed, definitions, estimate_with, graph_of, home_of, usage_of

MONTH_S = 2_628_000
GB = 2**30


@pytest.fixture(scope="module")
def lines() -> dict[tuple[str, str], Line]:
    """By region and name."""
    found = estimate_with(graph_of("prod"), usage_of("prod").at("middle"))
    return {(line.region, line.name): line for line in found.lines if line.view is None}


BY_HAND = {
    # Each hour, four minutes, ten workers of one DPU.
    ("us-east-1", "scheduled runs of materialize"): 730 * 4 / 60 * 10 * 0.44,
    # Ingestion comes before it each time, and takes three minutes.
    ("us-east-1", "scheduled runs of ingest"): 730 * 3 / 60 * 10 * 0.44,
    # Each night, 22.5 minutes, on spare capacity.
    ("us-east-1", "scheduled runs of compact"): 730 / 24 * 22.5 / 60 * 10 * 0.29,
    # Each quarter of an hour, two minutes, two workers.
    ("us-west-2", "scheduled runs of replicate"): 730 * 4 * 2 / 60 * 2 * 0.44,
    # 14 of 40 minutes, on spare capacity.
    ("us-east-1", "runs of training_set"): 14 * 40 / 60 * 10 * 0.29,
    # 1,250 GB a month.
    ("us-east-1", "queries"): 1250 / 1024 * 5,
    # 14 sets of 12.5 GB, kept for a year.
    ("us-east-1", "training sets"): 14 * 12.5 * 12 * 0.023,
    ("us-east-1", "backups of the bucket: training sets"): 14 * 12.5 * 12 * 0.05,
    # Two shards of three nodes, and two of two.
    ("us-east-1", "nodes cache.r7g.large"): 6 * 730 * 0.1752,
    ("us-west-2", "nodes cache.r7g.large"): 4 * 730 * 0.1752,
    # 3,000 lookups a second.
    ("us-east-1", "invocations, flight_delay"): 3_000 * MONTH_S * 0.2 / 1e6,
    # Three environments of 1,769 MB stand by.
    ("us-west-2", "kept warm"): 3 * MONTH_S * 1769 / 1024 * 0.0000033334,
    # 300 events a second, each counted as a kilobyte on its way in, and as it is on its way out.
    ("us-east-1", "in, departures"): 300 * MONTH_S * 1024 / GB * 0.08,
    ("us-east-1", "out, departures"): 300
    * MONTH_S
    * event_bytes(definitions().sources["departures"], 6)
    / GB
    * 0.04,
}


@pytest.mark.parametrize("place", BY_HAND, ids=" ".join)
def test_a_line_of_prod_is_what_it_is_by_hand(
    lines: dict[tuple[str, str], Line], place: tuple[str, str]
) -> None:
    assert float(lines[place].monthly_usd) == pytest.approx(BY_HAND[place], abs=0.006)


def test_objects_land_by_the_minute_or_when_64_megabytes_are_full() -> None:
    """Of few events one a minute; of 50,000 a second many more."""
    size = archive_line_bytes(definitions().sources["departures"], 6)
    for rate in (300, 50_000):
        assumed = changed(
            usage_of("prod").at("middle"),
            sources__departures__events=rate,
            sources__landings__events=0,
            sources__weather__events=0,
        )
        [line] = [
            each
            for each in estimate_with(home_of("prod"), assumed).lines
            if (each.component, each.name) == ("offline", "objects in landing/")
        ]
        by_size = rate * MONTH_S * size / (64 * 2**20)
        assert float(line.quantity) == pytest.approx(max(43_800, by_size))
        assert (by_size > 43_800) == (rate == 50_000)


def test_shards_of_a_stream_on_demand_are_those_that_twice_its_peak_needs(
    lines: dict[tuple[str, str], Line],
) -> None:
    """300 × 4 + 300 × 4 + 4 × 10 events a second, twice: 4.88 shards of a thousand; four metrics of each."""
    assert lines["us-east-1", "metrics of shards"].quantity == 4 * 5


def test_events_of_one_entity_in_a_batch_are_written_once() -> None:
    """With one carrier all departures of a batch are its: a write a batch, not an event."""
    assumed = changed(usage_of("prod").at("middle"), entities__carrier__active=1)
    found = estimate_with(home_of("prod"), assumed).lines
    [line] = [
        each for each in found if (each.view, each.name) == ("carrier_departures", "writes by the stream")
    ]
    [batches] = [each.quantity for each in found if each.name == "watermark written"]
    written = line.terms[0].value * line.terms[1].value * line.terms[2].value
    assert float(written) == pytest.approx(float(batches))


def test_a_health_check_by_https_every_ten_seconds_has_two_options() -> None:
    check = Declared(
        type="aws:route53/healthCheck:HealthCheck",
        name="check",
        component="traffic",
        region="us-east-1",
        facts={"type": "HTTPS", "requestInterval": 10},
    )
    for interval, options in ((10, Decimal("2.00")), (30, Decimal("1.00"))):
        each = costs.replaced(check, facts={**check.facts, "requestInterval": interval})
        found = estimate_with(costs.with_resource(home_of("prod"), each), usage_of("prod"))
        paid = {line.price: line.monthly_usd for line in found.lines if line.component == "traffic"}
        assert paid == {"route53.health_check": Decimal("0.50"), "route53.health_check_option": options}
