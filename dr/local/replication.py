"""Copies tables and buckets between two local regions, which emulators in processes of their own do not.

A table is copied as a global table is: key by key, in both directions, the last write wins, and never in the same
instant. How late, and whether at all, is set by the drill. Caches copy themselves.
"""

import heapq
import random
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from dr.regions import Region
from headwater import names

_POLL_S = 0.1
_BUCKET_POLL_S = 1.0
_AGAIN_S = 0.05
_FAILED_S = 0.3
_PREFIXES = (names.landing_prefix(), names.warehouse_prefix(), names.replicas_prefix())
"""Below which no object is ever written over."""

Item = dict[str, Any]


class Settings:
    """How one direction behaves; changed while it runs.

    Attributes:
        lag_s: Least age of a write when it is copied.
        lost_share: Of writes, those that are never copied.
        stalled: Whether nothing is copied for the time being.
        cut: Whether nothing can be copied, because the regions do not reach one another.
    """

    def __init__(self, lag_s: float, lost_share: float = 0.0) -> None:
        self.lag_s = lag_s
        self.lost_share = lost_share
        self.stalled = False
        self.cut = False


class Written(NamedTuple):
    """The last write of a key that is known in a region.

    Attributes:
        at_ms: When it was written where it was written.
        item: What.
        here: Whether it was written in this region, rather than copied to it.
    """

    at_ms: int
    item: Item
    here: bool


class _Due(NamedTuple):
    at_s: float
    number: int
    key: str
    write: Written


