"""The log of what was served, for Spark: the same table that `headwater.offline.served_log` has."""

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as sf

from headwater import names
from headwater.errors import InputError
from headwater.offline.layout import PROPERTIES
from headwater.offline.served_rows import IDENTITY
from headwater.offline.spark import commits, log_tables
from headwater.offline.spark.catalogs import CATALOG
from headwater.offline.spark.landed_lines import KEY, LINE, TEXT

_COLUMNS = {
    "request_id": "string",
    "row": "int",
    "served_at": "timestamp",
    "as_of": "timestamp",
    "service": "string",
    "registry_version": "string",
    "entity": "string",
    "features": "array<string>",
    "values": "string",
    "statuses": "array<string>",
}
_PARSED, _BROKEN = "__parsed", "__broken"


class SparkServedLog:
    """The table in the Iceberg catalog of a session.

    Args:
        spark: With the catalog `CATALOG`.
        namespace: Database of the table.
    """

    def __init__(self, spark: SparkSession, namespace: str) -> None:
        self._spark = spark
        self.name = f"{CATALOG}.{namespace}.{names.served_table()}"

    def ensure_table(self) -> None:
        """Create the table if it is not there yet, partitioned by the day of serving."""
        listed = ", ".join(f"`{name}` {kind} NOT NULL" for name, kind in _COLUMNS.items())
        self._spark.sql(
            f"CREATE TABLE IF NOT EXISTS {self.name} ({listed}) USING iceberg PARTITIONED BY (days(served_at)) "
            f"TBLPROPERTIES ({log_tables.listed(PROPERTIES)})"
        )

    def append_new(self, lines: DataFrame) -> int:
        """Append the rows of landed lines that are not there yet; returns how many were new.

        Args:
            lines: `KEY`, `LINE` and `TEXT`, as `landed_lines.read_lines` gives them.

        Raises:
            InputError: A line is something else; names object and line. Nothing was written.
            ConflictError: Others were first too often; nothing was written.
        """
        # Instants as text, see `landed_lines.events_of`; entity and values stay JSON.
        types = {name: "string" if kind == "timestamp" else kind for name, kind in _COLUMNS.items()}
        schema = ", ".join(f"`{name}` {kind}" for name, kind in {**types, _BROKEN: "string"}.items())
        options = {"columnNameOfCorruptRecord": _BROKEN, "mode": "PERMISSIVE"}
        parsed = lines.withColumn(_PARSED, sf.from_json(TEXT, schema, options))
        values = {name: sf.col(_PARSED)[name].cast(kind) for name, kind in _COLUMNS.items()}
        broken = sf.col(_PARSED)[_BROKEN].isNotNull()
        for value in values.values():
            broken = broken | value.isNull()
        first = parsed.where(broken).orderBy(KEY, LINE).select(KEY, LINE).first()
        if first is not None:
            raise InputError(
                f"landed object {first[KEY]!r}, line {first[LINE]}: found no row of what was served; expected what "
                "lookups log; move the object away and look at who wrote it"
            )
        rows = parsed.select(*[value.alias(name) for name, value in values.items()])
        time_us = sf.unix_micros("served_at")
        ends = rows.agg(sf.min(time_us), sf.max(time_us)).first()
        if ends is None or ends[0] is None:
            return 0
        return commits.append_new(self.name, rows, IDENTITY, "served_at", (ends[0], ends[1]))
