"""Two regions of a test's own, with a bucket each, and what copies objects between them as S3 does: in no order."""

import random
import uuid
from collections.abc import Iterable
from typing import Any

import pyarrow as pa
from msgspec.structs import replace

from feature_jobs.merging import Merging
from feature_jobs.replicate import Replication
from headwater import names
from headwater.environment import Environment
from headwater.offline.event_log import IcebergEventLog, open_glue_catalog
from headwater.offline.replica.reports import Report
from headwater.registry import Registry
from tests import servers
from tests.spark_places import REGISTRY

TABLE = "events_sales"


class Side:
    """A region with a bucket and a database.

    Args:
        name: Of the database, which both regions have.
        region: AWS region.
        endpoint_url: Of the emulator.
    """

    def __init__(self, name: str, region: str, endpoint_url: str) -> None:
        self.outputs: Environment = replace(
            servers.outputs(name, endpoint_url), region=region, bucket_name=f"{name}-{region}"
        )
        self.s3: Any = self.outputs.client("s3")
        place = {"LocationConstraint": region}
        self.s3.create_bucket(
            Bucket=self.bucket, **({} if region == "us-east-1" else {"CreateBucketConfiguration": place})
        )
        self.outputs.client("glue").create_database(DatabaseInput={"Name": name})
        self.catalog = open_glue_catalog(self.bucket, region=region, endpoint_url=endpoint_url)

    @property
    def bucket(self) -> str:
        """Name of the bucket."""
        return self.outputs.bucket_name

    def log(self, registry: Registry = REGISTRY) -> IcebergEventLog:
        """The event log, with its tables made."""
        log = IcebergEventLog(self.catalog, self.outputs.glue_database, registry)
        log.ensure_tables()
        return log

    def table(self, name: str = TABLE) -> Any:
        """A table as it is now."""
        return self.catalog.load_table((self.outputs.glue_database, name))

    def rows(self, name: str = TABLE, **scan: Any) -> pa.Table:
        """Rows of a table, in order."""
        found = self.table(name).scan(**scan).to_arrow()
        return found.sort_by([("shard", "ascending"), ("sequence", "ascending")])

    def sequences(self, **scan: Any) -> list[int]:
        """What is in the log."""
        return sorted(int(sequence) for sequence in self.rows(**scan)["sequence"].to_pylist())

    def listed(self, prefix: str = "") -> set[str]:
        """Keys of the objects of the bucket."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        return {item["Key"] for page in pages for item in page.get("Contents", [])}

    def empty(self) -> None:
        """Lose the bucket and the database."""
        self.lose_bucket()
        self.outputs.client("glue").delete_database(Name=self.outputs.glue_database)

    def lose_bucket(self) -> None:
        """Lose the bucket; the database still says what was there."""
        for key in self.listed():
            self.s3.delete_object(Bucket=self.bucket, Key=key)
        self.s3.delete_bucket(Bucket=self.bucket)


class Regions:
    """Two regions: tables are written in ``east``, and followed in ``west`` until they change places."""

    def __init__(self, endpoint_url: str) -> None:
        name = f"n{uuid.uuid4().hex[:12]}"
        self.east = Side(name, "us-east-1", endpoint_url)
        self.west = Side(name, "eu-west-1", endpoint_url)

    def waiting(self, source: Side, target: Side) -> list[str]:
        """Keys of objects that have not been copied yet, in order."""
        own = (names.warehouse_prefix(), names.replica_prefix(source.bucket))
        return sorted(key for key in source.listed() - target.listed() if key.startswith(own))

    def copy(self, source: Side, target: Side, keys: Iterable[str] | None = None) -> None:
        """Copy objects; all that wait, if none are named."""
        for key in self.waiting(source, target) if keys is None else keys:
            content = source.s3.get_object(Bucket=source.bucket, Key=key)["Body"].read()
            target.s3.put_object(Bucket=target.bucket, Key=key, Body=content)

    def copy_some(self, chance: random.Random, share: float) -> None:
        """Copy some of what waits in the east, whichever."""
        waiting = self.waiting(self.east, self.west)
        self.copy(self.east, self.west, chance.sample(waiting, int(len(waiting) * share)))

    def follow(
        self,
        *,
        back: bool = False,
        fail_back: bool = False,
        source_is_lost: bool = False,
        tables: Iterable[str] = (),
        registry: Registry = REGISTRY,
    ) -> dict[str, Report]:
        """Let the west follow the east, or the other way round; reports by table."""
        source, target = (self.west, self.east) if back else (self.east, self.west)
        merge = Merging(source.outputs, target.outputs, registry) if fail_back else None
        replication = Replication(source.outputs, target.outputs, source_is_lost=source_is_lost, merge=merge)
        return {name: replication.run(name) for name in replication.tables(tables)}
