"""Prices that alarms on unit costs multiply metrics by: the snapshot's, in the file that infrastructure reads.

What is deployed knows nothing of this package, so it gets them as data. ``python -m cost unit-prices`` writes the file
again after a new snapshot; a test says when it is stale.
"""

from datetime import date
from pathlib import Path

import msgspec

from cost.prices.snapshot import Prices, Snapshot

FILE = Path("infra") / "stacks" / "unit_prices.json"

_UNITS = {
    "cloudwatch.logs_ingest": "GB",
    "dynamodb.on_demand_read": "read unit",
    "dynamodb.on_demand_write": "write unit",
    "dynamodb.provisioned_read": "read unit-hour",
    "dynamodb.provisioned_write": "write unit-hour",
    "elasticache.serverless_ecpu.valkey": "ECPU",
    "elasticache.serverless_storage.valkey": "GB-hour",
    "kinesis.on_demand_in": "GB",
    "kinesis.on_demand_out": "GB",
    "kinesis.on_demand_stream": "stream-hour",
    "kinesis.put_payload": "payload unit",
    "kinesis.shard": "shard-hour",
    "lambda.duration_arm": "GB-second",
    "lambda.duration_x86": "GB-second",
    "lambda.kept_warm_arm": "GB-second",
    "lambda.kept_warm_x86": "GB-second",
    "lambda.requests": "request",
}
_NODES = "elasticache.node.valkey."
_NODE_UNIT = "node-hour"


def encode(snapshot: Snapshot, today: date) -> bytes:
    """The file: US dollars per unit, by region and key.

    The first tier's price counts: an alarm does not know how far into a month's tiers it is. Where a region lacks a
    price, what needs it is refused there.

    Args:
        snapshot: The prices.
        today: What their age is counted from.

    Raises:
        PriceError: A price is too old, or for another unit.
    """
    prices = Prices(snapshot, today)
    content = {
        "snapshot": snapshot.date,
        "currency": snapshot.currency,
        "regions": {region: _of(prices, region) for region in sorted(prices.regions())},
    }
    return msgspec.json.format(msgspec.json.encode(content), indent=1) + b"\n"


def _of(prices: Prices, region: str) -> dict[str, str]:
    stand_in = prices.snapshot.stand_ins.get(region)
    there = stand_in.prices_of if stand_in else region
    keys = sorted(price.key for price in prices.snapshot.prices if price.region == there)
    found = {}
    for key in keys:
        if unit := _NODE_UNIT if key.startswith(_NODES) else _UNITS.get(key):
            price = prices.find(key, region, unit)
            found[key] = f"{price.tiers[0].usd / price.per:f}"
    return found
