"""The event log for Spark: the same Iceberg tables that `headwater.offline.event_log` has."""

from collections.abc import Mapping, Sequence

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as sf

from headwater import names
from headwater.envelope import sources_of
from headwater.instants import from_us
from headwater.offline.layout import layout_of
from headwater.offline.pins import PinRequest
from headwater.offline.spark import commits, log_tables
from headwater.offline.spark.catalogs import CATALOG
from headwater.offline.spark.event_checks import check_events
from headwater.offline.spark.table_pins import pin_table
from headwater.registry import Registry
from headwater.windows import Bounds

_IDENTITY = ("shard", "sequence")


class SparkEventLog:
    """The event log in the Iceberg catalog of a session.

    Args:
        spark: With the catalog `CATALOG`.
        namespace: Database of the tables.
        registry: Sources and their columns.
        pinned: Snapshot to read of a source, instead of the latest; None: nothing, the table was empty.
    """

    def __init__(
        self,
        spark: SparkSession,
        namespace: str,
        registry: Registry,
        pinned: Mapping[str, int | None] | None = None,
    ) -> None:
        self._spark = spark
        self._namespace = namespace
        self._registry = registry
        self._sources = sources_of(registry)
        self._pinned = pinned or {}

    def name_of(self, source: str) -> str:
        """Name of a source's table, with catalog and database."""
        return f"{CATALOG}.{self._namespace}.{names.event_log_table(source)}"

    def ensure_tables(self) -> None:
        """Create the tables that are not there yet, add the columns that sources have gained, and lay them out.

        Raises:
            InputError: A column of a table has another type than its source now says.
        """
        self._spark.sql(f"CREATE NAMESPACE IF NOT EXISTS {CATALOG}.{self._namespace}")
        for source in self._sources.values():
            log_tables.ensure(
                self._spark, self.name_of(source.name), source, layout_of(self._registry, source)
            )

    def read(self, source: str, columns: Sequence[str], interval: Bounds) -> DataFrame:
        """See `EventFrames.read`; reads only these columns, of the day partitions that the interval touches."""
        time = sf.col("event_time")
        inside = (time > sf.lit(from_us(interval.after_us))) & (time <= sf.lit(from_us(interval.until_us)))
        return self._table(source).where(inside).select(*columns)

    def append_new(self, source: str, events: DataFrame) -> int:
        """Append the events that are not in the log yet, by shard and sequence, in one commit.

        Args:
            source: Whose events.
            events: With the columns of its log; computed twice, and again for each attempt.

        Returns:
            How many were new.

        Raises:
            InputError: A value cannot be kept; nothing was written.
            ConflictError: Others committed events of the same time first, too often; nothing was written.
        """
        spec = self._sources[source]
        wanted = events.select(*log_tables.columns_of(spec))
        ends_us = check_events(spec, wanted)
        if ends_us is None:
            return 0
        return commits.append_new(self.name_of(source), wanted, _IDENTITY, "event_time", ends_us)

    def tagged(self, service: str, tag: str, *, create: bool) -> "SparkEventLog":
        """The log as a training set of a service read it, for reading again.

        Args:
            service: Name of the service.
            tag: Name of the tag.
            create: Tag what is there now, where there is no such tag yet.

        Raises:
            InputError: There is no such tag, or it is another service's, or definitions have changed since.
        """
        found = self._registry.service(service)
        request = PinRequest(registry=self._registry, service=found, tag=tag, create=create)
        sources = dict.fromkeys(view.source for view in self._registry.views_of(found))
        pinned = {source: pin_table(self._spark, self.name_of(source), request) for source in sources}
        return SparkEventLog(self._spark, self._namespace, self._registry, pinned)

    def _table(self, source: str) -> DataFrame:
        name = self.name_of(source)
        if source not in self._pinned:
            return self._spark.table(name)
        snapshot_id = self._pinned[source]
        if snapshot_id is None:
            return self._spark.table(name).where(sf.lit(False))
        return self._spark.read.option("snapshot-id", snapshot_id).table(name)
