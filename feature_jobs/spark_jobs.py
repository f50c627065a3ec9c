"""The jobs on Spark, as functions of a session: what the scripts of Glue call."""

import time
from collections.abc import Iterable

from pyspark.sql import SparkSession

from feature_jobs.reports import reported
from headwater.offline.point_in_time import Mode
from headwater.offline.spark.engine import training_set
from headwater.offline.spark.event_log import SparkEventLog
from headwater.offline.spark.upkeep import DAY_MS, IcebergUpkeep
from headwater.registry import Registry


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
) -> int:
    """Add a service's features to the label rows of a folder of Parquet files, and write another.

    What was in the other folder is replaced: run again, the job leaves the same rows.

    Returns:
        How many rows were written.
    """
    log = SparkEventLog(spark, database, registry)
    rows = spark.read.parquet(labels)
    source = registry.views_of(registry.service(service))[0].source
    with reported(spark, database, "training_set", log.name_of(source)) as report:
        made = training_set(rows, registry, service, log, timestamp_column=timestamp_column, mode=mode)
        made.write.mode("overwrite").parquet(out)
        report.rows_in = rows.count()
        report.rows_out = spark.read.parquet(out).count()
    return report.rows_out


def look_after(
    spark: SparkSession,
    registry: Registry,
    database: str,
    *,
    sources: Iterable[str],
    prefix: str,
    keep_days: int,
) -> None:
    """Join the small files of event logs and expire their old snapshots.

    Args:
        spark: The session.
        registry: Sources.
        database: Of the event log.
        sources: Whose logs; none: all.
        prefix: Of Iceberg's class names.
        keep_days: Snapshots younger than this stay.
    """
    log = SparkEventLog(spark, database, registry)
    upkeep = IcebergUpkeep(spark, prefix)
    for source in sources or registry.sources:
        with reported(spark, database, "compact", log.name_of(source)) as report:
            done = upkeep.run(
                log.name_of(source), now_ms=int(time.time() * 1000), keep_ms=keep_days * DAY_MS, min_files=2
            )
            report.rows_in = done.rewritten_files
            report.rows_out = done.added_files
