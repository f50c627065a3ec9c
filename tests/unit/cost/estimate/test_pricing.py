"""Estimates of whole environments: that they add up, can be multiplied along, and move the right way."""

import json
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cost.errors import GraphError, PriceError
from cost.estimate import exports, html
from cost.estimate.cache import cached_bytes
from cost.estimate.context import Situation
from cost.estimate.groups import GROUPINGS, Sums, sums
from cost.estimate.lines import Book
from cost.estimate.terms import Item, Term, product
from cost.graphs import ROOT, Declared
from cost.metering import event_bytes
from cost.usage import assumptions
from tests import costs
from tests.costs import (
    ENVIRONMENTS,
    LOOKUPS,
    RATES,
    changed,
    estimate_of,
    estimate_with,
    graph_of,
    home_of,
    usage_of,
)

CENT = Decimal("0.01")


@pytest.fixture(params=ENVIRONMENTS)
def environment(request: pytest.FixtureRequest) -> str:
    """Each environment in turn."""
    return str(request.param)


def test_the_estimate_is_the_golden_one(environment: str) -> None:
    """When it is meant to differ: ``python -m cost estimate --env ENV --csv tests/golden/cost_ENV.csv``."""
    golden = ROOT / "tests" / "golden" / f"cost_{environment}.csv"
    assert exports.as_csv(estimate_of(environment)) == golden.read_text()


def test_a_total_is_the_sum_of_its_lines_to_the_cent(environment: str) -> None:
    found = json.loads(exports.as_json(estimate_of(environment)))
    cents = [round(line["monthly_usd"] * 100) for line in found["lines"]]
    assert sum(cents) == round(found["total_monthly_usd"] * 100)
    assert all(
        abs(line["monthly_usd"] * 100 - cent) < 1e-6 for line, cent in zip(found["lines"], cents, strict=True)
    )


@pytest.mark.parametrize("grouping", GROUPINGS)
def test_groups_add_up_to_the_total(environment: str, grouping: str) -> None:
    found = estimate_of(environment)
    groups = sums(found, grouping).values()
    assert sum(each.usd for each in groups) == found.total_usd
    assert sum(each.high_usd for each in groups) == found.high_usd


def test_json_has_what_it_promises(environment: str) -> None:
    found = json.loads(exports.as_json(estimate_of(environment)))
    assert set(found) == {"total_monthly_usd", "lines"}
    keys = {"component", "service", "region", "view", "quantity", "unit", "monthly_usd", "formula", "source"}
    assert all(set(line) == keys for line in found["lines"])


def test_every_quantity_is_the_product_of_its_terms(environment: str) -> None:
    for line in estimate_of(environment).lines:
        assert line.quantity == product(line.terms), line.identity
        assert all(term.source and term.unit for term in line.terms), line.identity


def test_every_line_says_where_its_price_is_from(environment: str) -> None:
    for line in estimate_of(environment).lines:
        assert line.price in line.source
        assert line.confidence in line.source


def test_ranges_are_in_order(environment: str) -> None:
    for line in estimate_of(environment).lines:
        assert line.low_usd <= line.monthly_usd <= line.high_usd, line.identity


def test_an_estimate_without_ranges_has_none() -> None:
    found = estimate_with(graph_of("dev"), usage_of("dev").at("middle"))
    assert found.low_usd == found.total_usd == found.high_usd


@settings(max_examples=40, deadline=None)
@given(
    key=st.sampled_from([*RATES, LOOKUPS]), rates=st.tuples(st.integers(0, 50_000), st.integers(0, 50_000))
)
def test_more_traffic_never_costs_less(key: str, rates: tuple[int, int]) -> None:
    """To the cents that rounding a few lines can make."""
    assumed = usage_of("prod").at("middle")
    less, more = (
        estimate_with(graph_of("prod"), assumed.changed(key, Decimal(rate))).total_usd
        for rate in sorted(rates)
    )
    assert less <= more + CENT * 50


def test_free_parts_are_taken_once() -> None:
    """A dollar less is what they come to at most of each price, however many lines share it."""
    free = estimate_with(graph_of("prod"), usage_of("prod").at("middle"))
    paid = estimate_with(graph_of("prod"), changed(usage_of("prod"), account__free_tier=0).at("middle"))
    # 25 GB stored at 0.25, the smallest of them all that prod uses up.
    storage = [
        sum((line.monthly_usd for line in found.lines if line.price == "dynamodb.storage"), Decimal(0))
        for found in (free, paid)
    ]
    assert abs(storage[1] - storage[0] - min(Decimal("6.25"), storage[1])) <= CENT * 7


