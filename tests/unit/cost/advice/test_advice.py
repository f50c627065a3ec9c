"""Advice for a small environment: each saving by hand, nothing that saves nothing, and every figure traced."""

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from cost.advice import report
from cost.advice.cases import Case, differences
from cost.advice.commands import register
from cost.advice.platform import proposals as of_platform
from cost.advice.proposals import Advice, always_there
from cost.advice.stores import proposals as of_stores
from cost.estimate.lines import Estimate

GOLDEN = Path(__file__).parents[3] / "golden" / "advice.json"
CENTS = Decimal("0.05")


@pytest.fixture(scope="session")
def estimate(case: Case) -> Estimate:
    return case.estimate()


@pytest.fixture(scope="session")
def found(case: Case, estimate: Estimate) -> dict[str, Advice]:
    return {each.key: each for each in report.advise(case, estimate)}


# Prices are those of 2026-11-23 in us-east-1. Assumed are 1,000 events a second with twice of it at the peak, 500 to
# 1,500 lookups a second, and a month of 730 hours, which has 2,628,000 seconds.
BY_HAND = {
    # Three shards of three nodes: one shard, or one replica of each, is three nodes at 0.1752 an hour.
    "cache.fewer_shards": "3 * 730 * 0.1752",
    "cache.fewer_replicas": "3 * 730 * 0.1752",
    # AWS's page of reserved nodes has about a third off for a year without anything upfront.
    "cache.reserved": "9 * 730 * 0.1752 * 0.32",
    "cache.savings_plan": "9 * 730 * 0.1752 * 0.20",
    # Lambda's duration on x86 and on arm. A lookup takes 1.5 ms, counted as 2; a batch of the stream 2 ms and
    # 0.5 ms an event; 62.5 events come in a quarter of a second to each of four shards, 16 batches a second.
    "functions.arm": "(1_000 * 0.002 + 1_000 * 0.0005 + 16 * 0.002) * 2_628_000 * 1769 / 1024 "
    "* (0.0000166667 - 0.0000133334)",
    # A quarter of it is there at the quietest hour; 12 % off.
    "functions.savings_plan": "(1_000 * 0.002 + 1_000 * 0.0005 + 16 * 0.002) * 2_628_000 * 1769 / 1024 "
    "* 0.0000166667 * 0.25 * 0.12",
    # Lines of 363 bytes a lookup and 763 a batch, compressed to 15 %, kept 12 months or 30 days.
    "logs.retention": "(1_000 * 363 + 16 * 763) * 2_628_000 / 2**30 * 0.15 * 0.03 * (365 - 30) / 365 * 12",
    # One DPU each of ten workers, a hundred runs of six minutes.
    "jobs.flex": "10 * 100 * 0.1 * (0.44 - 0.29)",
    # Two endpoints in two zones less.
    "network.one_zone": "2 * 2 * 730 * 0.01",
    # Ten sets of 10 GB a month, kept 12 months or 90 days.
    "bucket.training_sets": "10 * 10 * 0.023 * (12 - 90 / (730 / 24))",
    # Two metrics of four shards.
    "stream.metrics": "2 * 4 * 0.30",
    # 159 bytes an event for six days more.
    "stream.retention": "1_000 * 159 * 2_628_000 / 2**30 * 144 / 730 * 0.10",
    # The log's bytes of eleven twelfths of a year less two days, read evenly.
    "bucket.infrequent": "4346.788 * (1 - 30 / 365) * (0.023 - 0.0125) - 100 * (1 - 30 / 365) * 0.01",
    # The same, of what is not read in a month; 4,346.788 GB are 17,388 files of a quarter of a GB.
    "bucket.intelligent": "4346.788 * (1 - 30 / 365) * (1 - 100 / 4346.788) * (0.023 - 0.0125) "
    "- 17_388 / 1_000 * 0.0025",
    # One processor with two gigabytes in the callers, instead of 525.60 for requests, 151.33 for duration, 444.22 for
    # lines and 47.98 for keeping them.
    "lookups.library": "525.60 + 151.33 + 444.22 + 47.98 - 730 * (0.04048 + 2 * 0.004445)",
}


@pytest.mark.parametrize("key", BY_HAND)
def test_saving_is_what_arithmetic_by_hand_comes_to(key: str, found: dict[str, Advice]) -> None:
    by_hand = Decimal(str(eval(BY_HAND[key])))  # noqa: S307 (arithmetic of this file)
    assert abs(found[key].saving_usd - by_hand) <= CENTS


def test_provisioned_table_is_as_full_as_leaves_room_for_the_peak(case: Case) -> None:
    """The busiest hour has 1.45 of the mean, the busiest second 2: 70 % × 1.45 / 2 is 50 %."""
    [provisioned] = [each for each in of_stores(case) if each.key == "table.provisioned"]
    assert "following use at 50 %" in provisioned.title


