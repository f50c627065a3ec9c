"""The refresh, against answers in the shape of the Price List API.

The answers are written by hand after its documentation and not recorded from AWS; botocore's Stubber checks them and
what is asked against the service's own model.
"""

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
import msgspec
import pytest
from botocore.stub import Stubber

from cost.errors import PriceError
from cost.prices.refresh import Refreshed, refresh, write
from cost.prices.snapshot import Price, Snapshot, load

TODAY = date(2026, 12, 1)
KEY = ("dynamodb.on_demand_write", "us-east-1")


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Any, Stubber]]:
    """A client of the Price List that answers only what it is told to."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    made: Any = boto3.client("pricing", region_name="us-east-1")  # type: ignore[call-overload,unused-ignore]
    with Stubber(made) as stubber:
        yield made, stubber
        stubber.assert_no_pending_responses()
    made.close()


def _snapshot(*keys: tuple[str, str]) -> Snapshot:
    found = load()
    chosen = [price for price in found.prices if (price.key, price.region) in (keys or [KEY])]
    return msgspec.structs.replace(found, prices=chosen)


def _product(usd: dict[tuple[str, str], str], unit: str = "WriteRequestUnits", **attributes: str) -> str:
    dimensions = {
        f"SKU.{at}": {
            "unit": unit,
            "beginRange": begin,
            "endRange": end,
            "description": "a price",
            "appliesTo": [],
            "rateCode": f"SKU.{at}",
            "pricePerUnit": {"USD": value},
        }
        for at, ((begin, end), value) in enumerate(usd.items())
    }
    return json.dumps(
        {
            "product": {
                "productFamily": "any",
                "sku": "SKU",
                "attributes": {"usagetype": "WriteRequestUnits", **attributes},
            },
            "serviceCode": "AmazonDynamoDB",
            "terms": {"OnDemand": {"SKU.TERM": {"priceDimensions": dimensions, "sku": "SKU"}}},
            "version": "20261201000000",
            "publicationDate": "2026-12-01T00:00:00Z",
        }
    )


def _asked(price: Price, token: str = "") -> dict[str, Any]:
    wanted = {name: value for name, value in (price.filter or {}).items() if not name.endswith("~")}
    service = wanted.pop("ServiceCode")
    filters = [
        {"Type": "TERM_MATCH", "Field": name, "Value": value}
        for name, value in {**wanted, "regionCode": price.region}.items()
    ]
    more = {"NextToken": token} if token else {}
    return {"ServiceCode": service, "Filters": filters, "FormatVersion": "aws_v1", **more}


def _answer(*products: str, token: str = "") -> dict[str, Any]:
    more = {"NextToken": token} if token else {}
    return {"FormatVersion": "aws_v1", "PriceList": list(products), **more}


WHOLE = ("0", "Inf")


def _one(client: tuple[Any, Stubber], *products: str, key: tuple[str, str] = KEY) -> Refreshed:
    made, stubber = client
    before = _snapshot(key)
    stubber.add_response("get_products", _answer(*products), _asked(before.prices[0]))
    [row] = refresh(before, made, TODAY)
    return row


def test_a_price_is_taken_for_as_many_units_as_the_row_has(client: tuple[Any, Stubber]) -> None:
    row = _one(client, _product({WHOLE: "0.0000007000"}))
    assert (row.price.tiers[0].usd, row.price.checked, row.changed) == (Decimal("0.7"), TODAY, "0.625")
    assert (row.price.tiers[0].confidence, row.price.tiers[0].as_of) == ("sourced", "2026-12-01")


def test_a_price_that_is_the_same_is_compared_and_not_changed(client: tuple[Any, Stubber]) -> None:
    row = _one(client, _product({WHOLE: "0.0000006250"}))
    assert (row.price.checked, row.changed, row.kept) == (TODAY, "", "")


def test_tiers_are_taken_in_the_order_of_their_bounds(client: tuple[Any, Stubber]) -> None:
    key = ("apigateway.http_api", "eu-west-1")
    row = _one(
        client, _product({("300000000", "Inf"): "0.00000099", ("0", "300000000"): "0.00000111"}), key=key
    )
    assert [(tier.up_to, tier.usd) for tier in row.price.tiers] == [
        (Decimal(300_000_000), Decimal("1.11")),
        (None, Decimal("0.99")),
    ]


def test_a_first_tier_of_nothing_is_the_free_part_and_no_price(client: tuple[Any, Stubber]) -> None:
    row = _one(client, _product({("0", "25"): "0.0000000000", ("25", "Inf"): "0.0000006250"}))
    assert [(tier.up_to, tier.usd) for tier in row.price.tiers] == [(None, Decimal("0.625"))]


@pytest.mark.parametrize(
    ("products", "kept"),
    [
        ([], "its filter finds nothing"),
        (
            [_product({WHOLE: "0.0000006250"}), _product({WHOLE: "0.0000007"})],
            "its filter finds several prices",
        ),
        ([_product({WHOLE: "0.000625"})], "was 0.625, is 625"),
        ([_product({WHOLE: "0.0000007"}, usagetype="ExtendedSupport:x")], "its filter finds nothing"),
    ],
    ids=["nothing", "two prices", "another unit", "extended support only"],
)
def test_a_row_that_cannot_be_compared_keeps_what_it_had_and_says_why(
    client: tuple[Any, Stubber], products: list[str], kept: str
) -> None:
    row = _one(client, *products)
    assert kept in row.kept
    assert row.price == _snapshot().prices[0]


def test_a_pattern_of_ours_leaves_out_products_that_the_list_cannot(client: tuple[Any, Stubber]) -> None:
    row = _one(
        client,
        _product({WHOLE: "0.25"}, unit="GB-Mo", usagetype="TimedStorage-ByteHrs"),
        _product({WHOLE: "0.10"}, unit="GB-Mo", usagetype="IA-TimedStorage-ByteHrs"),
        key=("dynamodb.storage", "us-east-1"),
    )
    assert (row.price.tiers[0].usd, row.kept) == (Decimal("0.25"), "")


def test_every_page_of_the_answer_is_read(client: tuple[Any, Stubber]) -> None:
    made, stubber = client
    before = _snapshot()
    [price] = before.prices
    stubber.add_response("get_products", _answer(token="more"), _asked(price))
    stubber.add_response("get_products", _answer(_product({WHOLE: "0.0000006250"})), _asked(price, "more"))
    [row] = refresh(before, made, TODAY)
    assert row.kept == ""


def test_a_row_without_a_filter_is_not_asked_for(client: tuple[Any, Stubber]) -> None:
    [row] = refresh(_snapshot(("kms.key", "us-east-1")), client[0], TODAY)
    assert "has no filter" in row.kept


def test_a_call_that_fails_writes_nothing_and_names_the_row(
    client: tuple[Any, Stubber], tmp_path: Path
) -> None:
    made, stubber = client
    stubber.add_client_error("get_products", "AccessDeniedException", "no")
    before = _snapshot()
    with pytest.raises(PriceError, match=r"price 'dynamodb\.on_demand_write' in us-east-1: not asked for"):
        write(before, refresh(before, made, TODAY), TODAY, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_snapshot_is_written_whole_under_its_date(client: tuple[Any, Stubber], tmp_path: Path) -> None:
    row = _one(client, _product({WHOLE: "0.0000007000"}))
    file = write(_snapshot(), [row], TODAY, tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["2026-12-01.json"]
    assert load(file).prices == [row.price]
    assert load(file).date == TODAY


def test_a_snapshot_that_could_not_be_read_again_is_not_written(tmp_path: Path) -> None:
    [price] = _snapshot().prices
    broken = Refreshed(msgspec.structs.replace(price, tiers=[]), "", "")
    with pytest.raises(PriceError, match="expected rising bounds"):
        write(_snapshot(), [broken], TODAY, tmp_path)
    assert list(tmp_path.iterdir()) == []