def test_a_line_that_shares_a_tier_goes_on_where_the_one_before_stopped() -> None:
    one = costs.paid("s3.storage", "GB-month", "61440").monthly_usd
    term = Term("quantity", Decimal(30720), "GB-month", "the test")
    book = Book(costs.prices(), Decimal(0))
    halves = [
        book.enter(Item("test", "s3.storage", "us-east-1", None, name, "GB-month", (term,))).monthly_usd
        for name in ("one", "two")
    ]
    assert sum(halves) == one
    assert halves[0] > halves[1]


def test_what_dev_costs_when_nothing_happens_is_what_the_docs_say() -> None:
    """The table of docs/infrastructure.md, row by row; what it says it leaves out is left out here."""
    text = (ROOT / "docs" / "infrastructure.md").read_text()
    table = text.partition("### What dev costs when nothing happens")[2].partition("\n\nThe table")[0]
    rows = [row.split("|") for row in table.splitlines() if row.startswith("| ")][1:]
    said = {row[1].strip(): Decimal(row[3].strip()) for row in rows}
    found = estimate_with(graph_of("dev"), costs.idle("dev"))
    named = {
        "vpc.interface_endpoint": "interface endpoints",
        "kinesis.shard": "event stream, one shard",
        "elasticache.node.valkey.t4g.micro": "cache, one `cache.t4g.micro` of Valkey",
        "cloudwatch.alarms": "metrics that alarms look at",
        "cloudwatch.composite_alarms": "composite alarms",
        "kms.key": "key",
    }
    costing: dict[str, Decimal] = {}
    for line in found.lines:
        if line.price in named:
            costing[named[line.price]] = costing.get(named[line.price], Decimal(0)) + line.monthly_usd
    assert said == {**costing, "together": sum(costing.values())}
    others = {line.price for line in found.lines if line.monthly_usd} - set(named)
    assert others == {"cloudwatch.custom_metrics", "cloudwatch.dashboards"}


def test_a_second_region_is_paid_for_there_and_on_the_way() -> None:
    assumed = usage_of("prod").at("middle")
    before, after = (estimate_with(graph, assumed) for graph in (home_of("prod"), graph_of("prod")))
    new = {line.price for line in after.lines} - {line.price for line in before.lines}
    assert new == {
        "dynamodb.on_demand_replicated_write",
        "data_transfer.between_regions",
        "s3.replication_transfer",
        "s3.replication_time_control",
        "backup.dynamodb",
        "backup.s3",
        "cloudwatch.metrics_read",
        "cloudwatch.requests",
    }
    writes = {
        line.region: line.quantity
        for line in after.lines
        if line.price == "dynamodb.on_demand_replicated_write" and line.view == "airport_departures"
    }
    assert writes["us-east-1"] == writes["us-west-2"]
    assert "dynamodb.on_demand_write" not in {line.price for line in after.lines}
    assert sums(after, "region")["us-west-2"].usd > 0


def test_prices_of_a_region_that_stands_in_for_another_are_marked() -> None:
    west = [line for line in estimate_of("prod").lines if line.region == "us-west-2"]
    assert {line.confidence for line in west} == {"from_memory"}
    assert all("the price of us-east-1, taken for us-west-2" in line.source for line in west)


def test_a_region_without_prices_is_an_error_that_names_price_and_region() -> None:
    graph = home_of("prod")
    moved = [msgspec.structs.replace(each, region="sa-east-1") for each in graph.resources]
    moved_graph = msgspec.structs.replace(graph, region="sa-east-1", resources=moved)
    with pytest.raises(
        PriceError, match=r"price 'dynamodb\.on_demand_write' in sa-east-1: not in cost/prices/"
    ):
        estimate_with(moved_graph, usage_of("prod"))


