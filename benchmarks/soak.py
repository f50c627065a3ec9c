"""Soak: half of what a process can bear, for long, while rows change and every connection is cut once.

What it looks for: latency or memory that grow with time, and lookups that fail.
"""

import itertools
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import redis
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks.harness import Process, save
from benchmarks.load_side import FEATURES, capacity, offered, redis_side
from benchmarks.online_data import rows, table_events, write_table
from benchmarks.online_ours import write
from headwater.online.redis import RedisStore
from tests import servers

_SLICES = 12
_SECONDS = 10.0
_WRITTEN_AT_ONCE = 50
_PAUSE_S = 0.1


def bench(scale: float, scratch: Path) -> None:
    """Run the soak."""
    file = scratch / "table.parquet"
    write_table(FEATURES, file)
    seconds = max(_SECONDS * scale, 0.5)
    found = []
    with ExitStack() as stack:
        port = stack.enter_context(servers.redis_server(scratch))
        process = Process(redis_side("ours", file, port))
        stack.callback(process.close)
        rate = capacity("ours", process, scratch) / 2
        stack.enter_context(_writing(file, port))
        with Progress(transient=True) as progress:
            for number in progress.track(range(_SLICES), description=f"{rate:,.0f} lookups/s"):
                if number == _SLICES // 2:
                    threading.Timer(seconds / 2, _cut, [port]).start()
                found.append(_slice(process, rate, seconds, scratch))
    save("soak", found)
    _print(found)


def _slice(process: Process, rate: float, seconds: float, scratch: Path) -> dict[str, Any]:
    one = offered("ours", process, rate, seconds, scratch)
    return one | {"rss_mb": process.rss_mb()}


def _cut(port: int) -> None:
    with redis.Redis(port=port) as client:
        client.client_kill_filter(_type="normal", skipme=True)


@contextmanager
def _writing(file: Path, port: int) -> Iterator[None]:
    """Write the same rows again and again, as new events, as the stream does."""
    registry = rows(FEATURES)
    events = table_events(FEATURES, file)
    ended = threading.Event()

    def work() -> None:
        store = RedisStore.from_url(f"redis://127.0.0.1:{port}", timeout_s=10)
        for number in itertools.count():
            start = number * _WRITTEN_AT_ONCE % len(events)
            batch = [
                event._replace(
                    event_id=f"{event.event_id}-{number}", sequence=len(events) * (number + 1) + place
                )
                for place, event in enumerate(events[start : start + _WRITTEN_AT_ONCE])
            ]
            write(registry, store, f"b{FEATURES}", batch)
            if ended.wait(_PAUSE_S):
                return

    writer = threading.Thread(target=work)
    writer.start()
    try:
        yield
    finally:
        ended.set()
        writer.join()


def _print(found: list[dict[str, Any]]) -> None:
    table = Table("slice", "answered/s", "p50 ms", "p99 ms", "p99.9 ms", "max ms", "failed", "memory MB")
    for number, one in enumerate(found, start=1):
        times = [f"{one[name] / 1000:,.2f}" for name in ("p50_us", "p99_us", "p999_us", "max_us")]
        table.add_row(
            str(number), f"{one['answered_per_s']:,.0f}", *times, str(one["failed"]), f"{one['rss_mb']:,.1f}"
        )
    Console().print(table)
