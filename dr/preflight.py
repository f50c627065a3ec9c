"""Whether a region can take what it will get, asked before anybody is sent there."""

import time
from typing import Any

import redis

from dr import caches
from dr.checks import Check, asked
from dr.headroom import Headroom
from dr.limits import Limits
from dr.regions import Region
from headwater.online import watermark
from headwater.online.stores import OnlineStore
from headwater.stream import pointer

_LATER_S = 300.0
"""Copies that are newer than this show that the other region was well for longer than was said."""

_POINTER, _LAG = "where producers write", "replication lag at the cut"


def check(left: Region, taken: Region, limits: Limits, well_until_s: float) -> list[Check]:
    """Ask the region that producers would go to, and the other one what it had; nothing raises, what fails is told.

    Args:
        left: The region that is lost, or left.
        taken: The region that goes on.
        limits: What is asked of it.
        well_until_s: When the other one was last seen well, in seconds since the epoch.
    """
    here = _local(taken, limits) if taken.is_local else Headroom(left, taken, limits, well_until_s).checks()
    return [
        *asked(_POINTER, left.name, lambda: [_pointer(left, taken)]),
        *here,
        *asked(
            _LAG,
            _lag_limit(limits),
            lambda: [lag(store, taken, limits, well_until_s) for store in copied(left, taken)],
        ),
    ]


def copied(left: Region, taken: Region) -> list[OnlineStore]:
    """Stores of a region that are copies of the other's by themselves; a cache apart is filled when it is needed.

    Raises:
        FailoverError: The regions do not fit together.
    """
    return taken.stores if caches.of(left, taken).replicate else [taken.table]


def _pointer(left: Region, taken: Region) -> Check:
    """Whether producers write to the region that they are to be moved from."""
    found = pointer.read({taken.name: taken.table, left.name: left.table}, taken.outputs.environment)
    region = "" if found is None else found.region
    return Check(
        _POINTER,
        "nowhere" if found is None else f"{region}, epoch {found.epoch}",
        left.name,
        region == left.name,
    )


def _local(region: Region, limits: Limits) -> list[Check]:
    """What an emulator can say; it has neither quotas nor metrics."""
    return [
        *asked("stream function's concurrency", "an answer", lambda: [concurrency(region, limits)]),
        *asked("table", "an answer", lambda: capacity(region, limits)),
        *(
            asked("cache memory in use", "an answer", lambda: [_memory(region, limits)])
            if region.has_cache
            else []
        ),
    ]


def concurrency(region: Region, limits: Limits) -> Check:
    """Whether the stream function may run at all."""
    answer = region.client("lambda").get_function_concurrency(
        FunctionName=region.outputs.stream_function_name
    )
    reserved = answer.get("ReservedConcurrentExecutions")
    return Check(
        "stream function's concurrency",
        "not limited" if reserved is None else str(reserved),
        f"at least {limits.concurrency}",
        reserved is None or reserved >= limits.concurrency,
    )


def capacity(region: Region, limits: Limits) -> list[Check]:
    """Whether the table is there and, where it says so, warm."""
    table: dict[str, Any] = region.client("dynamodb").describe_table(
        TableName=region.outputs.online_table_name
    )["Table"]
    found = [Check("table", table["TableStatus"], "ACTIVE", table["TableStatus"] == "ACTIVE")]
    writes = table.get("WarmThroughput", {}).get("WriteUnitsPerSecond")
    # Nothing, or zero, where the table does not say, as in the emulator.
    if writes:
        found.append(
            Check(
                "table's warm writes",
                f"{writes}/s",
                f"at least {limits.writes_per_second}/s",
                writes >= limits.writes_per_second,
            )
        )
    return found


def newest_s(region: Region) -> float:
    """When the newest event came that a region's table has, in seconds since the epoch; now, if it has none.

    Raises:
        UnavailableError: The table does not answer.
    """
    mark = watermark.read(region.table, region.outputs.environment)
    return time.time() if mark is None else mark.arrival_us / 1e6


def lag(store: OnlineStore, region: Region, limits: Limits, well_until_s: float) -> Check:
    """How far a store's copies were behind when the other region was last well."""
    name = f"{_LAG}, {store.name}"
    mark = watermark.read(store, region.outputs.environment)
    if mark is None:
        return Check(name, "nothing was copied", _lag_limit(limits), False)
    behind_s = well_until_s - mark.arrival_us / 1e6
    if behind_s < -_LATER_S:
        found = f"events that came {-behind_s:.0f} s after the other region is said to have been well"
        return Check(name, found, f"at most {_LATER_S:.0f} s; see --well-until", False)
    behind_s = max(behind_s, 0.0)
    return Check(name, f"{behind_s:.1f} s", _lag_limit(limits), behind_s <= limits.lag_s)


def _lag_limit(limits: Limits) -> str:
    return f"at most {limits.lag_s:g} s"


def _memory(region: Region, limits: Limits) -> Check:
    most = f"at most {limits.memory_share:.0%}"
    try:
        with redis.Redis.from_url(
            region.outputs.redis_url, socket_timeout=1, socket_connect_timeout=1
        ) as client:
            info: Any = client.info("memory")
    except redis.RedisError as error:
        return Check("cache memory in use", f"could not be asked: {error}", most, False)
    share = info["used_memory"] / (info["maxmemory"] or info["total_system_memory"])
    return Check("cache memory in use", f"{share:.0%}", most, share <= limits.memory_share)
