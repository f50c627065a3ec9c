"""The backfill: events of a log in, pages in Redis; beside raw pipelined writes of the same bytes."""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import redis

from benchmarks import harness
from benchmarks.harness import Case, Side, worker
from benchmarks.logs import ArrowLog
from benchmarks.stream import Contents, check, everything, pages_of, save
from benchmarks.transactions import START_US, definitions
from benchmarks.worker import serve
from feature_jobs.backfill import backfill
from headwater.offline.types import INSTANT
from headwater.online.redis import RedisStore
from headwater.windows import DAY_US
from tests.servers import redis_server

_EVENTS, _USERS, _DAYS = 1_000_000, 20_000, 7
_CUTOVER_US = START_US + _DAYS * DAY_US


def _log(events: int) -> ArrowLog:
    """Transactions of a week."""
    random = np.random.default_rng(7)
    times = START_US + np.sort(random.integers(0, _DAYS * DAY_US, events))
    users = random.integers(0, max(_USERS * events // _EVENTS, 1), events)
    return ArrowLog(
        pa.table(
            {
                "event_id": pa.array(np.arange(events).astype(str)),
                "event_time": pa.array(times, INSTANT),
                "arrival": pa.array(times, INSTANT),
                "user": pa.array(np.char.add("user-", users.astype(str))),
                "amount": random.uniform(1, 500, events).round(2),
            }
        )
    )


def _fill(log: ArrowLog, url: str) -> None:
    with redis.Redis.from_url(url, socket_timeout=60) as client:
        client.flushall()
    store = RedisStore.from_url(url, timeout_s=60)
    backfill(definitions(), log, [store], "bench", _CUTOVER_US)
    store.close()


def _ours(log: ArrowLog, url: str) -> Callable[[], Contents]:
    def run() -> Contents:
        _fill(log, url)
        return lambda: pages_of(url)

    return run


def _floor(log: ArrowLog, url: str) -> Callable[[], Contents]:
    _fill(log, url)
    kept = everything(url)

    def run() -> Contents:
        with redis.Redis.from_url(url, socket_timeout=60) as client:
            client.flushall()
            keys = list(kept)
            for start in range(0, len(keys), 2_000):
                pipeline = client.pipeline(transaction=False)
                for key in keys[start : start + 2_000]:
                    pipeline.set(key, kept[key], px=10**9)
                pipeline.execute()
        return lambda: pages_of(url)

    return run


def bench(scale: float, scratch: Path) -> None:
    """Run the backfill benchmark."""
    events = round(_EVENTS * scale)
    with redis_server(scratch) as port:
        arguments = (str(events), f"redis://127.0.0.1:{port}")
        case = Case(
            name=f"{events:,} events into Redis",
            ours=Side("ours", worker("benchmarks.backfill", "ours", *arguments)),
            floor=Side("floor", worker("benchmarks.backfill", "floor", *arguments)),
            peer=None,
            check=check,
            units=events,
        )
        harness.run("backfill", [case], scratch)


def _main(side: str, events: str, url: str) -> None:
    log = _log(int(events))
    serve((_ours if side == "ours" else _floor)(log, url), save)


if __name__ == "__main__":
    _main(*sys.argv[1:])
