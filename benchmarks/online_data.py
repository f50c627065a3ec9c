"""What the online benchmark looks up: latest values of accounts, and windows over payments."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from headwater.compiler import compile_services
from headwater.definitions import (
    Entity,
    EventSource,
    FeatureService,
    FeatureView,
    TableSource,
    aggregations,
    latest,
)
from headwater.envelope import LoggedEvent
from headwater.registry import Registry
from headwater.windows import DAY_US, HOUR_US

NOW_US = 1_790_000_000_000_000 // HOUR_US * HOUR_US
USERS = 5_000
WINDOWS = ("1h", "1d", "30d")
_PAYMENTS_A_DAY = 24


def columns_of(features: int) -> list[str]:
    """Names of the columns of a table with so many features."""
    return [f"c{number}" for number in range(features)]


def rows(features: int) -> Registry:
    """A service of latest values."""
    columns = columns_of(features)
    view = FeatureView(
        name="account",
        entity=Entity(name="user", keys={"user": "int64"}),
        source=TableSource(name="accounts", columns={"user": "int64", **dict.fromkeys(columns, "float64")}),
        features=latest(columns, ttl="3650d"),
    )
    return compile_services([FeatureService(name="service", views=[view])])


def tiles() -> Registry:
    """A service of twenty features over three windows."""
    view = FeatureView(
        name="payments",
        entity=Entity(name="user", keys={"user": "int64"}),
        source=EventSource(name="payments", columns={"user": "int64", "amount": "float64"}),
        features=[
            *aggregations(None, ["count"], over=WINDOWS),
            *aggregations("amount", ["sum", "mean", "min", "max", "stddev"], over=WINDOWS),
            *aggregations("amount", ["variance"], over=("1h", "30d")),
        ],
    )
    return compile_services([FeatureService(name="service", views=[view])])


def write_table(features: int, file: Path) -> None:
    """One row a user, a day old: the same for every side."""
    random = np.random.default_rng(7)
    table = {
        "user": np.arange(USERS),
        **{column: random.normal(size=USERS) for column in columns_of(features)},
        "event_time": pa.array(np.full(USERS, NOW_US - DAY_US), pa.timestamp("us", tz="UTC")),
    }
    pq.write_table(pa.table(table), file)


def table_events(features: int, file: Path) -> list[LoggedEvent]:
    """The rows as the stream brings them."""
    columns = columns_of(features)
    return [
        LoggedEvent(
            "accounts",
            f"row-{row['user']}",
            NOW_US - DAY_US,
            NOW_US - DAY_US,
            "s",
            row["user"],
            {"user": row["user"], **{column: row[column] for column in columns}},
        )
        for row in pq.read_table(file).to_pylist()
    ]


def payments(users: int) -> list[LoggedEvent]:
    """Thirty days of payments, one an hour and user, and a burst in the last hour."""
    random = np.random.default_rng(7)
    found = []
    for user in range(users):
        spread = random.integers(NOW_US - 30 * DAY_US, NOW_US, 30 * _PAYMENTS_A_DAY)
        burst = random.integers(NOW_US - HOUR_US, NOW_US, 20)
        for number, time_us in enumerate(np.sort(np.concatenate([spread, burst])).tolist()):
            amount = float(np.round(random.uniform(1, 500), 2))
            data = {"user": user, "amount": amount}
            found.append(LoggedEvent("payments", f"p{number}", time_us, time_us, "s", number, data))
    return found
