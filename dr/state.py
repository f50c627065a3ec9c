"""How a region is: what whoever decides about a failover looks at, asked of it now."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from dr import plain_caches
from dr.cache_group import CacheGroup
from dr.global_datastore import member
from dr.regions import Region
from headwater.errors import HeadwaterError
from headwater.online import watermark
from headwater.stream import pointer
from headwater.stream.cloudwatch import Metric, highest

Answer = TypeVar("Answer")
_RECENT_S = 15 * 60


class State(msgspec.Struct, kw_only=True):
    """One region. What could not be asked is None and stands in `unknown`, with why.

    Attributes:
        region: Its name.
        pointer_region: Where producers write, as this region's table says.
        pointer_epoch: Epoch of that.
        pointer_open: Whether they may.
        stores: Whether each online store answers.
        last_event_s: Seconds since the newest event arrived of which the table has heard, by any region's stream.
        cache: ``primary``, ``replica``, ``alone`` or ``none``.
        table: Status of the table here.
        replicas: Status of its replicas elsewhere, by region.
        lag_ms: How long writes here take to be in each other region: the highest of the last minutes.
        backlog_s: How old the oldest event is that the stream function has not applied.
        unknown: What could not be asked, and why.
    """

    region: str
    pointer_region: str | None = None
    pointer_epoch: int | None = None
    pointer_open: bool | None = None
    stores: dict[str, bool] = {}
    last_event_s: float | None = None
    cache: str | None = None
    table: str | None = None
    replicas: dict[str, str] = {}
    lag_ms: dict[str, float] = {}
    backlog_s: float | None = None
    unknown: dict[str, str] = {}


def of(region: Region) -> State:
    """Ask a region; what does not answer is told in its place."""
    found = State(region=region.name)
    _asked(found, "pointer", lambda: _pointer(region, found))
    for store in region.stores:
        answers = _asked(found, store.name, lambda store=store: watermark.read(store, _environment(region)))  # type: ignore[misc]
        found.stores[store.name] = answers
    _asked(found, "last_event_s", lambda: _last_event(region, found))
    _asked(found, "cache", lambda: _cache(region, found))
    if _asked(found, "table", lambda: _table(region, found)):
        _asked(found, "lag_ms", lambda: _lag(region, found))
    _asked(found, "backlog_s", lambda: _backlog(region, found))
    return found


def _asked(found: State, what: str, ask: Callable[[], object]) -> bool:
    try:
        ask()
    except (HeadwaterError, BotoCoreError, ClientError) as error:
        found.unknown[what] = str(error)
        return False
    return True


def _pointer(region: Region, found: State) -> None:
    standing = pointer.read({region.name: region.table}, _environment(region))
    if standing is None:
        found.unknown["pointer"] = "none is set"
        return
    found.pointer_region, found.pointer_epoch, found.pointer_open = (
        standing.region,
        standing.epoch,
        standing.open,
    )


def _last_event(region: Region, found: State) -> None:
    mark = watermark.read(region.table, _environment(region))
    if mark is None:
        found.unknown["last_event_s"] = "no event was applied"
        return
    found.last_event_s = round(time.time() - mark.arrival_us / 1e6, 3)


def _cache(region: Region, found: State) -> None:
    if not region.has_cache:
        found.cache = "none"
    elif region.is_local:
        found.cache = plain_caches.role(region)
    elif not region.outputs.cache_group_name:
        found.cache = "alone"
    else:
        described = CacheGroup(region).described()
        role = "" if described is None else member(described)[1]
        found.cache = (
            "none" if described is None else {"PRIMARY": "primary", "SECONDARY": "replica"}.get(role, "alone")
        )


def _table(region: Region, found: State) -> None:
    table: dict[str, Any] = region.client("dynamodb").describe_table(
        TableName=region.outputs.online_table_name
    )["Table"]
    found.table = table["TableStatus"]
    found.replicas = {
        each["RegionName"]: each.get("ReplicaStatus", "unknown") for each in table.get("Replicas", [])
    }


def _lag(region: Region, found: State) -> None:
    others = [name for name in found.replicas if name != region.name]
    if region.is_local or not others:
        return
    table = {"TableName": region.outputs.online_table_name}
    metrics = {
        f"lag{place}": Metric("AWS/DynamoDB", "ReplicationLatency", {**table, "ReceivingRegion": name})
        for place, name in enumerate(others)
    }
    values = highest(region.client("cloudwatch"), metrics, time.time(), _RECENT_S)
    found.lag_ms = {
        name: values[f"lag{place}"] for place, name in enumerate(others) if f"lag{place}" in values
    }


def _backlog(region: Region, found: State) -> None:
    if region.is_local:
        found.backlog_s = _unapplied_s(region)
        return
    function = {"FunctionName": region.outputs.stream_function_name}
    age = {"age": Metric("AWS/Lambda", "IteratorAge", function)}
    values = highest(region.client("cloudwatch"), age, time.time(), _RECENT_S)
    if "age" not in values:
        found.unknown["backlog_s"] = f"the stream function read nothing for {_RECENT_S // 60} minutes"
        return
    found.backlog_s = values["age"] / 1000


def _unapplied_s(region: Region) -> float:
    """Of an emulator, which measures nothing: how old the oldest record is that the table has not heard of."""
    mark = watermark.read(region.table, _environment(region))
    positions = mark.positions if mark else {}
    waiting = [
        record.arrival_us
        for record in region.stream.records()
        if record.sequence > int(positions.get(record.shard, "-1"))
    ]
    return round(time.time() - min(waiting) / 1e6, 3) if waiting else 0.0


def _environment(region: Region) -> str:
    return region.outputs.environment