def test_bought_shards_cost_hours_and_units_instead_of_gigabytes(case: Case, estimate: Estimate) -> None:
    """2,000 events a second at the peak are two shards; 1.25 of it is three, kept for a week.

    By request: 200.50 in, 15.57 out, 7.68 kept longer, 29.20 of hours, and metrics of one more of four shards.
    By shard: 0.015 and 0.020 an hour, and a unit of 25 KB an event. Lines of the functions change too, with
    batches; they are left out here.
    """
    [provisioned] = [each for each in of_platform(case, estimate) if each.key == "stream.provisioned"]
    saved = sum(
        (
            each.usd
            for each in differences(estimate, provisioned.case.estimate())
            if "events" in {each.before and each.before.component, each.after and each.after.component}
        ),
        Decimal(0),
    )
    by_hand = 200.50 + 15.57 + 7.68 + 29.20 + 2 * 0.30 - 3 * 730 * 0.035 - 2_628 * 0.014
    assert "Buy 3 shards" in provisioned.title
    assert abs(saved - Decimal(str(by_hand))) <= CENTS


def test_provisioned_table_costs_units_by_the_hour(found: dict[str, Advice], estimate: Estimate) -> None:
    """Units used a second, at 50 % of capacity, for 730 hours; what on demand costs by request goes."""
    used = {line.name: line.quantity / 2_628_000 for line in estimate.lines if line.component == "online"}
    write = used["writes by the stream"] + used["watermark written"]
    read = used["reads before writes of the stream"] + used["watermark read"] + used["pointer read"]
    capacity = write / Decimal("0.5") * 730 * Decimal("0.00065") + read / Decimal("0.5") * 730 * Decimal(
        "0.00013"
    )
    requests = sum(
        line.monthly_usd
        for line in estimate.lines
        if line.component == "online" and "stored" not in line.name
    )
    assert found["table.provisioned"].saving_usd == pytest.approx(requests - capacity, rel=Decimal("0.0005"))


def test_reserved_capacity_saves_more_than_what_is_provisioned(found: dict[str, Advice]) -> None:
    """54 % of the quarter that is always there."""
    plain, reserved = found["table.provisioned"], found["table.provisioned_reserved"]
    assert reserved.saving_usd > plain.saving_usd
    assert "× 0.54 less" in reserved.arithmetic[-1]


def test_coarser_tiles_save_what_their_pages_and_reads_do(found: dict[str, Advice]) -> None:
    """Two pages an event become one: the table is read half as much before it is written."""
    coarser = found["views.payments_of_user.resolution"]
    reads = next(line for line in coarser.arithmetic if line.startswith("reads before writes"))
    assert "663.37 USD" in reads
    assert "becomes 331.68 USD" in reads


def test_advice_is_sorted_by_what_it_saves(found: dict[str, Advice]) -> None:
    savings = [each.saving_usd for each in found.values()]
    assert savings == sorted(savings, reverse=True)


def test_nothing_that_saves_nothing_is_advised(found: dict[str, Advice]) -> None:
    """Two endpoints in three zones cost less than three gateways do."""
    assert all(each.saving_usd > 0 for each in found.values())
    assert "network.nat" not in found


def test_gateways_are_advised_where_there_are_many_endpoints(case: Case) -> None:
    """Ten endpoints in three zones are 219.00, three gateways 98.55; some data passes."""
    [endpoint] = [each for each in case.graph.resources if each.name == "kms"]
    more = [
        msgspec.structs.replace(endpoint, name=name, facts=endpoint.facts | {"service": name})
        for name in (f"service-{number}" for number in range(8))
    ]
    crowded = case.with_resources(lambda each: each, *more)
    advice = {each.key: each for each in report.advise(crowded, crowded.estimate())}
    assert advice["network.nat"].saving_usd == pytest.approx(Decimal("120.45"))


def test_files_that_are_all_read_are_not_worth_watching(case: Case) -> None:
    read = case._replace(usage=case.usage.changed("training.scanned", Decimal(10_000)))
    keys = {each.key for each in report.advise(read, read.estimate())}
    assert "bucket.intelligent" not in keys
    assert "bucket.infrequent" not in keys


def test_a_high_peak_leaves_no_saving_in_provisioned_capacity(case: Case) -> None:
    rough = case._replace(usage=case.usage.changed("sources.payments.peak", Decimal(20)))
    keys = {each.key for each in report.advise(rough, rough.estimate())}
    assert "table.provisioned" not in keys


