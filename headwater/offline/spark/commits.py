"""Commits to Iceberg tables from Spark that hold whatever others commit meanwhile."""

from collections.abc import Sequence
from uuid import uuid4

from py4j.protocol import Py4JJavaError
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as sf

from headwater.errors import ConflictError
from headwater.instants import from_us
from headwater.offline.commits import ATTEMPTS

_CONFLICTS = ("Found conflicting files", "concurrently modified", "CommitFailedException", "Cannot commit")


def is_conflict(error: Py4JJavaError) -> bool:
    """Whether Iceberg refused a commit because of another that came first; nothing was written."""
    return any(sign in str(error.java_exception) for sign in _CONFLICTS)


def append_new(
    table: str, rows: DataFrame, identity: Sequence[str], time_column: str, ends_us: tuple[int, int]
) -> int:
    """Append the rows that a table does not have yet, in one commit.

    Args:
        table: With catalog and database.
        rows: With all columns of the table; computed for each attempt.
        identity: Columns in which no two rows of the table are the same.
        time_column: Column by which the table is partitioned.
        ends_us: Earliest and latest value of it in ``rows``.

    Returns:
        How many were new.

    Raises:
        ConflictError: Others committed rows of the same time first, too often; nothing was written.
    """
    spark = rows.sparkSession
    first, last = (f"TIMESTAMP '{from_us(end).isoformat()}'" for end in ends_us)
    before, _ = _last_commit(spark, table)
    # A name of its own: a session may be at work for several.
    view = f"new_{uuid4().hex}"
    rows.dropDuplicates(list(identity)).createOrReplaceTempView(view)
    same = " AND ".join(f"old.`{column}` = new.`{column}`" for column in identity)
    statement = (
        f"MERGE INTO {table} old USING {view} new ON {same} AND old.`{time_column}` BETWEEN {first} AND {last} "
        # Never so; but a merge that may change rows is checked against what others commit meanwhile.
        f"WHEN MATCHED AND new.`{identity[0]}` IS NULL THEN DELETE "
        "WHEN NOT MATCHED THEN INSERT *"
    )
    try:
        _commit(spark, statement, table)
    finally:
        spark.catalog.dropTempView(view)
    commit, grown = _last_commit(spark, table)
    return 0 if commit == before else grown


def _commit(spark: SparkSession, statement: str, table: str) -> None:
    for _ in range(ATTEMPTS):
        try:
            spark.sql(statement)
        except Py4JJavaError as error:
            if not is_conflict(error):
                raise
        else:
            return
    raise ConflictError(
        f"table {table!r}: not committed in {ATTEMPTS} attempts because other writers were first; run again"
    )


def _last_commit(spark: SparkSession, table: str) -> tuple[int, int]:
    """Number of this application's last commit, and by how many rows the table grew with it."""
    snapshots = spark.table(f"{table}.snapshots")
    own = sf.element_at("summary", "spark.app.id") == spark.sparkContext.applicationId
    grown = [sf.element_at("summary", name).cast("long") for name in ("added-records", "deleted-records")]
    added, removed = (sf.coalesce(count, sf.lit(0)) for count in grown)
    last = snapshots.where(own).orderBy(sf.col("committed_at").desc()).select("snapshot_id", added - removed)
    found = last.first()
    return (found[0], found[1]) if found else (0, 0)
