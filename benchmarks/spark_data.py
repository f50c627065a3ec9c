"""Events, as an Iceberg event log that both engines read, and label rows: the same for either side.

As many events an entity however many there are, 90 days long. Two events in a hundred arrive late, up to hours.
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.table import StaticTable
from pyspark.sql import SparkSession

from benchmarks.harness import ROOT
from benchmarks.offline import definitions
from benchmarks.offline_data import COLUMNS, DAYS, START_US
from benchmarks.worker import serve
from headwater import names
from headwater.offline.event_log import IcebergEventLog
from headwater.offline.spark.catalogs import hadoop_catalog
from headwater.offline.spark.event_log import SparkEventLog
from headwater.offline.spark.session import local_session
from headwater.offline.types import INSTANT

EVENTS_PER_ENTITY, EVENTS_PER_LABEL = 100, 10
DATABASE, SOURCE = "bench", "events"
_AT_ONCE = 2_000_000
_SECOND_US = 1_000_000
_LATE, _LATE_US = 0.02, 3_600 * _SECOND_US


def session(folder: Path, *, cores: int, memory_mb: int) -> SparkSession:
    """Spark on some of this machine's cores, with the folder's catalog."""
    settings = hadoop_catalog(str(folder / "warehouse"))
    return local_session(
        ROOT / ".jars" / "snowpark_connect_deps_iceberg",
        memory=f"{memory_mb}m",
        partitions=16 * cores,
        settings=settings | {"spark.master": f"local[{cores}]", "spark.log.level": "ERROR"},
    )


def spark_log(spark: SparkSession, kind: str) -> SparkEventLog:
    """The event log for Spark."""
    return SparkEventLog(spark, DATABASE, definitions(kind))


def one_machine_log(folder: Path, kind: str) -> IcebergEventLog:
    """The same tables for one machine."""
    tables: Any = _FolderCatalog(folder / "warehouse")
    return IcebergEventLog(tables, DATABASE, definitions(kind))


class _FolderCatalog:
    """Reads what Spark's hadoop catalog wrote, which has no counterpart in pyiceberg."""

    def __init__(self, warehouse: Path) -> None:
        self._warehouse = warehouse

    def load_table(self, name: tuple[str, str]) -> StaticTable:
        """The table as of its last commit."""
        return StaticTable.from_metadata(str(self._warehouse.joinpath(*name)))


def events(kind: str, count: int, *, first: int, random: np.random.Generator, entities: int) -> pa.Table:
    """Some events in the order of their time, in the columns of the log.

    Args:
        kind: ``window``: events have one column; ``asof``: ten.
        count: How many.
        first: Number of the first; numbers are their ids.
        random: Source of chance.
        entities: How many there are.
    """
    times = np.sort(START_US + random.integers(0, DAYS * 86_400 * _SECOND_US, count))
    late = random.random(count) < _LATE
    lateness = np.where(late, random.exponential(_LATE_US, count), random.uniform(0, 5 * _SECOND_US, count))
    numbers = pa.array(np.char.zfill(np.arange(first, first + count).astype(str), 10))
    return pa.table(
        {
            "event_time": pa.array(times, INSTANT),
            "arrival": pa.array(times + lateness.astype(np.int64), INSTANT),
            "event_id": numbers,
            "shard": pa.array(["s"] * count),
            "sequence": numbers,
            "entity": random.integers(0, entities, count),
            **{column: random.normal(size=count) for column in columns_of(kind)},
        }
    )


def columns_of(kind: str) -> list[str]:
    """Columns that features are made of."""
    return COLUMNS[:1] if kind == "window" else COLUMNS


def prepare(kind: str, count: int, folder: Path) -> None:
    """Write ``labels.parquet`` and the event log.

    Args:
        kind: As `events` takes it.
        count: Events.
        folder: Where to; made if need be.
    """
    random = np.random.default_rng(7)
    entities = max(count // EVENTS_PER_ENTITY, 1)
    (folder / "events").mkdir(parents=True)
    for first in range(0, count, _AT_ONCE):
        part = events(kind, min(_AT_ONCE, count - first), first=first, random=random, entities=entities)
        pq.write_table(part, folder / "events" / f"{first}.parquet")
    write_labels(count // EVENTS_PER_LABEL, entities, random, folder)
    spark = session(folder, cores=2, memory_mb=3_000)
    log = spark_log(spark, kind)
    log.ensure_tables()
    spark.read.parquet(str(folder / "events")).writeTo(log.name_of(SOURCE)).append()


def write_labels(count: int, entities: int, random: np.random.Generator, folder: Path) -> None:
    """Write ``labels.parquet``."""
    labels = {
        "row": np.arange(count),
        "event_time": pa.array(START_US + random.integers(0, DAYS * 86_400 * _SECOND_US, count), INSTANT),
        "entity": random.integers(0, entities, count),
    }
    pq.write_table(pa.table(labels), folder / "labels.parquet")


def data_files(folder: Path) -> tuple[int, int]:
    """How many data files the log has now, and their bytes."""
    table = StaticTable.from_metadata(str(folder / "warehouse" / DATABASE / names.event_log_table(SOURCE)))
    sizes = [task.file.file_size_in_bytes for task in table.scan().plan_files()]
    return len(sizes), sum(sizes)


if __name__ == "__main__":
    _kind, _count, _folder = sys.argv[1:]
    serve(lambda: prepare(_kind, int(_count), Path(_folder)), lambda _result, _file: None)
