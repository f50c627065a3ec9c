"""The metrics line: what CloudWatch's Embedded Metric Format asks for."""

import json

from headwater.stream.metrics import metrics_line
from headwater.stream.processor import BatchReport
from headwater.stream.records import StreamRecord

_REPORT = BatchReport(
    records=9,
    applied=5,
    duplicate=4,
    late=3,
    dropped=2,
    dead=1,
    lag_ms=12.5,
    failed=[],
    error=None,
    repeated=6,
)
_FAILED = [StreamRecord("shard", 7, "7", 0, b"secret")]


def test_every_metric_named_is_a_number_with_a_unit() -> None:
    line = json.loads(metrics_line(_REPORT, "prod", 1_700_000_000_000))
    [directive] = line["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "Headwater"
    assert all(dimension in line for group in directive["Dimensions"] for dimension in group)
    assert {metric["Name"]: metric["Unit"] for metric in directive["Metrics"]} == {
        **dict.fromkeys(["records", "applied", "duplicate", "late", "dropped", "dead", "repeated"], "Count"),
        "lag_ms": "Milliseconds",
    }
    assert {metric["Name"]: line[metric["Name"]] for metric in directive["Metrics"]} == {
        "records": 9,
        "applied": 5,
        "duplicate": 4,
        "late": 3,
        "dropped": 2,
        "dead": 1,
        "repeated": 6,
        "lag_ms": 12.5,
    }


def test_an_empty_batch_has_no_lag() -> None:
    line = metrics_line(_REPORT._replace(lag_ms=None), "prod", 0)
    assert "lag_ms" not in line


def test_a_failure_is_told_without_what_the_records_hold() -> None:
    line = metrics_line(_REPORT._replace(failed=_FAILED, error="redis: no answer"), "prod", 0)
    assert json.loads(line)["error"] == "redis: no answer"
    assert json.loads(line)["failed"] == ["7"]
    assert "secret" not in line
    assert "\n" not in line
