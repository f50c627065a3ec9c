"""Prices that infrastructure multiplies metrics by: those of the snapshot."""

from decimal import Decimal
from pathlib import Path

from cost.prices.snapshot import load
from cost.unit_prices import FILE, encode

ROOT = Path(__file__).parents[3]


def test_the_file_is_of_the_latest_snapshot() -> None:
    """When it is not: ``python -m cost unit-prices``."""
    snapshot = load()
    assert (ROOT / FILE).read_bytes() == encode(snapshot, snapshot.date)


def test_a_price_is_for_one_unit() -> None:
    """0.20 a million requests, 0.0000133334 a GB-second, 0.08 a GB."""
    text = encode(load(), load().date).decode()
    assert '"lambda.requests": "0.0000002"' in text
    assert '"lambda.duration_arm": "0.0000133334"' in text
    assert Decimal("0.08") == Decimal(text.partition('"kinesis.on_demand_in": "')[2].partition('"')[0])