def test_provisioned_capacity_follows_use_between_its_bounds() -> None:
    graph = costs.with_facts(
        home_of("prod"), "Table", {"billingMode": "PROVISIONED", "readCapacity": 5, "writeCapacity": 5}
    )
    ranges = [
        Declared(
            type="aws:appautoscaling/target:Target",
            name=f"online-{kind.lower()}-range",
            component="online",
            region="us-east-1",
            facts={
                "scalableDimension": f"dynamodb:table:{kind}CapacityUnits",
                "minCapacity": 5,
                "maxCapacity": 100,
            },
        )
        for kind in ("Read", "Write")
    ]
    policies = [
        Declared(
            type="aws:appautoscaling/policy:Policy",
            name=f"{each.name}-policy",
            component="online",
            region="us-east-1",
            facts={"range": each.name, "target": 70},
        )
        for each in ranges
    ]
    found = estimate_with(costs.with_resource(graph, *ranges, *policies), usage_of("prod").at("middle"))
    [capacity] = [line for line in found.lines if line.price == "dynamodb.provisioned_write"]
    # More is needed in every hour than the upper bound: 100 units × 730 h × 0.00065.
    assert capacity.monthly_usd == Decimal("47.45")


def test_a_serverless_cache_is_charged_a_least_size_and_its_commands() -> None:
    graph = graph_of("dev")
    kept = [each for each in graph.resources if not each.type.endswith(":ReplicationGroup")]
    found = estimate_with(
        costs.with_resource(msgspec.structs.replace(graph, resources=kept), costs.SERVERLESS_CACHE),
        costs.idle("dev"),
    )
    [stored] = [line for line in found.lines if line.price.startswith("elasticache.serverless_storage")]
    # 0.1 GB × 730 h × 0.084 = 6.132.
    assert stored.monthly_usd == Decimal("6.13")


def test_a_schedule_that_cannot_be_counted_is_an_error() -> None:
    graph = costs.with_facts(graph_of("prod"), "Schedule", {"expression": "cron(0 0 1 1 ? *)"})
    with pytest.raises(GraphError, match=r"schedule 'cron\(0 0 1 1 \? \*\)': expected"):
        estimate_with(graph, usage_of("prod"))


def test_the_page_has_every_line_and_loads_nothing() -> None:
    found = estimate_of("prod")
    page = html.page(found)
    assert page.count("<details>") == len(found.lines)
    assert "<svg" in page
    assert "src=" not in page
    assert "href=" not in page


def test_lookups_read_the_table_where_it_is_the_first_store() -> None:
    """Half a unit of 4 KB for each key, and half a one for a key without a value, too."""
    graph = costs.with_facts(
        graph_of("prod"), "Function", {"HEADWATER_STORES": "dynamodb", "HEADWATER_CONSISTENT": "no"}
    )
    consistent = costs.with_facts(graph, "Function", {"HEADWATER_CONSISTENT": "yes"})
    assumed = changed(
        usage_of("prod").at("middle"), services__flight_delay__lookups=1000, services__flight_delay__batch=1
    )
    [line], [twice] = (
        [
            line
            for line in estimate_with(each, assumed).lines
            if (line.component, line.view, line.name)
            == ("online", "airport_weather", "lookups of flight_delay")
        ]
        for each in (graph, consistent)
    )
    # 1,000 × 2,628,000 s × 1 key × 0.5 units.
    assert line.quantity == Decimal("1314000000.0")
    assert twice.quantity == 2 * line.quantity


def test_the_docs_say_what_the_estimates_say() -> None:
    text = (ROOT / "docs" / "cost.md").read_text()
    for environment in ENVIRONMENTS:
        found = estimate_of(environment)
        row = f"| {environment} | {found.total_usd:,.2f} | {found.low_usd:,.2f} | {found.high_usd:,.2f} |"
        assert row in text


def test_a_range_may_begin_at_nothing() -> None:
    """Lines that the low end has no quantity for are in the high one."""
    content = (
        (assumptions.FOLDER / "prod.yaml").read_text().replace("200 to 400 events/s", "0 to 400 events/s")
    )
    content = content.replace("2_000 to 4_000 lookups/s", "0 to 400_000 lookups/s")
    assumed = assumptions.decode(content.encode(), "wide.yaml", costs.definitions())
    found = estimate_with(graph_of("prod"), assumed)
    dearest = estimate_with(graph_of("prod"), assumed.at("high"))
    cheapest = estimate_with(graph_of("prod"), assumed.at("low"))
    assert found.low_usd <= cheapest.total_usd < found.total_usd < dearest.total_usd <= found.high_usd
    assert "duration, flight_delay" in {line.name for line in found.lines}


