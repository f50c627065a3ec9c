"""Catalogs of a test's own with a log of sales, for Spark and, where they are Glue's, for one machine."""

import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyspark.sql import SparkSession

from headwater.compiler import compile_services
from headwater.definitions import Aggregation, Entity, EventSource, FeatureService, FeatureView
from headwater.environment import Environment
from headwater.instants import to_us
from headwater.offline.event_log import IcebergEventLog, open_glue_catalog
from headwater.offline.spark.catalogs import CATALOG, glue_catalog, hadoop_catalog
from headwater.offline.spark.event_log import SparkEventLog
from headwater.offline.types import log_schema
from headwater.registry import Registry
from headwater.windows import Bounds
from tests import servers
from tests.spark import PREFIX, Frames

START = datetime(2024, 5, 1, tzinfo=UTC)
EVERYTHING = Bounds(0, to_us(datetime(2100, 1, 1, tzinfo=UTC)))


def sales_registry(window: str = "1h", buckets: int = 0, **more: str) -> Registry:
    """One view of counts, of a source with more columns."""
    view = FeatureView(
        name="sales",
        entity=Entity(name="shop", keys={"shop": "string"}),
        source=EventSource(
            name="sales",
            columns={"shop": "string", "amount": "float64", "due": "timestamp", **more},
            bucketed_by="shop" if buckets else None,
            buckets=buckets,
        ),
        features=[Aggregation(column=None, function="count", window=window)],
    )
    return compile_services([FeatureService(name="model", views=[view])])


REGISTRY = sales_registry()


def sales(count: int, *, first: int = 0) -> pa.Table:
    """Sales, one an hour, of one shop."""
    rows = [
        {
            "event_time": START + timedelta(hours=number, microseconds=1),
            "arrival": START + timedelta(hours=number, seconds=1),
            "event_id": f"e{number}",
            "shard": "s",
            "sequence": str(number),
            "shop": "é",
            "amount": number / 2,
            "due": START,
        }
        for number in range(first, first + count)
    ]
    return pa.Table.from_pylist(rows, schema=log_schema(REGISTRY.sources["sales"]))


class Place:
    """A catalog of a test's own, for Spark and, where it is Glue's, for one machine."""

    def __init__(self, spark: SparkSession, folder: Path, kind: str, endpoint_url: str) -> None:
        self.spark = spark
        self.frames = Frames(folder)
        self.namespace = f"n{uuid.uuid4().hex}"
        self.outputs = servers.outputs(self.namespace, endpoint_url)
        if kind == "glue":
            servers.client("s3", endpoint_url).create_bucket(Bucket=self.namespace)
            servers.client("glue", endpoint_url).create_database(DatabaseInput={"Name": self.namespace})
            settings = glue_catalog(self.outputs, prefix=PREFIX)
        else:
            settings = hadoop_catalog(str(folder / "warehouse"), prefix=PREFIX)
        # A session of its own: a catalog that was used keeps its settings.
        self.session = spark.newSession()
        for name, value in settings.items():
            if name.startswith("spark.sql.catalog"):
                self.session.conf.set(name, value)

    def log(self, registry: Registry = REGISTRY) -> SparkEventLog:
        """Spark's log, with its tables made."""
        log = SparkEventLog(self.session, self.namespace, registry)
        log.ensure_tables()
        return log

    def on_one_machine(self, registry: Registry = REGISTRY) -> IcebergEventLog:
        """The same log for one machine."""
        outputs: Environment = self.outputs
        catalog = open_glue_catalog(
            outputs.bucket_name, region=outputs.region, endpoint_url=outputs.endpoint_url
        )
        log = IcebergEventLog(catalog, self.namespace, registry)
        log.ensure_tables()
        return log

    def frame(self, table: pa.Table) -> Any:
        """A table as a data frame of this place's session."""
        return self.frames.to_spark(table, self.session)

    @property
    def table(self) -> str:
        """Name of the table, with catalog and database."""
        return f"{CATALOG}.{self.namespace}.events_sales"

    def sequences(self) -> list[int]:
        """What is in the log."""
        rows = self.session.table(self.table).select("sequence").collect()
        return sorted(int(row[0]) for row in rows)

    def files(self) -> int:
        """How many files the log has."""
        return int(self.session.table(f"{self.table}.files").count())