def test_shards_that_the_peak_needs_are_not_advised_away(case: Case) -> None:
    busy = case._replace(usage=case.usage.changed("services.scores.lookups", Decimal(100_000)))
    keys = {proposal.key for proposal in of_stores(busy)}
    assert "cache.fewer_shards" not in keys
    assert "cache.fewer_replicas" in keys


def test_serverless_caches_are_advised_away_where_nodes_cost_less(case: Case) -> None:
    def serverless(each: object) -> object:
        facts = {"engine": "valkey"}
        if getattr(each, "type", "").endswith(":ReplicationGroup"):
            return msgspec.structs.replace(
                each,  # type: ignore[type-var]
                type="aws:elasticache/serverlessCache:ServerlessCache",
                facts=facts,
            )
        return each

    changed = case.with_resources(serverless)._replace(  # type: ignore[arg-type]
        usage=case.usage.changed("services.scores.lookups", Decimal(20_000))
    )
    keys = {each.key for each in report.advise(changed, changed.estimate())}
    assert "cache.nodes" in keys


def test_table_on_demand_is_advised_where_provisioned_capacity_is_idle(case: Case) -> None:
    idle = case.with_facts(
        "Table", {"billingMode": "PROVISIONED", "readCapacity": 20_000, "writeCapacity": 20_000}
    )
    keys = {each.key for each in report.advise(idle, idle.estimate())}
    assert "table.on_demand" in keys


def test_stream_on_demand_is_advised_where_shards_are_idle(case: Case) -> None:
    idle = case.with_facts("Stream", {"mode": "PROVISIONED", "shardCount": 100})
    keys = {each.key for each in report.advise(idle, idle.estimate())}
    assert "stream.on_demand" in keys


def test_saving_of_a_change_is_the_sum_of_its_lines(case: Case, estimate: Estimate) -> None:
    for proposal in of_stores(case):
        after = proposal.case.estimate()
        changed = sum((each.usd for each in differences(estimate, after)), Decimal(0))
        assert changed == estimate.total_usd - after.total_usd


def test_range_holds_the_saving(found: dict[str, Advice]) -> None:
    assert all(each.low_usd <= each.saving_usd <= each.high_usd for each in found.values())


def test_every_saving_says_its_arithmetic_its_sources_and_its_risk(found: dict[str, Advice]) -> None:
    assert all(each.arithmetic and each.sources and each.risk and each.how for each in found.values())


def test_price_that_is_remembered_is_marked(found: dict[str, Advice]) -> None:
    assert found["table.savings_plan"].confidence == "from_memory"
    assert found["cache.fewer_shards"].confidence == "sourced"


def test_part_that_is_always_there_is_that_of_the_quietest_hour() -> None:
    assert always_there([0.0, 2.0]) == 0


def test_table_shows_each_advice_and_arithmetic_when_asked(
    found: dict[str, Advice], estimate: Estimate
) -> None:
    console = Console(record=True, width=220)
    report.show(found.values(), estimate, console, explain="cache.reserved")
    shown = console.export_text()
    assert all(key in shown for key in found)
    assert "1,151.06 USD (nodes cache.r7g.large) × 1 (nodes run all the time) × 0.32" in shown


def test_advice_is_what_it_was(found: dict[str, Advice]) -> None:
    """If it changed on purpose: delete the golden file, and the next run writes it."""
    amounts = {
        key: {name: str(getattr(each, name)) for name in ("saving_usd", "low_usd", "high_usd")}
        for key, each in found.items()
    }
    if not GOLDEN.exists():
        GOLDEN.write_text(json.dumps(amounts, indent=1) + "\n")
        pytest.fail(f"{GOLDEN.name}: was not there, and is written; look at it and commit it")
    assert amounts == json.loads(GOLDEN.read_text())


def test_json_has_amounts_as_numbers(found: dict[str, Advice], estimate: Estimate) -> None:
    content = json.loads(report.as_json(found.values(), estimate))
    assert content["total_monthly_usd"] == float(estimate.total_usd)
    assert content["advice"][0]["saving_usd"] == float(next(iter(found.values())).saving_usd)


def test_command_prints_json_and_nothing_else() -> None:
    app = typer.Typer()
    register(app)
    done = CliRunner().invoke(app, ["--env", "dev", "--json"], catch_exceptions=False)
    advice = json.loads(done.stdout)
    assert advice["environment"] == "dev"
    assert all(each["saving_usd"] > 0 for each in advice["advice"])


def test_commands_that_need_no_simulation_do_not_load_numpy() -> None:
    """An estimate is to be there within two seconds, with the start of the process."""
    asked = "import sys, cost.commands; sys.exit('numpy' in sys.modules)"
    subprocess.run([sys.executable, "-c", asked], check=True, cwd=Path(__file__).parents[4])