def test_what_stands_by_in_a_region_without_traffic_is_paid_for_there() -> None:
    """A whole second stack: nodes, endpoints, warm environments and schedules, but no event and no lookup."""
    graph = home_of("prod")
    content = msgspec.json.encode(graph.resources).replace(b"us-east-1", b"us-west-2")
    copies = msgspec.json.decode(content, type=list[Declared])
    found = estimate_with(costs.with_resource(graph, *copies), usage_of("prod").at("middle"))
    # What copies figures runs in both.
    west = {
        line.price: line for line in found.lines if line.region == "us-west-2" and line.component != "figures"
    }
    # Ten environments of 1,769 MB: 10 × 2,628,000 s × 1.7275390625 GB × 0.0000033334 = 151.3356.
    assert west["lambda.kept_warm_arm"].monthly_usd == Decimal("151.34")
    assert west["elasticache.node.valkey.r7g.large"].monthly_usd == Decimal("767.38")
    assert west["glue.etl"].quantity > 0
    used = {
        "lambda.requests",
        "lambda.duration_arm",
        "kinesis.on_demand_in",
        "firehose.ingest",
        "dynamodb.on_demand_write",
    }
    assert used & set(west) == set()


def test_copies_of_figures_are_paid_for_in_each_of_two_regions() -> None:
    found = [line for line in costs.estimate_of("staging").lines if line.component == "figures"]
    for region in ("us-east-1", "us-west-2"):
        usd = {line.price: line.monthly_usd for line in found if line.region == region}
        # 730 × 60 runs: seven metrics read at 0.01 a thousand; a second of a quarter GB at 0.0000133334, which is
        # 10,950 × 0.0000133334 = 0.146; and eight metrics published at 0.30.
        assert usd["cloudwatch.metrics_read"] == Decimal("3.07")
        assert usd["lambda.duration_arm"] == Decimal("0.15")
        assert usd["cloudwatch.custom_metrics"] == Decimal("2.40")
    assert [line for line in costs.estimate_of("dev").lines if line.component == "figures"] == []


def test_a_cache_that_follows_has_the_nodes_of_the_first_and_its_own_replicas() -> None:
    [nodes] = [
        line
        for line in costs.estimate_of("prod").lines
        if line.price == "elasticache.node.valkey.r7g.large" and line.region == "us-west-2"
    ]
    # Two shards as in the first region, of a primary and one replica: 2 × 2 × 730 h × 0.1752.
    assert nodes.monthly_usd == Decimal("511.58")


def test_backups_are_kept_in_both_vaults_and_sent_once() -> None:
    found = estimate_with(graph_of("prod"), usage_of("prod").at("middle"))
    of_view = {
        (line.price, line.region, line.name): line.quantity
        for line in found.lines
        if line.view == "airport_weather"
    }
    stored = of_view["dynamodb.storage", "us-east-1", "pages stored"]
    # Whole each day: kept for 14 days at home and for 35 in the third region, and copied there on every day of a month.
    assert of_view["backup.dynamodb", "us-east-1", "backups of the table"] == stored * 14
    assert of_view["backup.dynamodb", "us-east-2", "backups of the table"] == stored * 35
    sent = of_view["data_transfer.between_regions", "us-east-1", "backups of the table copied to us-east-2"]
    assert sent == pytest.approx(stored * Decimal(730) / 24)


def test_the_copy_of_the_table_can_be_restored_by_itself() -> None:
    kept = [
        line.region
        for line in costs.estimate_of("prod").lines
        if line.price == "dynamodb.point_in_time_recovery" and line.view == "airport_weather"
    ]
    assert sorted(kept) == ["us-east-1", "us-west-2"]


def test_a_stream_that_stands_by_has_the_shards_it_begins_with() -> None:
    [metrics] = [
        line
        for line in estimate_of("prod").lines
        if line.name == "metrics of shards" and line.region == "us-west-2"
    ]
    # Four metrics of four shards.
    assert metrics.quantity == 16


