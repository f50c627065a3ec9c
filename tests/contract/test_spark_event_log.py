"""Spark and one machine on the same event log: in the Glue catalog, on S3, and in a folder."""

import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession

from headwater.compiler import compile_services
from headwater.definitions import Aggregation, Entity, EventSource, FeatureService, FeatureView
from headwater.environment import Environment
from headwater.errors import InputError
from headwater.instants import to_us
from headwater.offline.event_log import IcebergEventLog, open_glue_catalog
from headwater.offline.spark.catalogs import CATALOG, glue_catalog, hadoop_catalog
from headwater.offline.spark.event_log import SparkEventLog, is_conflict
from headwater.offline.spark.upkeep import IcebergUpkeep
from headwater.offline.types import log_schema
from headwater.registry import Registry
from headwater.windows import Bounds
from tests import servers
from tests.spark import PREFIX, USES_SPARK, Frames

pytestmark = USES_SPARK

START = datetime(2024, 5, 1, tzinfo=UTC)
EVERYTHING = Bounds(0, to_us(datetime(2100, 1, 1, tzinfo=UTC)))


def _registry(**more: str) -> Registry:
    view = FeatureView(
        name="sales",
        entity=Entity(name="shop", keys={"shop": "string"}),
        source=EventSource(
            name="sales", columns={"shop": "string", "amount": "float64", "due": "timestamp", **more}
        ),
        features=[Aggregation(column=None, function="count", window="1h")],
    )
    return compile_services([FeatureService(name="model", views=[view])])


REGISTRY = _registry()


def _events(count: int, *, first: int = 0) -> pa.Table:
    rows = [
        {
            "event_time": START + timedelta(hours=number, microseconds=1),
            "arrival": START + timedelta(hours=number, seconds=1),
            "event_id": f"e{number}",
            "shard": "s",
            "sequence": str(number),
            "shop": "é",
            "amount": number / 2,
            "due": START,
        }
        for number in range(first, first + count)
    ]
    return pa.Table.from_pylist(rows, schema=log_schema(REGISTRY.sources["sales"]))


class Place:
    """A catalog of a test's own, for Spark and, where it is Glue's, for one machine."""

    def __init__(self, spark: SparkSession, folder: Path, kind: str, endpoint_url: str) -> None:
        self.spark = spark
        self.frames = Frames(folder)
        self.namespace = f"n{uuid.uuid4().hex}"
        self.outputs = servers.outputs(self.namespace, endpoint_url)
        if kind == "glue":
            servers.client("s3", endpoint_url).create_bucket(Bucket=self.namespace)
            servers.client("glue", endpoint_url).create_database(DatabaseInput={"Name": self.namespace})
            settings = glue_catalog(self.outputs, prefix=PREFIX)
        else:
            settings = hadoop_catalog(str(folder / "warehouse"), prefix=PREFIX)
        # A session of its own: a catalog that was used keeps its settings.
        self.session = spark.newSession()
        for name, value in settings.items():
            if name.startswith("spark.sql.catalog"):
                self.session.conf.set(name, value)

    def log(self, registry: Registry = REGISTRY) -> SparkEventLog:
        """Spark's log, with its tables made."""
        log = SparkEventLog(self.session, self.namespace, registry)
        log.ensure_tables()
        return log

    def on_one_machine(self) -> IcebergEventLog:
        """The same log for one machine."""
        outputs: Environment = self.outputs
        catalog = open_glue_catalog(
            outputs.bucket_name, region=outputs.region, endpoint_url=outputs.endpoint_url
        )
        log = IcebergEventLog(catalog, self.namespace, REGISTRY)
        log.ensure_tables()
        return log

    def frame(self, table: pa.Table) -> Any:
        """A table as a data frame of this place's session."""
        return self.frames.to_spark(table, self.session)

    def sequences(self) -> list[int]:
        """What is in the log."""
        rows = self.session.table(f"{CATALOG}.{self.namespace}.events_sales").select("sequence").collect()
        return sorted(int(row[0]) for row in rows)

    def files(self) -> int:
        """How many files the log has."""
        return int(self.session.table(f"{CATALOG}.{self.namespace}.events_sales.files").count())


@pytest.fixture(params=["glue", "folder"])
def place(request: pytest.FixtureRequest, spark: SparkSession, tmp_path: Path, endpoint_url: str) -> Place:
    """A fresh place."""
    return Place(spark, tmp_path, request.param, endpoint_url)


@pytest.fixture
def glue(spark: SparkSession, tmp_path: Path, endpoint_url: str) -> Place:
    """A fresh place in Glue."""
    return Place(spark, tmp_path, "glue", endpoint_url)


