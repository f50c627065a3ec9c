"""Moves archived events from where they landed into the event log, on Spark, as `feature_jobs.ingest` does."""

from pyspark.sql import SparkSession

from feature_jobs.ingest import IngestReport
from feature_jobs.landing import Landing
from feature_jobs.reports import Reported
from headwater import names
from headwater.envelope import sources_of
from headwater.offline.spark import landed_lines
from headwater.offline.spark.event_log import SparkEventLog
from headwater.offline.spark.served_log import SparkServedLog
from headwater.registry import Registry


def ingest(
    spark: SparkSession, registry: Registry, log: SparkEventLog, landing: Landing, reported: Reported
) -> IngestReport:
    """Move everything that has landed.

    Args:
        spark: The session.
        registry: Sources and their columns.
        log: Where events go.
        landing: Where they are.
        reported: Reports on each source's table.

    Raises:
        InputError: An object holds something else than archived events; names object and line. Nothing
            was moved.
    """
    keys = landing.keys(names.landing_prefix())
    total = IngestReport(len(keys), 0, 0)
    if not keys:
        return total
    with landing.readable(keys) as base:
        lines = landed_lines.with_source(landed_lines.read_lines(spark, base, keys)).persist()
        try:
            sources = sources_of(registry)
            landed_lines.check_sources(lines, sources)
            # Every line is checked before the first event is written.
            events = {name: landed_lines.events_of(lines, source) for name, source in sources.items()}
            for name, own in events.items():
                rows = own.count()
                if rows:
                    with reported(log.name_of(name)) as report:
                        report.rows_in, report.rows_out = rows, log.append_new(name, own)
                    total = total._replace(rows=total.rows + rows, new_rows=total.new_rows + report.rows_out)
        finally:
            lines.unpersist()
    landing.remove(keys)
    return total


def ingest_served(
    spark: SparkSession, log: SparkServedLog, landing: Landing, reported: Reported
) -> IngestReport:
    """Move everything that was served and has landed into its table.

    Raises:
        InputError: An object holds something else; names object and line. Nothing was moved.
    """
    keys = landing.keys(names.served_prefix())
    if not keys:
        return IngestReport(0, 0, 0)
    with landing.readable(keys) as base, reported(log.name) as report:
        lines = landed_lines.read_lines(spark, base, keys)
        report.rows_in, report.rows_out = lines.count(), log.append_new(lines)
    landing.remove(keys)
    return IngestReport(len(keys), report.rows_in, report.rows_out)
