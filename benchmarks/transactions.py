"""Card transactions for the stream and backfill benchmarks: one view, four aggregates, three windows."""

import random

import msgspec

from headwater.compiler import compile_services
from headwater.definitions import Entity, EventSource, FeatureService, FeatureView, aggregations
from headwater.instants import to_text
from headwater.registry import Registry
from headwater.stream.records import StreamRecord

START_US = 1_700_000_000_000_000
_STEP_US = 10_000


def definitions() -> Registry:
    """Counts, sums, means and maxima of the amount by user, over 1 h, 1 d and 7 d."""
    windows = ("1h", "1d", "7d")
    source = EventSource(
        name="transactions",
        columns={
            "user": "string",
            "merchant": "string",
            "amount": "float64",
            "items": "int64",
            "country": "string",
        },
    )
    view = FeatureView(
        name="user_transactions",
        entity=Entity(name="user", keys={"user": "string"}),
        source=source,
        features=[
            *aggregations(None, ["count"], over=windows),
            *aggregations("amount", ["sum", "mean", "max"], over=windows),
        ],
    )
    return compile_services([FeatureService(name="fraud", views=[view])])


def records(count: int, users: int) -> list[StreamRecord]:
    """Events a hundredth of a second apart, of users drawn at random, as JSON on one shard."""
    chance = random.Random(7)  # noqa: S311 (not for secrets)
    return [
        StreamRecord(
            "shard-0",
            number + 1,
            str(number + 1),
            START_US + number * _STEP_US + 50_000,
            msgspec.json.encode(
                {
                    "source": "transactions",
                    "event_id": f"t{number}",
                    "event_time": to_text(START_US + number * _STEP_US),
                    "data": {
                        "user": f"user-{chance.randrange(users)}",
                        "merchant": f"merchant-{chance.randrange(1000)}",
                        "amount": round(chance.uniform(1, 500), 2),
                        "items": chance.randint(1, 9),
                        "country": "DE",
                    },
                }
            ),
        )
        for number in range(count)
    ]
