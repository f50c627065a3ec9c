"""Training sets, of whatever engine: what they take, keep and refuse."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from headwater.compiler import compile_services
from headwater.definitions import (
    Entity,
    EventSource,
    FeatureService,
    FeatureView,
    OnDemandView,
    TableSource,
    aggregations,
    latest,
)
from headwater.errors import InputError
from headwater.offline import point_in_time
from headwater.offline.athena import engine as athena
from headwater.offline.spark import engine
from headwater.offline.types import INSTANT, log_schema
from headwater.windows import Bounds
from tests.athena import DuckDbEngine
from tests.spark import USES_SPARK, FrameLog, Frames

Build = Callable[..., pa.Table]
"""``(labels, **options)`` to a training set in the order of the label rows."""

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)

pytestmark = USES_SPARK


def share(amount: Any, spent: Any) -> Any:
    """The amount beside what was spent."""
    return np.where(spent == 0, np.nan, amount / spent)


_USER = Entity(name="user", keys={"user": "int64"})
REGISTRY = compile_services(
    [
        FeatureService(
            name="model",
            views=[
                FeatureView(
                    name="spend",
                    entity=_USER,
                    source=EventSource(name="tx", columns={"user": "int64", "amount": "float64"}),
                    features=[
                        *aggregations(None, ["count"], over=["1h", "1d"]),
                        *aggregations("amount", ["sum", "last"], over=["1d"]),
                    ],
                ),
                FeatureView(
                    name="account",
                    entity=_USER,
                    source=TableSource(name="accounts", columns={"user": "int64", "plan": "string"}),
                    features=latest(["plan"], ttl="30d"),
                ),
            ],
            on_demand=[
                OnDemandView(
                    name="now",
                    function=share,
                    inputs={"spent": "spend__amount_sum_1d"},
                    request={"amount": "float64"},
                    outputs={"share": "float64"},
                )
            ],
        )
    ]
)


def _events(source: str, rows: Sequence[tuple[datetime, dict[str, Any]]]) -> pa.Table:
    logged = [
        {
            "event_time": time,
            "arrival": time,
            "event_id": str(number),
            "shard": "s",
            "sequence": str(number),
            **data,
        }
        for number, (time, data) in enumerate(rows)
    ]
    return pa.Table.from_pylist(logged, schema=log_schema(REGISTRY.sources[source]))


TABLES = {
    "tx": _events(
        "tx",
        [
            (NOON - 2 * HOUR, {"user": 1, "amount": 10.0}),
            (NOON - timedelta(minutes=10), {"user": 1, "amount": 30.0}),
            (NOON, {"user": 1, "amount": 500.0}),
            (NOON - HOUR, {"user": None, "amount": 7.0}),
        ],
    ),
    "accounts": _events("accounts", [(NOON - 9 * 24 * HOUR, {"user": 1, "plan": "free"})]),
}


class _Tables:
    """An event log of tables, for one machine."""

    def read(self, source: str, columns: Sequence[str], _interval: Bounds) -> pa.Table:
        """Every event: which of them count, the engine decides."""
        return TABLES[source].select(list(columns))

    def batches(self, source: str, columns: Sequence[str], _interval: Bounds) -> list[pa.RecordBatch]:
        """As `read`."""
        return list(self.read(source, columns, _interval).to_batches())

    def count(self, source: str, _interval: Bounds) -> int:
        """As `read`."""
        return int(TABLES[source].num_rows)


def _on_one_machine(labels: pa.Table, **options: Any) -> pa.Table:
    return point_in_time.training_set(labels, REGISTRY, "model", _Tables(), **options)


def _as_one_statement(labels: pa.Table, **options: Any) -> pa.Table:
    return athena.training_set(labels, REGISTRY, "model", DuckDbEngine(TABLES), **options)


@pytest.fixture(params=["one machine", "one statement", "spark"])
def build(request: pytest.FixtureRequest, tmp_path: Path) -> Build:
    """One engine after the other."""
    if request.param == "one machine":
        return _on_one_machine
    if request.param == "one statement":
        return _as_one_statement
    request.getfixturevalue("spark")
    frames = Frames(tmp_path)
    log = FrameLog({name: frames.to_spark(table) for name, table in TABLES.items()})

    def on_spark(labels: pa.Table, **options: Any) -> pa.Table:
        numbered = labels.append_column("__row", pa.array(range(labels.num_rows), pa.int64()))
        made = engine.training_set(frames.to_spark(numbered), REGISTRY, "model", log, **options)
        return frames.to_arrow(made, "__row").drop_columns("__row")

    return on_spark


def _labels(users: Sequence[int | None], **columns: Any) -> pa.Table:
    return pa.table(
        {
            "user": pa.array(users, pa.int64()),
            "event_time": pa.array([NOON] * len(users), INSTANT),
            "amount": pa.array([20.0] * len(users), pa.float64()),
            **columns,
        }
    )


def test_every_label_row_is_kept_with_its_columns_and_gets_every_feature(build: Build) -> None:
    labels = _labels([2, 1, None, 1], label=[1, 0, 1, 1])
    found = build(labels)
    assert found.select(labels.column_names).equals(labels)
    assert found.column_names[labels.num_columns :] == [
        "spend__events_count_1h",
        "spend__events_count_1d",
        "spend__amount_sum_1d",
        "spend__amount_last_1d",
        "account__plan",
        "now__share",
    ]
    nothing, known = (0, 0, None, None, None, None), (1, 2, 40.0, 30.0, "free", 0.5)
    rows = list(
        zip(*(found[name].to_pylist() for name in found.column_names[labels.num_columns :]), strict=True)
    )
    assert rows == [nothing, known, nothing, known]


def test_keys_of_another_width_and_another_name_of_the_instants_will_do(build: Build) -> None:
    labels = pa.table(
        {
            "user": pa.array([1], pa.int32()),
            "asked at": pa.array([NOON + HOUR], pa.timestamp("ms", tz="Europe/Oslo")),
            "amount": pa.array([1], pa.int64()),
        }
    )
    found = build(labels, timestamp_column="asked at")
    assert found["spend__events_count_1h"].to_pylist() == [0]
    assert found["spend__amount_sum_1d"].to_pylist() == [540.0]


def test_no_label_rows_are_no_rows_of_every_column(build: Build) -> None:
    found = build(_labels([]))
    assert (found.num_rows, found.num_columns) == (0, 9)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda labels: labels.drop_columns("user"), "no column 'user', which is a key of entity 'user'"),
        (lambda labels: labels.drop_columns("amount"), "'amount', which is a request field"),
        (lambda labels: labels.drop_columns("event_time"), "no column 'event_time' among"),
        (
            lambda labels: labels.set_column(0, "user", pa.array(["one"])),
            "column 'user': found string, expected int64",
        ),
        (
            lambda labels: labels.set_column(1, "event_time", pa.array([NOON.replace(tzinfo=None)])),
            "expected a timestamp with a time zone",
        ),
        (
            lambda labels: labels.set_column(1, "event_time", pa.array([None], INSTANT)),
            "column 'event_time': 1 nulls, expected none",
        ),
        (
            lambda labels: labels.append_column("account__plan", pa.array(["x"])),
            "'account__plan': is a feature of the service",
        ),
    ],
)
def test_labels_that_will_not_do_are_refused(
    build: Build, change: Callable[[pa.Table], pa.Table], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        build(change(_labels([1])))
