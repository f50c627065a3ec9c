"""Spark on this machine for tests: one session a process, tuned for queries over a few rows."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as sf

from headwater.offline.spark.catalogs import hadoop_catalog, local_cloud
from headwater.offline.spark.session import local_session
from headwater.windows import Bounds

ROOT = Path(__file__).parents[1]
USES_SPARK = [
    # py4j leaves its sockets to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:distutils Version classes are deprecated:DeprecationWarning"),
    pytest.mark.slow,
]
"""Marks of tests that use Spark."""

PREFIX = "smfs.shaded."
"""Where the jar that knows Glue and S3 has Iceberg's classes."""

_SETTINGS = {
    # Compiling a query takes longer than interpreting it over a few rows.
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}


@cache
def session() -> SparkSession:
    """The session."""
    jars = ROOT / ".jars" / "feature_store_pyspark"
    extensions = {
        name: value for name, value in hadoop_catalog("", prefix=PREFIX).items() if "catalog" not in name
    }
    spark = local_session(jars, memory="1g", partitions=1, settings=_SETTINGS | extensions | local_cloud())
    spark.sparkContext.setLogLevel("ERROR")
    return spark


class Frames:
    """Tables that go to Spark and back through files of a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0

    def to_spark(self, table: pa.Table, spark: SparkSession | None = None) -> DataFrame:
        """A table as a data frame, of the tests' session or another."""
        file = str(self._next())
        pq.write_table(table, file)
        return (spark or session()).read.parquet(file)

    def to_arrow(self, frame: DataFrame, order: str = "row") -> pa.Table:
        """A data frame as a table, by a column."""
        file = str(self._next())
        frame.coalesce(1).write.parquet(file)
        return pq.read_table(file).sort_by(order)

    def _next(self) -> Path:
        self._count += 1
        return self._folder / f"{self._count}.parquet"


class FrameLog:
    """An event log of data frames, by source."""

    def __init__(self, events: Mapping[str, DataFrame]) -> None:
        self._events = events

    def read(self, source: str, columns: Sequence[str], interval: Bounds) -> DataFrame:
        """See `EventFrames.read`."""
        time_us = sf.unix_micros("event_time")
        inside = (time_us > interval.after_us) & (time_us <= interval.until_us)
        return self._events[source].where(inside).select(*columns)
