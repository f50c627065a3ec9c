"""What a run of a job on Spark did: kept in a table beside those it worked on, and said to CloudWatch."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime

import msgspec
from pyspark.sql import SparkSession

from feature_jobs.progress import shown
from headwater.offline.spark.catalogs import CATALOG

_NAMESPACE = "Headwater"
_COLUMNS = (
    "job string, table_name string, started_at timestamp, seconds double, rows_in bigint, rows_out bigint, "
    "partitions bigint, files bigint, bytes bigint, watermark timestamp"
)


class RunReport(msgspec.Struct, kw_only=True):
    """One run.

    Attributes:
        job: Name of the job.
        table_name: The table it worked on, with catalog and database.
        started_at: When it began.
        seconds: How long it took.
        rows_in: Rows read.
        rows_out: Rows written.
        partitions: Of the table, when it ended.
        files: Of the table, the same.
        bytes: In those files.
        watermark: Event time of the latest event in the table; None: it has none.
    """

    job: str
    table_name: str
    started_at: datetime
    seconds: float = 0.0
    rows_in: int = 0
    rows_out: int = 0
    partitions: int = 0
    files: int = 0
    bytes: int = 0
    watermark: datetime | None = None


Reported = Callable[[str], AbstractContextManager[RunReport]]
"""Times what is done to a table, and publishes the report."""


@contextmanager
def reported(spark: SparkSession, database: str, job: str, table: str) -> Iterator[RunReport]:
    """Show how far a run is, time it, and publish its report when it has succeeded.

    Args:
        spark: The session.
        database: Where the table of reports is.
        job: Name of the job.
        table: The table it works on.
    """
    report = RunReport(job=job, table_name=table, started_at=datetime.now(UTC))
    started = time.monotonic()
    with shown(spark, f"{job} {table}"):
        yield report
    report.seconds = time.monotonic() - started
    _measure(spark, report)
    _keep(spark, database, report)
    print(page(report))  # noqa: T201 (a job's log is its standard output)
    print(_metrics(report))  # noqa: T201


def table_name(database: str) -> str:
    """Name of the table of reports, with catalog and database."""
    return f"{CATALOG}.{database}.job_reports"


def page(report: RunReport) -> str:
    """The report as people read it."""
    lines = [f"{name:12} {value}" for name, value in msgspec.structs.asdict(report).items()]
    return "\n".join(["-" * 60, *lines, "-" * 60])


def _measure(spark: SparkSession, report: RunReport) -> None:
    files = spark.table(f"{report.table_name}.files")
    # A table that is not partitioned has no such column, and is one partition.
    partitions = "count(distinct partition)" if "partition" in files.columns else "1L"
    found = files.selectExpr("count(*)", "coalesce(sum(file_size_in_bytes), 0)", partitions).first()
    if found:
        report.files, report.bytes, report.partitions = found
    if "event_time" in spark.table(report.table_name).columns:
        latest = spark.table(report.table_name).selectExpr("unix_micros(max(event_time))").first()
        if latest and latest[0] is not None:
            report.watermark = datetime.fromtimestamp(latest[0] / 1e6, UTC)


def _keep(spark: SparkSession, database: str, report: RunReport) -> None:
    name = table_name(database)
    spark.sql(f"CREATE TABLE IF NOT EXISTS {name} ({_COLUMNS}) USING iceberg")
    row = tuple(msgspec.structs.asdict(report).values())
    spark.createDataFrame([row], _COLUMNS).writeTo(name).append()


def _metrics(report: RunReport) -> str:
    """The report in CloudWatch's embedded metric format."""
    measured = {
        "seconds": "Seconds",
        "rows_in": "Count",
        "rows_out": "Count",
        "files": "Count",
        "bytes": "Bytes",
    }
    directive = {
        "Namespace": _NAMESPACE,
        "Dimensions": [["job"]],
        "Metrics": [{"Name": name, "Unit": unit} for name, unit in measured.items()],
    }
    values = {name: getattr(report, name) for name in measured}
    stamp = {"Timestamp": int(report.started_at.timestamp() * 1000), "CloudWatchMetrics": [directive]}
    return json.dumps({"_aws": stamp, "job": report.job, **values})
