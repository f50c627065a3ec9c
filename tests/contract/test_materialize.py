"""Tables of facts come to training and to serving, by whichever engine."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from msgspec import structs

from feature_jobs.materialize import MachineTables, MaterializeReport, TableEngine, materialize
from feature_jobs.reports import RunReport
from feature_jobs.spark_materialize import SparkTables, open_tables
from headwater.compiler import compile_services
from headwater.definitions import Entity, FeatureService, FeatureView, TableSource, latest
from headwater.errors import InputError, UnavailableError
from headwater.instants import to_us
from headwater.offline.point_in_time import training_set
from headwater.offline.types import INSTANT
from headwater.online.reader import FeatureReader
from headwater.online.redis import RedisStore
from headwater.online.stores import OnlineStore
from tests.spark import USES_SPARK
from tests.spark_places import Place

pytestmark = USES_SPARK

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
REGISTRY = compile_services(
    [
        FeatureService(
            name="model",
            views=[
                FeatureView(
                    name="account",
                    entity=Entity(name="user", keys={"user": "int64"}),
                    source=TableSource(
                        name="accounts",
                        columns={
                            "user": "int64",
                            "plan": "string",
                            "limit": "float64",
                            "open": "bool",
                            "since": "timestamp",
                        },
                    ),
                    features=latest(["plan", "limit", "open", "since"], ttl="30d"),
                )
            ],
        )
    ]
)


@contextmanager
def _reported(table: str) -> Iterator[RunReport]:
    yield RunReport(job="materialize", table_name=table, started_at=NOON)


def _rows(*rows: tuple[datetime, int, str | None, float | None]) -> pa.Table:
    return pa.table(
        {
            "event_time": pa.array([row[0] for row in rows], INSTANT),
            "user": pa.array([row[1] for row in rows], pa.int64()),
            "plan": pa.array([row[2] for row in rows], pa.string()),
            "limit": pa.array([row[3] for row in rows], pa.float64()),
            "open": pa.array([True] * len(rows)),
            "since": pa.array([row[0] for row in rows], INSTANT),
            "unused": pa.array([1] * len(rows)),
        }
    )


class Tables:
    """A place with a store, where engines bring tables."""

    def __init__(self, place: Place, redis_port: int) -> None:
        self._place = place
        self.environment = f"e{uuid.uuid4().hex[:8]}"
        url = f"redis://127.0.0.1:{redis_port}"
        self._outputs = structs.replace(place.outputs, environment=self.environment, redis_url=url)
        self.store = RedisStore.from_url(url)

    def engine(self, name: str, rows: pa.Table) -> TableEngine:
        """An engine with a table to bring."""
        if name == "one machine":
            log = self._place.on_one_machine(REGISTRY)
            return MachineTables(log, {"accounts": rows}, self.environment)
        frames = {"accounts": self._place.frame(rows)}
        return SparkTables(REGISTRY, self._place.log(REGISTRY), frames, self._outputs, _reported)

    def bring(self, name: str, rows: pa.Table, at: datetime) -> MaterializeReport:
        """Run the job."""
        engine = self.engine(name, rows)
        return materialize(REGISTRY, ["accounts"], engine, [self.store], self.environment, to_us(at))

    def served(self, user: int, at: datetime) -> list[Any]:
        """Plan and limit as served."""
        reader = FeatureReader(self.store, REGISTRY, self.environment)
        return reader.read("model", [{"user": user}], to_us(at)).values[0][:2]

    def trained(self, user: int, at: datetime) -> list[Any]:
        """Plan and limit as a training set has them."""
        labels = pa.table({"user": [user], "event_time": pa.array([at], INSTANT)})
        found = training_set(labels, REGISTRY, "model", self._place.on_one_machine(REGISTRY))
        return [found["account__plan"][0].as_py(), found["account__limit"][0].as_py()]


@pytest.fixture
def tables(glue: Place, redis_port: int) -> Iterator[Tables]:
    """A fresh place."""
    made = Tables(glue, redis_port)
    yield made
    made.store.close()


ENGINES = pytest.mark.parametrize("engine", ["one machine", "spark"])


@ENGINES
def test_rows_come_to_training_and_serving_once(tables: Tables, engine: str) -> None:
    rows = _rows((NOON - 2 * MINUTE, 1, "free", 10.5), (NOON - MINUTE, 1, "paid", None), (NOON, 2, None, 0.0))
    first = tables.bring(engine, rows, NOON + MINUTE)
    assert (first.new_rows, first.changes) == (3, 3)
    assert tables.bring(engine, rows, NOON + 2 * MINUTE)[:2] == (0, 0)
    now = NOON + 3 * MINUTE
    for user, expected in ((1, ["paid", 10.5]), (2, [None, 0.0]), (3, [None, None])):
        assert tables.served(user, now) == tables.trained(user, now) == expected


@ENGINES
def test_of_two_versions_of_one_instant_the_one_that_came_later_counts(tables: Tables, engine: str) -> None:
    for minute, plan in enumerate(["wrong", "right", "final"], start=1):
        tables.bring(engine, _rows((NOON, 1, plan, 1.0)), NOON + minute * MINUTE)
        now = NOON + minute * MINUTE + timedelta(seconds=1)
        assert tables.served(1, now) == tables.trained(1, now) == [plan, 1.0]


@ENGINES
def test_a_run_killed_between_log_and_store_is_caught_up(tables: Tables, engine: str) -> None:
    class Killed:
        def __init__(self, inner: TableEngine) -> None:
            self.load = inner.load

        def apply(self, *_arguments: Any) -> int:
            raise UnavailableError("the store is away")

    rows = _rows((NOON, 1, "free", 10.5))
    killed = Killed(tables.engine(engine, rows))
    with pytest.raises(UnavailableError):
        materialize(REGISTRY, ["accounts"], killed, [tables.store], tables.environment, to_us(NOON + MINUTE))
    assert tables.bring(engine, rows, NOON + 2 * MINUTE)[:2] == (0, 1)
    assert tables.served(1, NOON + 3 * MINUTE) == ["free", 10.5]


def test_each_engine_knows_the_rows_of_the_other(tables: Tables) -> None:
    rows = _rows(
        (NOON, 1, "free|é\N{SNOWMAN}", -0.0),
        (NOON, -2, "", 1e23),
        (NOON + timedelta(microseconds=1), 3, None, None),
        (datetime(1969, 1, 1, tzinfo=UTC), 4, "old", 0.1),
    )
    assert tables.bring("one machine", rows, NOON + MINUTE).new_rows == 4
    assert tables.bring("spark", rows, NOON + 2 * MINUTE)[:2] == (0, 0)
    more = pa.concat_tables([rows, _rows((NOON, 1, None, 2e-3))])
    assert tables.bring("spark", more, NOON + 3 * MINUTE).new_rows == 1
    assert tables.bring("one machine", more, NOON + 4 * MINUTE)[:2] == (0, 0)


@ENGINES
@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda rows: rows.drop_columns("plan"), "no column 'plan' among event_time, user"),
        (
            lambda rows: rows.set_column(1, "user", pa.array(["x"])),
            "column 'user': found string, expected",
        ),
        (
            lambda rows: rows.set_column(0, "event_time", pa.array([NOON.replace(tzinfo=None)])),
            "column 'event_time': found timestamp.*, expected timestamp",
        ),
        (
            lambda rows: rows.set_column(3, "limit", pa.array([float("nan")])),
            "column 'limit': 1 values are NaN",
        ),
    ],
)
def test_a_table_that_will_not_do_is_refused(
    tables: Tables, engine: str, change: Any, complaint: str
) -> None:
    with pytest.raises(InputError, match=complaint):
        tables.bring(engine, change(_rows((NOON, 1, "free", 1.0))), NOON + MINUTE)
    assert tables.served(1, NOON + 2 * MINUTE) == [None, None]


def test_what_is_no_table_is_refused(tables: Tables, glue: Place) -> None:
    with pytest.raises(InputError, match=r"table 'lake\.db\.accounts' of source 'accounts'"):
        open_tables(glue.session, {"accounts": "lake.db.accounts"})
    engine = tables.engine("one machine", _rows())
    stores: list[OnlineStore] = [tables.store]
    with pytest.raises(InputError, match="source 'clicks': expected one of the table sources, accounts"):
        materialize(REGISTRY, ["clicks"], engine, stores, tables.environment, to_us(NOON))
