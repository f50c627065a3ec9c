"""Bills from Cost Explorer: what is asked, and what becomes of answers in the API's shape (written by hand)."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import boto3
import pytest
import requests
from botocore.exceptions import ClientError
from moto import mock_aws

from cost.actuals import months
from cost.actuals.charges import UNTAGGED, Bill
from cost.actuals.cost_explorer import CostExplorer
from cost.errors import BillError

_OCTOBER = months.parse("2026-10", date(2026, 11, 24))
_SEED = "http://motoapi.amazonaws.com/moto-api/static/ce/cost-and-usage-results"


def _answer(
    *groups: tuple[Sequence[str], str, str, str], token: str = "", currency: str = "USD"
) -> dict[str, Any]:
    """An answer, by keys, amount, quantity and its unit."""
    answer: dict[str, Any] = {
        "ResultsByTime": [
            {
                "TimePeriod": {"Start": "2026-10-01", "End": "2026-11-01"},
                "Total": {},
                "Groups": [
                    {
                        "Keys": list(keys),
                        "Metrics": {
                            "UnblendedCost": {"Amount": usd, "Unit": currency},
                            "UsageQuantity": {"Amount": quantity, "Unit": unit},
                        },
                    }
                    for keys, usd, quantity, unit in groups
                ],
                "Estimated": False,
            }
        ],
        "DimensionValueAttributes": [],
    }
    return answer | ({"NextPageToken": token} if token else {})


_ANSWERS = [
    _answer((["Amazon DynamoDB"], "75", "0", "N/A"), (["Amazon ElastiCache"], "320", "0", "N/A")),
    _answer(
        (["component$online", "USE1-WriteRequestUnits"], "62.5", "100000000", "WriteRequestUnits"),
        (["component$", "USE1-TimedStorage-ByteHrs"], "12.5", "50", "GB-Mo"),
    ),
    _answer((["component$cache", "USE1-NodeUsage:cache.r7g.large"], "320.123456789", "1488", "Hrs")),
    _answer(
        (["Usage", "environment$prod"], "395", "0", "N/A"),
        (["Usage", "environment$dev"], "90", "0", "N/A"),
        (["Usage", "environment$"], "41.5", "0", "N/A"),
        (["Credit", "environment$prod"], "-50", "0", "N/A"),
        (["Credit", "environment$"], "-300", "0", "N/A"),
        (["Tax", "environment$"], "17.25", "0", "N/A"),
        (["Refund", "environment$dev"], "-1", "0", "N/A"),
    ),
]


class _Recording:
    """Answers one after the other, and remembers what was asked."""

    def __init__(self, answers: Sequence[dict[str, Any]]) -> None:
        self._answers = iter(answers)
        self.asked: list[dict[str, Any]] = []

    def get_cost_and_usage(self, **request: Any) -> dict[str, Any]:
        self.asked.append(request)
        return next(self._answers)


@pytest.fixture
def bill(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bill]:
    """What boto3's client reads from moto's Cost Explorer, seeded."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        assert requests.post(_SEED, json={"results": _ANSWERS}, timeout=5).status_code == 201
        yield CostExplorer(boto3.client("ce", region_name="us-east-1")).read("prod", _OCTOBER)


def test_charges_come_by_component_and_usage_type(bill: Bill) -> None:
    found = {each.identity: (each.usd, each.quantity, each.unit) for each in bill.charges}
    assert found == {
        ("cache", "elasticache", "USE1-NodeUsage:cache.r7g.large"): (
            Decimal("320.123456789"),
            Decimal(1488),
            "Hrs",
        ),
        ("online", "dynamodb", "USE1-WriteRequestUnits"): (
            Decimal("62.5"),
            Decimal(100_000_000),
            "WriteRequestUnits",
        ),
        (UNTAGGED, "dynamodb", "USE1-TimedStorage-ByteHrs"): (Decimal("12.5"), Decimal(50), "GB-Mo"),
    }


def test_credits_refunds_and_taxes_are_apart(bill: Bill) -> None:
    assert bill.usd == Decimal("395.123456789")
    assert bill.apart == {"Credit": Decimal(-50)}
    assert bill.account_apart == {"Credit": Decimal(-300), "Tax": Decimal("17.25")}


def test_use_without_a_tag_of_an_environment_is_told(bill: Bill) -> None:
    assert bill.account_untagged_usd == Decimal("41.5")


def test_the_end_of_a_month_is_the_first_day_of_the_next() -> None:
    client = _Recording(_ANSWERS)
    CostExplorer(client).read("prod", _OCTOBER)
    assert {tuple(each["TimePeriod"].items()) for each in client.asked} == {
        (("Start", "2026-10-01"), ("End", "2026-11-01"))
    }


def test_a_month_that_is_not_over_ends_today() -> None:
    client = _Recording(_ANSWERS)
    CostExplorer(client).read("prod", months.parse("2026-11", date(2026, 11, 24)))
    assert client.asked[0]["TimePeriod"] == {"Start": "2026-11-01", "End": "2026-11-24"}


def test_charges_are_asked_for_with_the_tag_and_without_what_is_apart() -> None:
    client = _Recording(_ANSWERS)
    CostExplorer(client).read("prod", _OCTOBER)
    tagged = {"Tags": {"Key": "environment", "Values": ["prod"]}}
    apart = {"Not": {"Dimensions": {"Key": "RECORD_TYPE", "Values": ["Credit", "Refund", "Tax"]}}}
    services, dynamodb, cache, records = client.asked
    assert services["Filter"] == {"And": [tagged, apart]}
    for asked, service in ((dynamodb, "Amazon DynamoDB"), (cache, "Amazon ElastiCache")):
        only = {"Dimensions": {"Key": "SERVICE", "Values": [service]}}
        assert asked["Filter"] == {"And": [tagged, only, apart]}
        assert asked["GroupBy"] == [
            {"Type": "TAG", "Key": "component"},
            {"Type": "DIMENSION", "Key": "USAGE_TYPE"},
        ]
    assert "Filter" not in records


def test_every_page_is_read_and_every_request_counted() -> None:
    pages = [
        _ANSWERS[0],
        _answer((["component$online", "A"], "1", "1", "x"), token="more"),
        _answer((["component$online", "B"], "2", "1", "x")),
        *_ANSWERS[2:],
    ]
    client = _Recording(pages)
    reader = CostExplorer(client)
    found = reader.read("prod", _OCTOBER)
    assert {each.usage_type for each in found.charges} >= {"A", "B"}
    assert client.asked[2]["NextPageToken"] == "more"
    assert reader.asked().startswith("Cost Explorer: 5 requests")


def test_an_amount_in_another_currency_is_refused() -> None:
    client = _Recording([_answer((["Amazon DynamoDB"], "1", "0", "N/A"), currency="EUR")])
    with pytest.raises(BillError, match="Amazon DynamoDB: found an amount in EUR, expected USD"):
        CostExplorer(client).read("prod", _OCTOBER)


def test_what_aws_refuses_is_told_with_what_to_do() -> None:
    class _Refusing:
        def get_cost_and_usage(self, **_request: Any) -> dict[str, Any]:
            error = {"Error": {"Code": "DataUnavailableException", "Message": "not ready"}}
            raise ClientError(error, "GetCostAndUsage")  # type: ignore[arg-type]

    with pytest.raises(BillError, match=r"2026-10 by SERVICE: .*not ready; it has to be turned on"):
        CostExplorer(_Refusing()).read("prod", _OCTOBER)
