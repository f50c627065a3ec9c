"""Tables of the event log, created and kept by Spark as `headwater.offline.log_tables` does."""

from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

from headwater.errors import InputError
from headwater.offline.layout import FORMAT_VERSION, PROPERTIES, Layout
from headwater.offline.spark.slot_columns import SPARK_TYPES
from headwater.registry import SourceSpec

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


def ensure(spark: SparkSession, table: str, source: SourceSpec, layout: Layout) -> None:
    """Create a source's table, or add the columns that the source has gained, and lay it out.

    Raises:
        InputError: A column of the table has another type than the source now says.
    """
    columns = ", ".join(
        f"`{name}` {kind}{' NOT NULL' if name in _ENVELOPE else ''}"
        for name, kind in columns_of(source).items()
    )
    spark.sql(
        f"CREATE TABLE IF NOT EXISTS {table} ({columns}) USING iceberg PARTITIONED BY (days(event_time)) "
        f"TBLPROPERTIES ({listed(PROPERTIES)})"
    )
    _evolve(spark, table, source)
    _lay_out(spark, table, layout)


def _evolve(spark: SparkSession, table: str, source: SourceSpec) -> None:
    found: StructType = spark.table(table).schema
    types = {field.name: field.dataType.simpleString() for field in found.fields}
    wanted = columns_of(source)
    for column, kind in wanted.items():
        if types.get(column, kind) != kind:
            raise InputError(
                f"event log of {source.name!r}, column {column!r}: the table has {types[column]}, the source says "
                f"{kind}; a column keeps its type, so give the new one another name"
            )
    gained = ", ".join(f"`{column}` {kind}" for column, kind in wanted.items() if column not in types)
    if gained:
        spark.sql(f"ALTER TABLE {table} ADD COLUMNS ({gained})")


def _lay_out(spark: SparkSession, table: str, layout: Layout) -> None:
    """Change what differs."""
    properties = {row["key"]: row["value"] for row in spark.sql(f"SHOW TBLPROPERTIES {table}").collect()}
    missing = {
        name: value
        for name, value in PROPERTIES.items()
        if name != FORMAT_VERSION and properties.get(name) != value
    }
    if missing:
        spark.sql(f"ALTER TABLE {table} SET TBLPROPERTIES ({listed(missing)})")
    ordered = ", ".join(f"{column} ASC NULLS LAST" for column in layout.sorted_by)
    if properties.get("sort-order") != ordered:
        columns = ", ".join(f"`{column}` ASC NULLS LAST" for column in layout.sorted_by)
        spark.sql(f"ALTER TABLE {table} WRITE DISTRIBUTED BY PARTITION LOCALLY ORDERED BY {columns}")
    _divide(spark, table, layout)


def _divide(spark: SparkSession, table: str, layout: Layout) -> None:
    parts = spark.sql(f"DESCRIBE TABLE {table}").where("col_name LIKE 'Part %'").collect()
    found = [part["data_type"] for part in parts if part["data_type"].startswith("bucket(")]
    wanted = [f"bucket({layout.buckets}, {layout.bucketed_by})"] if layout.bucketed_by else []
    if found == wanted:
        return
    for field in found:
        spark.sql(f"ALTER TABLE {table} DROP PARTITION FIELD {field}")
    for field in wanted:
        spark.sql(f"ALTER TABLE {table} ADD PARTITION FIELD {field} AS `{layout.bucket_field}`")


def listed(properties: dict[str, str]) -> str:
    """Table properties as SQL has them."""
    return ", ".join(f"'{name}' = '{value}'" for name, value in properties.items())
