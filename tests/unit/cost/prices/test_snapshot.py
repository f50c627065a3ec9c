"""Prices are found by key, region and unit, or an error says which one is not."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from cost.errors import PriceError
from cost.prices import snapshot
from cost.prices.snapshot import FOLDER, Price, Prices, Snapshot, Tier, decode, latest, load
from cost.prices.tiers import charge
from tests.costs import TODAY, prices

KEY = "dynamodb.on_demand_write"


def test_a_price_is_found_in_its_region() -> None:
    found = prices().find(KEY, "eu-west-1", "write unit")
    assert (found.tiers[0].usd, found.per) == (Decimal("0.705"), Decimal(1_000_000))


def test_a_global_price_is_found_from_any_region() -> None:
    assert prices().find("route53.health_check", "us-east-1", "check-month").region == "global"


def test_a_missing_key_is_named() -> None:
    with pytest.raises(PriceError, match=r"price 'dynamodb\.gold' in us-east-1: not in .*; no region has it"):
        prices().find("dynamodb.gold", "us-east-1", "write unit")


def test_a_region_without_the_price_is_named_with_those_that_have_it() -> None:
    with pytest.raises(
        PriceError, match=r"'kinesis\.shard' in eu-west-1: not in .*; it is known in us-east-1"
    ):
        prices().find("kinesis.shard", "eu-west-1", "shard-hour")


def test_another_unit_is_an_error_that_names_both() -> None:
    with pytest.raises(PriceError, match=rf"'{KEY}' in us-east-1: found per 'write unit', expected per 'GB'"):
        prices().find(KEY, "us-east-1", "GB")


@pytest.mark.parametrize(("days", "limit", "stale"), [(180, 180, False), (181, 180, True), (31, 30, True)])
def test_a_price_is_believed_up_to_the_limit(days: int, limit: int, *, stale: bool) -> None:
    found = Prices(load(), prices().find(KEY, "us-east-1", "write unit").checked + timedelta(days), limit)
    if not stale:
        assert found.find(KEY, "us-east-1", "write unit").key == KEY
        return
    with pytest.raises(
        PriceError, match=rf"price '{KEY}' in us-east-1: .* {days} days ago.* at most {limit}"
    ):
        found.find(KEY, "us-east-1", "write unit")


def test_the_age_is_that_of_the_snapshot() -> None:
    assert Prices(load(FOLDER / "2026-11-23.json"), TODAY).age_days == 1


def test_every_price_says_where_it_was_read_and_when() -> None:
    for price in load().prices:
        for tier in price.tiers:
            assert tier.source, price.key
            assert tier.as_of, price.key
            assert tier.said, price.key


def test_every_confidence_is_explained() -> None:
    assert {price.confidence for price in load().prices} <= set(load().confidences)


def test_the_latest_snapshot_counts(tmp_path: Path) -> None:
    for name in ("2026-01-02.json", "2026-11-30.json", "2027-notes.json"):
        (tmp_path / name).touch()
    assert latest(tmp_path).name == "2026-11-30.json"


def test_no_snapshot_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(PriceError, match="no snapshot in"):
        latest(tmp_path)


def _price(*tiers: tuple[str | None, str], key: str = "a.b") -> Price:
    return Price(
        key=key,
        region="us-east-1",
        unit="GB",
        per=Decimal(1),
        checked=date(2026, 11, 23),
        filter=None,
        free=None,
        tiers=[
            Tier(
                up_to=None if end is None else Decimal(end),
                usd=Decimal(usd),
                said="per GB",
                source="a page",
                as_of="2026-11",
                confidence="sourced",
            )
            for end, usd in tiers
        ],
    )


def _file(*found: Price) -> bytes:
    return msgspec.json.encode(
        Snapshot(
            schema=snapshot.SCHEMA,
            currency="USD",
            date=date(2026, 11, 23),
            confidences={},
            stand_ins={},
            prices=list(found),
        )
    )


@pytest.mark.parametrize(
    "tiers",
    [[("10", "1"), ("5", "2")], [(None, "1"), ("5", "2")], [], [(None, "-1")], [(None, "NaN")]],
    ids=["falling bounds", "open in the middle", "none", "negative", "no number"],
)
def test_tiers_that_make_no_sense_are_refused(tiers: list[tuple[str | None, str]]) -> None:
    with pytest.raises(PriceError, match=r"price 'a\.b' in us-east-1 of it"):
        decode(_file(_price(*tiers)), "it")


def test_a_price_that_stands_twice_is_refused() -> None:
    with pytest.raises(PriceError, match=r"price 'a\.b' in us-east-1: stands twice"):
        decode(_file(_price((None, "1")), _price((None, "2"))), "it")


def test_a_quantity_beyond_the_known_tiers_is_an_error() -> None:
    with pytest.raises(PriceError, match=r"price 'a\.b' in us-east-1: known up to 10 GB a month, found 11"):
        charge(_price(("10", "1")), Decimal(11))
