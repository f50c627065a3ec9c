"""The event log for Spark: the same Iceberg tables that `headwater.offline.event_log` has."""

from collections.abc import Sequence
from uuid import uuid4

from py4j.protocol import Py4JJavaError
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as sf
from pyspark.sql.types import StructType

from headwater import names
from headwater.errors import ConflictError, InputError
from headwater.instants import from_us
from headwater.offline.commits import ATTEMPTS
from headwater.offline.spark.catalogs import CATALOG
from headwater.offline.spark.view_frames import SPARK_TYPES
from headwater.registry import Registry, SourceSpec
from headwater.windows import Bounds

TABLE_PROPERTIES = {
    "format-version": "2",
    "write.target-file-size-bytes": str(256 * 2**20),
    # Writers bring a day's rows together first, so that a commit adds a file or two a day.
    "write.distribution-mode": "hash",
    "write.metadata.delete-after-commit.enabled": "true",
    "write.metadata.previous-versions-max": "100",
    "commit.retry.num-retries": "10",
}
_CONFLICTS = ("Found conflicting files", "concurrently modified", "CommitFailedException", "Cannot commit")
_ENVELOPE = {
    "event_time": "timestamp",
    "arrival": "timestamp",
    "event_id": "string",
    "shard": "string",
    "sequence": "string",
}


def columns_of(source: SourceSpec) -> dict[str, str]:
    """Columns of a source's log, and Spark's types of them."""
    return _ENVELOPE | {column: SPARK_TYPES[kind] for column, kind in source.columns.items()}


def is_conflict(error: Py4JJavaError) -> bool:
    """Whether Iceberg refused a commit because of another that came first; nothing was written."""
    return any(sign in str(error.java_exception) for sign in _CONFLICTS)


class SparkEventLog:
    """The event log in the Iceberg catalog of a session.

    Args:
        spark: With the catalog `CATALOG`.
        namespace: Database of the tables.
        registry: Sources and their columns.
    """

    def __init__(self, spark: SparkSession, namespace: str, registry: Registry) -> None:
        self._spark = spark
        self._namespace = namespace
        self._registry = registry

    def name_of(self, source: str) -> str:
        """Name of a source's table, with catalog and database."""
        return f"{CATALOG}.{self._namespace}.{names.event_log_table(source)}"

    def ensure_tables(self) -> None:
        """Create the tables that are not there yet, and add the columns that sources have gained.

        Raises:
            InputError: A column of a table has another type than its source now says.
        """
        self._spark.sql(f"CREATE NAMESPACE IF NOT EXISTS {CATALOG}.{self._namespace}")
        for source in self._registry.sources.values():
            wanted = columns_of(source)
            listed = ", ".join(
                f"`{name}` {kind}{' NOT NULL' if name in _ENVELOPE else ''}" for name, kind in wanted.items()
            )
            properties = ", ".join(f"'{name}' = '{value}'" for name, value in TABLE_PROPERTIES.items())
            self._spark.sql(
                f"CREATE TABLE IF NOT EXISTS {self.name_of(source.name)} ({listed}) USING iceberg "
                f"PARTITIONED BY (days(event_time)) TBLPROPERTIES ({properties})"
            )
            self._evolve(source, wanted)

    def read(self, source: str, columns: Sequence[str], interval: Bounds) -> DataFrame:
        """See `EventFrames.read`; reads only these columns, of the day partitions that the interval touches."""
        time = sf.col("event_time")
        inside = (time > sf.lit(from_us(interval.after_us))) & (time <= sf.lit(from_us(interval.until_us)))
        return self._spark.table(self.name_of(source)).where(inside).select(*columns)

    def append_new(self, source: str, events: DataFrame) -> int:
        """Append the events that are not in the log yet, by shard and sequence, in one commit.

        Args:
            source: Whose events.
            events: With the columns of its log; computed twice, and again for each attempt.

        Returns:
            How many were new.

        Raises:
            ConflictError: Others committed events of the same time first, too often; nothing was written.
        """
        ends = events.agg(sf.unix_micros(sf.min("event_time")), sf.unix_micros(sf.max("event_time"))).first()
        if ends is None or ends[0] is None:
            return 0
        first, last = (f"TIMESTAMP '{from_us(end).isoformat()}'" for end in ends)
        before, _ = self._last_commit(source)
        # A name of its own: a session may be at work for several.
        view = f"new_{uuid4().hex}"
        wanted = columns_of(self._registry.sources[source])
        events.select(*wanted).dropDuplicates(["shard", "sequence"]).createOrReplaceTempView(view)
        try:
            self._merge(source, view, first, last)
        finally:
            self._spark.catalog.dropTempView(view)
        commit, rows = self._last_commit(source)
        return 0 if commit == before else rows

    def _merge(self, source: str, view: str, first: str, last: str) -> None:
        statement = (
            f"MERGE INTO {self.name_of(source)} log USING {view} new "
            f"ON log.shard = new.shard AND log.sequence = new.sequence AND log.event_time BETWEEN {first} AND {last} "
            # Never so; but a merge that may change rows is checked against what others commit meanwhile.
            "WHEN MATCHED AND new.shard IS NULL THEN DELETE "
            "WHEN NOT MATCHED THEN INSERT *"
        )
        for _ in range(ATTEMPTS):
            try:
                self._spark.sql(statement)
            except Py4JJavaError as error:
                if not is_conflict(error):
                    raise
            else:
                return
        raise ConflictError(
            f"event log of {source!r}: not committed in {ATTEMPTS} attempts because other writers were first; run again"
        )

    def _last_commit(self, source: str) -> tuple[int, int]:
        """Number of this application's last commit, and by how many rows the log grew with it."""
        snapshots = self._spark.table(f"{self.name_of(source)}.snapshots")
        own = sf.element_at("summary", "spark.app.id") == self._spark.sparkContext.applicationId
        grown = [sf.element_at("summary", name).cast("long") for name in ("added-records", "deleted-records")]
        added, removed = (sf.coalesce(count, sf.lit(0)) for count in grown)
        last = (
            snapshots.where(own).orderBy(sf.col("committed_at").desc()).select("snapshot_id", added - removed)
        )
        found = last.first()
        return (found[0], found[1]) if found else (0, 0)

    def _evolve(self, source: SourceSpec, wanted: dict[str, str]) -> None:
        found: StructType = self._spark.table(self.name_of(source.name)).schema
        types = {field.name: field.dataType.simpleString() for field in found.fields}
        for column, kind in wanted.items():
            if types.get(column, kind) != kind:
                raise InputError(
                    f"event log of {source.name!r}, column {column!r}: the table has {types[column]}, the source says "
                    f"{kind}; a column keeps its type, so give the new one another name"
                )
        gained = ", ".join(f"`{column}` {kind}" for column, kind in wanted.items() if column not in types)
        if gained:
            self._spark.sql(f"ALTER TABLE {self.name_of(source.name)} ADD COLUMNS ({gained})")
