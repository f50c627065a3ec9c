"""Copies of the bucket: everything that a rule copies is sent, written and kept there."""

from decimal import Decimal

import pytest

from cost.errors import GraphError
from cost.estimate.lines import Line
from cost.metering import archive_line_bytes
from tests import costs

GB = Decimal(2**30)
A_MONTH_S = 2_628_000


def _lines() -> dict[tuple[str, str], Line]:
    found = costs.estimate_with(costs.graph_of("prod"), costs.usage_of("prod").at("middle"))
    return {(line.price, line.name): line for line in found.lines if line.component == "replication"}


def test_lines_are_sent_as_they_land_and_again_as_files_of_the_log_twice() -> None:
    """Weather: 4 events a second; ingestion writes each once, and compaction once more."""
    landed = 4 * A_MONTH_S * archive_line_bytes(costs.definitions().sources["weather"], 4) / GB
    logged = landed * Decimal(str(costs.figures().log_bytes_per_line_byte))
    found = {
        what: line.quantity for (price, what), line in _lines().items() if price == "s3.replication_transfer"
    }
    assert found["landed lines copied, weather"] == pytest.approx(landed)
    assert found["event log copied, weather"] == pytest.approx(logged)
    assert found["what compaction replaced of the event log copied, weather"] == pytest.approx(logged)


def test_what_is_sent_in_time_is_as_much_as_what_is_sent() -> None:
    lines = _lines()
    sent = {
        what: line.quantity for (price, what), line in lines.items() if price == "s3.replication_transfer"
    }
    timed = {
        what: line.quantity for (price, what), line in lines.items() if price == "s3.replication_time_control"
    }
    assert timed == {f"{what}, in time": quantity for what, quantity in sent.items()}


def test_copies_of_landed_lines_stay_until_their_rule_and_that_of_old_versions_let_them_go() -> None:
    """14 days, and then 30 as an old version; that they were moved at home is not copied."""
    lines = _lines()
    sent = lines["s3.replication_transfer", "landed lines copied, weather"].quantity
    kept = lines["s3.storage", "landed lines' copy, weather"]
    assert kept.region == "us-west-2"
    assert kept.quantity == pytest.approx(sent * (14 + 30) / (Decimal(730) / 24))


def test_each_copied_object_is_a_request_there() -> None:
    written = {what: line for (price, what), line in _lines().items() if price == "s3.writes"}
    # One each minute, as at home.
    assert written["objects of landing/ copied"].quantity == 43_800
    assert {line.region for line in written.values()} == {"us-west-2"}


def test_rules_that_copy_in_time_have_four_metrics_each() -> None:
    """Five rules, 20 metrics, of which the ten that are free have gone to the first ones of the stream."""
    line = _lines()["cloudwatch.custom_metrics", "metrics of rules"]
    assert (line.quantity, line.monthly_usd) == (Decimal(20), Decimal("6.00"))


def test_what_no_rule_copies_is_not_counted() -> None:
    only = {"rules": [{"prefix": "warehouse/", "timed": False}]}
    graph = costs.with_facts(costs.graph_of("prod"), "BucketReplicationConfig", only)
    found = costs.estimate_with(graph, costs.usage_of("prod").at("middle"))
    names = {line.name for line in found.lines if line.component == "replication"}
    assert "event log copied, weather" in names
    assert not any("landed" in name or "landing/" in name or "in time" in name for name in names)


def test_copies_that_never_go_are_an_error() -> None:
    graph = costs.with_facts(costs.graph_of("prod"), "BucketLifecycleConfiguration", {"expiring": {}})
    with pytest.raises(GraphError, match=r"copies of 'landing/' in us-west-2 never go"):
        costs.estimate_with(graph, costs.usage_of("prod"))
