"""Bills from the Cost and Usage Report: the statement runs on a table of its shape, and answers become a bill."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import boto3
import duckdb
import pytest
import requests
import sqlglot
from moto import mock_aws

from cost.actuals import months
from cost.actuals.charges import Bill
from cost.actuals.cur import Report, statement
from cost.errors import BillError

_OCTOBER = months.parse("2026-10", date(2026, 11, 24))
_SEED = "http://motoapi.amazonaws.com/moto-api/static/athena/query-results"
_NAMES = ["environment", "component", "service", "usage_type", "kind", "unit", "quantity", "usd", "resources"]

_TABLE = """
CREATE SCHEMA billing;
CREATE TABLE billing.cur (
    billing_period VARCHAR, line_item_usage_start_date TIMESTAMP, resource_tags MAP(VARCHAR, VARCHAR),
    line_item_product_code VARCHAR, line_item_usage_type VARCHAR, line_item_line_item_type VARCHAR,
    pricing_unit VARCHAR, line_item_usage_amount DOUBLE, line_item_unblended_cost DOUBLE,
    line_item_resource_id VARCHAR, line_item_currency_code VARCHAR
)"""
"""Columns of the export that are asked for, with their names and types."""

_PROD = {"user_environment": "prod", "user_component": "cache"}


def _line(
    tags: dict[str, str],
    usd: float,
    *,
    kind: str = "Usage",
    day: int = 1,
    resource: str = "",
    month: int = 10,
) -> tuple[Any, ...]:
    return (
        f"2026-{month:02}",
        datetime(2026, month, day, 5),  # noqa: DTZ001 (the export has no zones)
        tags,
        "AmazonElastiCache",
        "USE1-NodeUsage",
        kind,
        "Hrs",
        2.0,
        usd,
        resource,
        "USD",
    )


def _asked(*lines: tuple[Any, ...], today: date = date(2026, 11, 24)) -> list[tuple[Any, ...]]:
    """What the statement answers, run by DuckDB after a translation of its dialect."""
    text = statement("billing.cur", "prod", months.parse("2026-10", today))
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute(_TABLE)
        places = ", ".join("?" * 11)
        for line in lines:
            connection.execute(f"INSERT INTO billing.cur VALUES ({places})", line)  # noqa: S608 (question marks)
        return connection.sql(sqlglot.transpile(text, "athena", "duckdb")[0]).fetchall()


def _answered(*rows: Sequence[str]) -> Bill:
    """The bill that boto3's client reads from moto's Athena, seeded."""
    data = [{"Data": [{"VarCharValue": value} for value in row]} for row in (_NAMES, *rows)]
    with mock_aws():
        seeded = requests.post(_SEED, json={"results": [{"rows": data}]}, timeout=5)
        assert seeded.status_code == 201
        client = boto3.client("athena", region_name="us-east-1")
        return Report(client, "billing.cur", "primary").read("prod", _OCTOBER)


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")


def test_lines_of_one_usage_type_are_summed_and_their_resources_counted() -> None:
    rows = _asked(
        _line(_PROD, 1.5, resource="node-1"),
        _line(_PROD, 2.5, day=2, resource="node-1"),
        _line(_PROD, 3.0, resource="node-2"),
    )
    assert rows == [("prod", "cache", "AmazonElastiCache", "USE1-NodeUsage", "Usage", "Hrs", 6.0, 7.0, 2)]


def test_other_environments_and_months_are_left_out_and_what_has_no_tag_is_not() -> None:
    rows = _asked(
        _line({"user_environment": "dev"}, 1),
        _line(_PROD, 2, month=9),
        _line({}, 4, kind="Tax"),
        _line(_PROD, 8),
    )
    assert [(row[0], row[4], row[7]) for row in rows] == [("", "Tax", 4.0), ("prod", "Usage", 8.0)]


def test_days_that_are_not_over_are_not_counted() -> None:
    rows = _asked(_line(_PROD, 1, day=9), _line(_PROD, 2, day=10), today=date(2026, 10, 10))
    assert [row[7] for row in rows] == [1.0]


def test_a_bill_is_made_of_rows() -> None:
    bill = _answered(
        ["prod", "cache", "AmazonElastiCache", "USE1-NodeUsage", "Usage", "Hrs", "1488", "325.5", "2"],
        ["prod", "cache", "AmazonElastiCache", "USE1-NodeUsage", "Credit", "", "0", "-20", "0"],
        ["", "", "AmazonS3", "USE1-Requests-Tier1", "Usage", "Requests", "10", "3.25", "1"],
        ["", "", "", "", "Tax", "", "0", "9.5", "0"],
    )
    [charge] = bill.charges
    assert charge.identity == ("cache", "elasticache", "USE1-NodeUsage")
    assert (charge.usd, charge.quantity, charge.resources) == (Decimal("325.5"), Decimal(1488), 2)
    assert bill.apart == {"Credit": Decimal(-20)}
    assert bill.account_apart == {"Tax": Decimal("9.5")}
    assert bill.account_untagged_usd == Decimal("3.25")


def test_what_a_savings_plan_covers_is_counted_once() -> None:
    """Covered use at its price, and the same taken back: what is left to pay is in the plan's fee."""
    bill = _answered(
        [
            "prod",
            "lookup",
            "AWSLambda",
            "USE1-Lambda-GB-Second",
            "SavingsPlanCoveredUsage",
            "s",
            "100",
            "5",
            "1",
        ],
        [
            "prod",
            "lookup",
            "AWSLambda",
            "USE1-Lambda-GB-Second",
            "SavingsPlanNegation",
            "s",
            "100",
            "-5",
            "1",
        ],
        ["prod", "lookup", "AWSLambda", "USE1-Lambda-GB-Second", "Usage", "s", "20", "1", "1"],
    )
    [charge] = bill.charges
    assert (charge.usd, charge.quantity) == (Decimal(1), Decimal(120))


def test_a_table_that_is_no_name_is_refused() -> None:
    with pytest.raises(BillError, match=r"table 'cur; DROP': expected database.table"):
        statement("cur; DROP", "prod", _OCTOBER)


def test_a_query_that_fails_is_told_with_its_reason() -> None:
    class _Failing:
        def start_query_execution(self, **_request: Any) -> dict[str, Any]:
            return {"QueryExecutionId": "1"}

        def get_query_execution(self, **_request: Any) -> dict[str, Any]:
            status = {"State": "FAILED", "StateChangeReason": "COLUMN_NOT_FOUND: line 2"}
            return {"QueryExecution": {"Status": status}}

        def get_query_results(self, **_request: Any) -> dict[str, Any]:
            return {}

    with pytest.raises(BillError, match=r"billing.cur: failed: COLUMN_NOT_FOUND: line 2"):
        Report(_Failing(), "billing.cur", "primary").read("prod", _OCTOBER)
