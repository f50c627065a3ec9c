"""Spark and one machine on the same event log: in the Glue catalog, on S3, and in a folder."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pyarrow as pa
import pytest
from msgspec import structs
from py4j.protocol import Py4JJavaError

from feature_jobs.spark_jobs import look_after
from headwater.compiler import compile_services
from headwater.definitions import Aggregation, Entity, EventSource, FeatureService, FeatureView
from headwater.errors import InputError
from headwater.instants import to_us
from headwater.offline.spark.catalogs import CATALOG
from headwater.offline.spark.commits import is_conflict
from headwater.offline.spark.upkeep import IcebergUpkeep
from headwater.windows import Bounds
from tests import servers
from tests.spark import PREFIX, USES_SPARK
from tests.spark_places import EVERYTHING, REGISTRY, START, Place, sales, sales_registry

pytestmark = USES_SPARK


def test_events_come_back_as_they_went_in_once_each(place: Place) -> None:
    log = place.log()
    events = sales(30)
    assert log.append_new("sales", place.frame(pa.concat_tables([events, events.slice(3, 4)]))) == 30
    assert log.append_new("sales", place.frame(sales(10, first=25))) == 5
    assert log.append_new("sales", place.frame(sales(10, first=25))) == 0
    assert log.append_new("sales", place.frame(sales(0))) == 0
    edges = Bounds(
        to_us(START + timedelta(hours=10, microseconds=1)), to_us(START + timedelta(hours=12, microseconds=1))
    )
    found = place.frames.to_arrow(log.read("sales", events.column_names, edges), "event_time")
    assert found.to_pylist() == events.slice(11, 2).to_pylist()


def test_a_source_may_gain_a_column_and_keeps_its_types(place: Place) -> None:
    place.log().append_new("sales", place.frame(sales(1)))
    wider = place.log(sales_registry(note="string"))
    assert [row.note for row in wider.read("sales", ["note"], EVERYTHING).collect()] == [None]
    with pytest.raises(InputError, match="column 'note': the table has string, the source says bigint"):
        place.log(sales_registry(note="int64"))


def test_upkeep_joins_files_and_changes_no_row(place: Place) -> None:
    log = place.log()
    for first in range(0, 12, 2):
        log.append_new("sales", place.frame(sales(2, first=first)))
    assert place.files() == 6
    name = place.table
    now_ms = int(time.time() * 1000) + 60_000
    done = IcebergUpkeep(place.session, PREFIX).run(name, now_ms=now_ms, keep_ms=0, keep_snapshots=1)
    assert (done.rewritten_files, done.added_files, done.expired_files) == (6, 1, 6)
    assert place.files() == 1
    assert place.sequences() == list(range(12))
    again = IcebergUpkeep(place.session, PREFIX).run(name, now_ms=now_ms)
    assert again == (0, 0, 0, 0)


def test_files_of_nobody_are_removed_and_no_others(glue: Place) -> None:
    glue.log().append_new("sales", glue.frame(sales(3)))
    s3 = servers.client("s3", glue.outputs.endpoint_url or "")
    folder = f"warehouse/{glue.namespace}.db/events_sales"
    s3.put_object(Bucket=glue.namespace, Key=f"{folder}/data/left-behind.parquet", Body=b"half a file")
    found = s3.list_objects_v2(Bucket=glue.namespace, Prefix="warehouse/")["Contents"]
    files = [(f"s3://{glue.namespace}/{each['Key']}", each["LastModified"]) for each in found]
    listed = glue.session.createDataFrame(files, "file_path string, last_modified timestamp")
    upkeep, name = IcebergUpkeep(glue.session, PREFIX), glue.table
    later_ms = int(time.time() * 1000) + 60_000
    assert upkeep.remove_orphans(name, until_ms=later_ms - 86_400_000, listed=listed) == 0
    assert upkeep.remove_orphans(name, until_ms=later_ms, listed=listed) == 1
    assert glue.sequences() == [0, 1, 2]


@pytest.mark.parametrize("sources", [[], ["returns"]], ids=["all", "by name"])
def test_upkeep_covers_a_source_that_only_the_next_registry_has(
    glue: Place, sources: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    returns = FeatureView(
        name="returns",
        entity=Entity(name="shop", keys={"shop": "string"}),
        source=EventSource(name="returns", columns={"shop": "string"}),
        features=[Aggregation(column=None, function="count", window="1h")],
    )
    coming = compile_services([FeatureService(name="model", views=[returns])])
    registry = structs.replace(REGISTRY, next=coming)
    glue.log(registry)
    empty = glue.session.createDataFrame([], "file_path string, last_modified timestamp")
    look_after(
        glue.session,
        registry,
        glue.namespace,
        sources=sources,
        prefix=PREFIX,
        keep_days=7,
        orphan_days=3,
        files_of=lambda _table: empty,
    )
    assert f"{CATALOG}.{glue.namespace}.events_returns: 0 expired files" in capsys.readouterr().out


def test_spark_and_one_machine_share_a_log(glue: Place) -> None:
    machine = glue.on_one_machine()
    spark = glue.log()
    assert machine.append_new("sales", sales(10)) == 10
    assert spark.append_new("sales", glue.frame(sales(10, first=5))) == 5
    assert machine.append_new("sales", sales(20)) == 5
    assert glue.sequences() == list(range(20))
    found = machine.read("sales", ["sequence", "due", "shop"], EVERYTHING)
    assert set(found["shop"].to_pylist()) == {"é"}
    assert found.num_rows == 20


def test_writers_and_upkeep_at_once_lose_and_double_nothing(glue: Place) -> None:
    glue.on_one_machine().append_new("sales", sales(40))
    name = glue.table

    def on_one_machine(starts: list[int]) -> None:
        for first in starts:
            glue.on_one_machine().append_new("sales", sales(20, first=first))

    with ThreadPoolExecutor(2) as threads:
        others = [threads.submit(on_one_machine, starts) for starts in ([30, 10, 45], [35, 50, 60])]
        for first in (35, 50, 58):
            glue.log().append_new("sales", glue.frame(sales(20, first=first)))
            try:
                IcebergUpkeep(glue.session, PREFIX).run(name, now_ms=int(time.time() * 1000), min_files=2)
            except Py4JJavaError as error:
                if not is_conflict(error):  # after one of those its schedule runs it again
                    raise
        for other in others:
            other.result()
    assert glue.sequences() == list(range(80))