class TableCopy:
    """One direction of a table's replication.

    Args:
        source: Region whose writes are copied, as it is seen from inside: a write is dated when and where it is
            written, and not when it can be copied.
        target: Region they are copied to.
        settings: How.
        known: What is known of each region's last writes; shared by both directions.
        tried: By target region, the last copy of each key that was sent there; shared, too.
        delivered: By source region and key, when the last write was written that reached the other; shared, too.
        conflicts: Keys that both regions have written without knowing of the other's write; added to.
        lock: Held while either direction reads or writes, so that a copy is not taken for a write.
    """

    def __init__(
        self,
        source: Region,
        target: Region,
        settings: Settings,
        known: dict[str, dict[str, Written]],
        tried: dict[str, dict[str, Written]],
        delivered: dict[str, dict[str, int]],
        conflicts: set[str],
        lock: threading.Lock,
    ) -> None:
        self.settings = settings
        self._source = source
        self._target = target
        self._known = known
        self._tried = tried
        self._delivered = delivered
        self._conflicts = conflicts
        self._lock = lock
        self._scan = source.client("dynamodb").get_paginator("scan")
        self._dynamodb = target.client("dynamodb")
        self._due: list[_Due] = []
        self._number = 0
        self._chance = random.Random(7)  # noqa: S311 (not for secrets)
        self.begun = self.read = self.done = 0
        """Times that the table was begun to be read, was read to its end, and all of that was copied."""

    def forget_due(self) -> None:
        """Drop what was on its way: it is lost with its region."""
        self._due.clear()

    def step(self) -> None:
        """Read what was written, and copy what is due."""
        with self._lock:
            self._read()
        if self.settings.stalled or self.settings.cut:
            return
        waiting = self._due_now()
        try:
            for key in list(waiting):
                with self._lock:
                    is_done = self._copy(key, waiting[key].write)
                due = waiting.pop(key)
                if not is_done:
                    # In a later step, after both directions have read once more.
                    heapq.heappush(self._due, due._replace(at_s=time.time() + _AGAIN_S))
        finally:
            for due in waiting.values():
                heapq.heappush(self._due, due)
        if not self._due:
            self.done = self.read

    def _due_now(self) -> dict[str, _Due]:
        """The last write of each key that is due; those before it would only be written over."""
        now_s = time.time()
        found: dict[str, _Due] = {}
        while self._due and self._due[0].at_s <= now_s:
            due = heapq.heappop(self._due)
            if due.key not in found or found[due.key].number < due.number:
                found[due.key] = due
        return found

    def _read(self) -> None:
        """Find what was written since the last time.

        The table is read whole: the emulator's stream of changes leaves out what PartiQL writes. A write counts as
        written when it is seen.
        """
        self.begun += 1
        known, tried = self._known[self._source.name], self._tried[self._source.name]
        for page in self._scan.paginate(
            TableName=self._source.outputs.online_table_name, ConsistentRead=True
        ):
            for item in page["Items"]:
                key = item["k"]["S"]
                if key in known and known[key].item == item:
                    continue
                if key in tried and tried[key].item == item:
                    known[key] = tried[key]
                    continue
                known[key] = write = Written(round(time.time() * 1000), item, here=True)
                if self._chance.random() >= self.settings.lost_share:
                    self._number += 1
                    due = _Due(write.at_ms / 1000 + self.settings.lag_s, self._number, key, write)
                    heapq.heappush(self._due, due)
        self.read = self.begun

    def _copy(self, key: str, write: Written) -> bool:
        """Copy one write; False: the target's own last write is not known yet."""
        known = self._known[self._target.name].get(key)
        if known is not None and known.item == write.item:
            self._delivered[self._source.name][key] = write.at_ms
            return True
        if known is not None and known.at_ms > write.at_ms:
            if known.here:
                self._conflicts.add(key)
            return True
        condition = "attribute_not_exists(k)" if known is None else "r = :r"
        values = {} if known is None else {"ExpressionAttributeValues": {":r": known.item["r"]}}
        # Before it is written: if no answer comes, it may have been, and must not be taken for the target's own.
        copy = write._replace(here=False)
        self._tried[self._target.name][key] = copy
        try:
            self._dynamodb.put_item(
                TableName=self._target.outputs.online_table_name,
                Item=write.item,
                ConditionExpression=condition,
                **values,
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return False
        self._known[self._target.name][key] = copy
        self._delivered[self._source.name][key] = write.at_ms
        if known is not None and known.here:
            heard = self._delivered[self._target.name].get(key, 0)
            if heard < known.at_ms:
                self._conflicts.add(key)
        return True


class BucketCopy:
    """One direction of a bucket's replication: what is archived, and the files of tables.

    Versions are copied, and no marks of deletion: what a job has removed meanwhile still arrives.

    Args:
        source: Region whose objects are copied.
        target: Region they are copied to.
        settings: How.
        copied: Keys that are copies, by region; shared by both directions.
    """

    def __init__(
        self, source: Region, target: Region, settings: Settings, copied: dict[str, set[str]]
    ) -> None:
        self.settings = settings
        self._source = source
        self._target = target
        self._copied = copied
        self._s3 = source.client("s3")

    def step(self) -> None:
        """Copy what is due."""
        if self.settings.stalled:
            return
        bucket = self._source.outputs.bucket_name
        done = self._copied[self._target.name] | self._copied[self._source.name]
        for page in self._s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            for found in page.get("Versions", []):
                key = found["Key"]
                is_due = found["LastModified"].timestamp() + self.settings.lag_s <= time.time()
                if key.startswith(_PREFIXES) and key not in done and is_due:
                    version = self._s3.get_object(Bucket=bucket, Key=key, VersionId=found["VersionId"])
                    self._target.bucket.put(key, version["Body"].read())
                    self._copied[self._target.name].add(key)


class Replication:
    """Both directions of everything, on threads, until it is closed.

    Args:
        one: A region.
        other: The other.
        inside: Both as they are seen from inside, by name.
        table: How the table's directions behave, by source region.
        bucket: How the bucket's do.
    """

    def __init__(
        self,
        one: Region,
        other: Region,
        inside: Mapping[str, Region],
        table: dict[str, Settings],
        bucket: dict[str, Settings],
    ) -> None:
        self.conflicts: set[str] = set()
        self.table = table
        self.bucket = bucket
        known: dict[str, dict[str, Written]] = {one.name: {}, other.name: {}}
        tried: dict[str, dict[str, Written]] = {one.name: {}, other.name: {}}
        delivered: dict[str, dict[str, int]] = {one.name: {}, other.name: {}}
        copied: dict[str, set[str]] = {one.name: set(), other.name: set()}
        lock = threading.Lock()
        pairs = ((one, other), (other, one))
        self._tables = {
            source.name: TableCopy(
                inside[source.name],
                target,
                table[source.name],
                known,
                tried,
                delivered,
                self.conflicts,
                lock,
            )
            for source, target in pairs
        }
        buckets = [BucketCopy(source, target, bucket[source.name], copied) for source, target in pairs]
        self._ended = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(copy.step, _POLL_S)) for copy in self._tables.values()
        ] + [threading.Thread(target=self._run, args=(copy.step, _BUCKET_POLL_S)) for copy in buckets]

    def start(self) -> None:
        """Begin to copy."""
        for thread in self._threads:
            thread.start()

    def lose(self, region: str) -> None:
        """Drop what was on its way out of a region that is lost."""
        self.table[region].stalled = True
        self.bucket[region].stalled = True
        self._tables[region].forget_due()

    def has_dated(self, region: str) -> Callable[[], bool]:
        """Tells, asked later, whether all that was written in a region until now has its date.

        A write is dated when it is seen. One that is seen only after a later one of the other region would win.
        """
        copy = self._tables[region]
        begun = copy.begun
        return lambda: copy.read > begun

    def has_copied(self, region: str) -> Callable[[], bool]:
        """Tells, asked later, whether all that was written in a region until now is in the other, or is older there."""
        copy = self._tables[region]
        begun = copy.begun
        return lambda: copy.done > begun

    def close(self) -> None:
        """Stop copying."""
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _run(self, step: Callable[[], None], pause_s: float) -> None:
        while not self._ended.is_set():
            try:
                step()
            except (BotoCoreError, ClientError):
                # A region does not answer; what waits is copied when it does.
                self._ended.wait(_FAILED_S)
            self._ended.wait(pause_s)
