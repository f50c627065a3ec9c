"""The jobs on Spark, as functions of a session: what the scripts of Glue call."""

import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial

from pyspark.sql import DataFrame, SparkSession

from feature_jobs import spark_ingest
from feature_jobs.fill import check_reached, fill_stores
from feature_jobs.landing import Landing
from feature_jobs.materialize import materialize
from feature_jobs.reports import reported, table_name
from feature_jobs.spark_fill import SparkFiller
from feature_jobs.spark_materialize import SparkTables, open_tables
from headwater.envelope import sources_of
from headwater.environment import Environment
from headwater.errors import InputError
from headwater.offline.point_in_time import Mode
from headwater.offline.spark.engine import training_set
from headwater.offline.spark.event_log import SparkEventLog
from headwater.offline.spark.served_log import SparkServedLog
from headwater.offline.spark.upkeep import DAY_MS, IcebergUpkeep
from headwater.registry import Registry
from headwater.settings import open_environment


def build_training_set(
    spark: SparkSession,
    registry: Registry,
    database: str,
    *,
    service: str,
    labels: str,
    out: str,
    timestamp_column: str,
    mode: Mode,
    tag: str = "",
    at_tag: str = "",
) -> int:
    """Add a service's features to the label rows of a folder of Parquet files, and write another.

    What was in the other folder is replaced: run again, the job leaves the same rows.

    Args:
        spark: The session.
        registry: Definitions.
        database: Of the event log.
        service: Name of the service.
        labels: Folder of the label rows.
        out: Folder of the training set.
        timestamp_column: Column of the instants.
        mode: As `training_set` takes it.
        tag: Tag what is read, so that it can be read again; empty: do not.
        at_tag: Read what another training set was tagged as; empty: what is there now.

    Returns:
        How many rows were written.

    Raises:
        InputError: Labels or tags will not do.
    """
    if tag and at_tag:
        raise InputError(
            f"tags {tag!r} and {at_tag!r}: found both --tag and --at-tag, expected one; leave one out"
        )
    log = SparkEventLog(spark, database, registry)
    if tag or at_tag:
        log = log.tagged(service, tag or at_tag, create=bool(tag))
    rows = spark.read.parquet(labels)
    source = registry.views_of(registry.service(service))[0].source
    with reported(spark, database, "training_set", log.name_of(source)) as report:
        made = training_set(rows, registry, service, log, timestamp_column=timestamp_column, mode=mode)
        made.write.mode("overwrite").parquet(out)
        report.rows_in = rows.count()
        report.rows_out = spark.read.parquet(out).count()
    return report.rows_out


def move_landed(spark: SparkSession, registry: Registry, database: str, landing: Landing) -> None:
    """Move what has landed, events and what was served, into their tables."""
    log = SparkEventLog(spark, database, registry)
    log.ensure_tables()
    report = partial(reported, spark, database, "ingest")
    spark_ingest.ingest(spark, registry, log, landing, report)
    served = SparkServedLog(spark, database)
    served.ensure_table()
    spark_ingest.ingest_served(spark, served, landing, report)


def bring_tables(
    spark: SparkSession, registry: Registry, database: str, outputs: Environment, tables: Mapping[str, str]
) -> None:
    """Bring the new rows of tables into the event log and online.

    Args:
        spark: The session.
        registry: Definitions.
        database: Of the event log.
        outputs: Of the environment whose stores take them.
        tables: By source, as `open_tables` takes them.

    Raises:
        InputError: A table will not do; nothing was written of it.
    """
    log = SparkEventLog(spark, database, registry)
    log.ensure_tables()
    report = partial(reported, spark, database, "materialize")
    engine = SparkTables(registry, log, open_tables(spark, tables), outputs, report)
    stores = open_environment(outputs, consistent=True)
    now_us = time.time_ns() // 1000
    done = materialize(registry, list(tables), engine, stores, outputs.environment, now_us)
    print(f"{done.new_rows:,} rows new to the log, {done.changes:,} changes of pages.")  # noqa: T201 (a job's log)


def fill(
    spark: SparkSession, registry: Registry, database: str, outputs: Environment, cutover_us: int | None
) -> None:
    """Fill the online stores from the event log, up to a cut-over.

    Args:
        spark: The session.
        registry: Definitions.
        database: Of the event log.
        outputs: Of the environment whose stores are filled.
        cutover_us: As `fill_stores` takes it.

    Raises:
        InputError: As `fill_stores`, and where the archive has not had time to deliver what arrived before the stream
            took over.
    """
    log = SparkEventLog(spark, database, registry)
    log.ensure_tables()
    stores = open_environment(outputs, consistent=True)
    if cutover_us is None:
        check_reached(registry, stores, outputs.environment, time.time_ns() // 1000)
    filler = SparkFiller(
        registry,
        log,
        outputs,
        lambda source: reported(spark, database, "backfill", log.name_of(source)),
    )
    fill_stores(registry, filler, stores, outputs.environment, cutover_us)


def look_after(
    spark: SparkSession,
    registry: Registry,
    database: str,
    *,
    sources: Iterable[str],
    prefix: str,
    keep_days: int,
    orphan_days: int,
    files_of: Callable[[str], DataFrame | None],
) -> None:
    """Join the small files of tables, expire their old snapshots, and remove files that nobody has.

    Args:
        spark: The session.
        registry: Sources, those of the next one too.
        database: Of the event log.
        sources: Whose logs; none: all, with the tables beside them.
        prefix: Of Iceberg's class names.
        keep_days: Snapshots younger than this stay.
        orphan_days: Files that no snapshot has stay as long: they may be of a job that has not committed yet.
        files_of: Files of a table where Spark cannot list them itself; see `IcebergUpkeep.remove_orphans`.

    Raises:
        InputError: A source is not in the registry.
    """
    log = SparkEventLog(spark, database, registry)
    upkeep = IcebergUpkeep(spark, prefix)
    for table in _tables(spark, log, registry, database, list(sources)):
        with reported(spark, database, "compact", table) as report:
            now_ms = int(time.time() * 1000)
            done = upkeep.run(table, now_ms=now_ms, keep_ms=keep_days * DAY_MS, min_files=2)
            report.rows_in = done.rewritten_files
            report.rows_out = done.added_files
            until_ms = now_ms - orphan_days * DAY_MS
            removed = upkeep.remove_orphans(table, until_ms=until_ms, listed=files_of(table))
        print(f"{table}: {done.expired_files} expired files and {removed} of nobody removed.")  # noqa: T201


def _tables(
    spark: SparkSession, log: SparkEventLog, registry: Registry, database: str, sources: list[str]
) -> list[str]:
    known = sources_of(registry)
    unknown = sorted(set(sources) - set(known))
    if unknown:
        raise InputError(
            f"sources {', '.join(unknown)}: not in the registry; name some of {', '.join(known)}"
        )
    logs = [log.name_of(source) for source in sources or known]
    beside = [] if sources else [SparkServedLog(spark, database).name, table_name(database)]
    return [table for table in (*logs, *beside) if spark.catalog.tableExists(table)]
