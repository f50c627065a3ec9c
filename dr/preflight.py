"""Whether a region can take what it will get, asked before anybody is sent there."""

from typing import Any, NamedTuple

import redis

from dr.regions import Region
from headwater.online import watermark

MEMORY_SHARE = 0.75
"""Of a cache's memory; AWS asks to leave a quarter free."""


class Limits(NamedTuple):
    """What is asked for.

    Attributes:
        lag_s: Most that the copies may have been behind when the other region was last well.
        concurrency: Fewest executions that the stream function may run at once, where they are limited.
        writes_per_second: Fewest write units that the table must be ready for, where it says so.
    """

    lag_s: float = 5.0
    concurrency: int = 1
    writes_per_second: int = 100


class Check(NamedTuple):
    """One answer."""

    name: str
    found: str
    expected: str
    passed: bool


def check(region: Region, limits: Limits, well_until_s: float) -> list[Check]:
    """Ask the region that producers would go to.

    Args:
        region: That region.
        limits: What is asked of it.
        well_until_s: When the other one was last seen well, in seconds since the epoch.
    """
    return [
        concurrency(region, limits),
        *capacity(region, limits),
        lag(region, limits, well_until_s),
        *([_memory(region)] if region.outputs.redis_url else []),
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


def lag(region: Region, limits: Limits, well_until_s: float) -> Check:
    """How far the copies were behind when the other region was last well."""
    mark = watermark.read(region.table, region.outputs.environment)
    lag_s = None if mark is None else max(well_until_s - mark.arrival_us / 1e6, 0.0)
    return Check(
        "replication lag at the cut",
        "nothing was copied" if lag_s is None else f"{lag_s:.1f} s",
        f"at most {limits.lag_s:g} s",
        lag_s is not None and lag_s <= limits.lag_s,
    )


def _memory(region: Region) -> Check:
    with redis.Redis.from_url(region.outputs.redis_url, socket_timeout=1, socket_connect_timeout=1) as client:
        info: Any = client.info("memory")
    limit = info["maxmemory"] or info["total_system_memory"]
    share = info["used_memory"] / limit
    return Check("cache memory in use", f"{share:.0%}", f"at most {MEMORY_SHARE:.0%}", share <= MEMORY_SHARE)