@pytest.mark.parametrize("mode", ["PROVISIONED", "ON_DEMAND"])
def test_what_a_stream_keeps_beyond_a_week_is_paid_by_the_gigabyte(mode: str) -> None:
    """1,000 hours are 832 more than a week: of 4 events a second, 4 × 832 × 3,600 s are kept."""
    graph = costs.with_facts(
        home_of("prod"), "Stream", {"mode": mode, "shardCount": 4, "retentionPeriod": 1000}
    )
    found = estimate_with(graph, usage_of("prod").at("middle"))
    [kept] = [line for line in found.lines if line.name == "kept longer than a week, weather"]
    size = event_bytes(costs.definitions().sources["weather"], 4)
    assert kept.price == "kinesis.long_term_retention"
    assert float(kept.quantity) == pytest.approx(4 * 832 * 3600 * size / 2**30)


@pytest.mark.parametrize(
    ("kind", "facts", "said"),
    [
        ("FirehoseDeliveryStream", {"converts": True}, "delivery 'offline-archive': converts records"),
        ("StateMachine", {"kind": "EXPRESS"}, "found the kind EXPRESS, expected STANDARD"),
    ],
)
def test_what_is_paid_otherwise_is_an_error_and_no_wrong_sum(
    kind: str, facts: dict[str, Any], said: str
) -> None:
    with pytest.raises(GraphError, match=said):
        estimate_with(costs.with_facts(home_of("prod"), kind, facts), usage_of("prod"))


def test_a_serverless_cache_counts_late_pages_and_the_commands_of_a_batch() -> None:
    """Those that the table counts in write units: a page is read and written, with a page more for each late event."""
    graph = home_of("prod")
    kept = [each for each in graph.resources if each.component != "cache"]
    found = estimate_with(
        costs.with_resource(msgspec.structs.replace(graph, resources=kept), costs.SERVERLESS_CACHE),
        usage_of("prod").at("middle"),
    )
    written = {line.view: line for line in found.lines if line.name == "writes by the stream"}
    asked = [line for line in found.lines if (line.component, line.name) == ("cache", "stream") and line.view]
    assert {line.view for line in asked} == written.keys()
    assert all(line.quantity == 2 * written[line.view].quantity for line in asked)
    [batches] = [line for line in found.lines if line.name == "batches of the stream"]
    [marks] = [line for line in found.lines if line.name == "watermark written"]
    assert batches.quantity == 3 * marks.quantity


def test_what_passes_between_zones_is_read_and_written_and_two_thirds_of_it_pay() -> None:
    """Twice what is copied to the other region, which is what is written; and each page that a lookup reads."""
    assumed = changed(
        usage_of("prod").at("middle"), services__flight_delay__lookups=1000, services__flight_delay__batch=1
    )
    lines = {
        line.name: line.quantity
        for line in estimate_with(graph_of("prod"), assumed).lines
        if (line.component, line.view) == ("cache", "airport_weather")
    }
    assert float(lines["stream, between zones"]) == pytest.approx(
        float(lines["writes copied to us-west-2"]) * 2 * 0.67
    )
    situation = Situation(graph_of("prod"), assumed, costs.definitions(), costs.figures())
    [row] = situation.kinds(costs.definitions().views["airport_weather"])
    # 1,000 lookups a second, one key each.
    read = 1000 * 2_628_000 * (row.key_bytes + row.full_bytes) * 0.67 / 2**30
    assert float(lines["lookups of flight_delay, between zones"]) == pytest.approx(read)


def test_the_first_snapshot_of_a_cache_is_free() -> None:
    """Seven are kept: six of them are paid for, each as large as what the cache holds."""
    assumed = usage_of("prod").at("middle")
    [line] = [each for each in estimate_with(home_of("prod"), assumed).lines if each.name == "snapshots"]
    held = cached_bytes(Situation(home_of("prod"), assumed, costs.definitions(), costs.figures()))
    assert float(line.quantity) == pytest.approx(6 * float(held.value) / 2**30)


def test_bars_of_many_groups_leave_none_out() -> None:
    one = Sums(Decimal("1.00"), Decimal("0.50"), Decimal("2.00"))
    drawn = html.bars({f"group {number}": one for number in range(20)})
    assert "6 others" in drawn
    assert "6.00 (3.00 to 12.00)" in drawn
    assert drawn.count("<rect") == 15
    assert "others" not in html.bars({f"group {number}": one for number in range(15)})