def test_events_come_back_as_they_went_in_once_each(place: Place) -> None:
    log = place.log()
    events = _events(30)
    assert log.append_new("sales", place.frame(pa.concat_tables([events, events.slice(3, 4)]))) == 30
    assert log.append_new("sales", place.frame(_events(10, first=25))) == 5
    assert log.append_new("sales", place.frame(_events(10, first=25))) == 0
    assert log.append_new("sales", place.frame(_events(0))) == 0
    edges = Bounds(
        to_us(START + timedelta(hours=10, microseconds=1)), to_us(START + timedelta(hours=12, microseconds=1))
    )
    found = place.frames.to_arrow(log.read("sales", events.column_names, edges), "event_time")
    assert found.to_pylist() == events.slice(11, 2).to_pylist()


def test_a_source_may_gain_a_column_and_keeps_its_types(place: Place) -> None:
    place.log().append_new("sales", place.frame(_events(1)))
    wider = place.log(_registry(note="string"))
    assert [row.note for row in wider.read("sales", ["note"], EVERYTHING).collect()] == [None]
    with pytest.raises(InputError, match="column 'note': the table has string, the source says bigint"):
        place.log(_registry(note="int64"))


def test_upkeep_joins_files_and_changes_no_row(place: Place) -> None:
    log = place.log()
    for first in range(0, 12, 2):
        log.append_new("sales", place.frame(_events(2, first=first)))
    assert place.files() == 6
    name = f"{CATALOG}.{place.namespace}.events_sales"
    now_ms = int(time.time() * 1000) + 60_000
    done = IcebergUpkeep(place.session, PREFIX).run(name, now_ms=now_ms, keep_ms=0, keep_snapshots=1)
    assert (done.rewritten_files, done.added_files, done.expired_files) == (6, 1, 6)
    assert place.files() == 1
    assert place.sequences() == list(range(12))
    again = IcebergUpkeep(place.session, PREFIX).run(name, now_ms=now_ms)
    assert again == (0, 0, 0, 0)


def test_files_of_nobody_are_removed_and_no_others(glue: Place) -> None:
    glue.log().append_new("sales", glue.frame(_events(3)))
    s3 = servers.client("s3", glue.outputs.endpoint_url or "")
    folder = f"warehouse/{glue.namespace}.db/events_sales"
    s3.put_object(Bucket=glue.namespace, Key=f"{folder}/data/left-behind.parquet", Body=b"half a file")
    found = s3.list_objects_v2(Bucket=glue.namespace, Prefix="warehouse/")["Contents"]
    files = [(f"s3://{glue.namespace}/{each['Key']}", each["LastModified"]) for each in found]
    listed = glue.session.createDataFrame(files, "file_path string, last_modified timestamp")
    upkeep, name = IcebergUpkeep(glue.session, PREFIX), f"{CATALOG}.{glue.namespace}.events_sales"
    later_ms = int(time.time() * 1000) + 60_000
    assert upkeep.remove_orphans(name, until_ms=later_ms - 86_400_000, listed=listed) == 0
    assert upkeep.remove_orphans(name, until_ms=later_ms, listed=listed) == 1
    assert glue.sequences() == [0, 1, 2]


def test_spark_and_one_machine_share_a_log(glue: Place) -> None:
    machine = glue.on_one_machine()
    spark = glue.log()
    assert machine.append_new("sales", _events(10)) == 10
    assert spark.append_new("sales", glue.frame(_events(10, first=5))) == 5
    assert machine.append_new("sales", _events(20)) == 5
    assert glue.sequences() == list(range(20))
    found = machine.read("sales", ["sequence", "due", "shop"], EVERYTHING)
    assert set(found["shop"].to_pylist()) == {"é"}
    assert found.num_rows == 20


def test_writers_and_upkeep_at_once_lose_and_double_nothing(glue: Place) -> None:
    glue.on_one_machine().append_new("sales", _events(40))
    name = f"{CATALOG}.{glue.namespace}.events_sales"

    def on_one_machine(starts: list[int]) -> None:
        for first in starts:
            glue.on_one_machine().append_new("sales", _events(20, first=first))

    with ThreadPoolExecutor(2) as threads:
        others = [threads.submit(on_one_machine, starts) for starts in ([30, 10, 45], [35, 50, 60])]
        for first in (35, 50, 58):
            glue.log().append_new("sales", glue.frame(_events(20, first=first)))
            try:
                IcebergUpkeep(glue.session, PREFIX).run(name, now_ms=int(time.time() * 1000), min_files=2)
            except Py4JJavaError as error:
                if not is_conflict(error):  # after one of those its schedule runs it again
                    raise
        for other in others:
            other.result()
    assert glue.sequences() == list(range(80))
