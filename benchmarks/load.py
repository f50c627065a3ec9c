"""Latency against load: lookups of 50 features from Redis at constant arrival rates, by one process.

Ours, the floor and Feast get the same rates, from hardly any load to more than each can bear.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks import peers
from benchmarks.harness import RESULTS, ROOT, Process, Side, save
from benchmarks.load_plot import plot
from benchmarks.load_side import FEATURES, capacity, offered, redis_side
from benchmarks.online_data import write_table
from tests import servers

_SHARES = (0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1)
_SECONDS = 8.0
_BEARABLE = 0.95
"""Once less of a load than this is answered, a side gets no higher one."""


def bench(scale: float, scratch: Path) -> None:
    """Run the load benchmark."""
    with ExitStack() as stack:
        port = stack.enter_context(servers.redis_server(scratch))
        sides = _sides(scratch, port)
        processes = {name: Process(side) for name, side in sides.items()}
        for process in processes.values():
            stack.callback(process.close)
        found = _measure(processes, max(_SECONDS * scale, 0.5), scratch)
    save("load", found)
    plot(found, RESULTS / "load.svg")
    _print(found)
    Console().print(f"Curve: {RESULTS / 'load.svg'}")


def _sides(scratch: Path, port: int) -> dict[str, Side]:
    file = scratch / "table.parquet"
    write_table(FEATURES, file)
    found = {name: redis_side(name, file, port) for name in ("ours", "floor")}
    if python := peers.feast_python():
        script = str(ROOT / "benchmarks" / "feast_online.py")
        arguments = (str(FEATURES), "1", "1", str(file), f"127.0.0.1:{port}")
        found["feast"] = Side("feast", [str(python), script, *arguments])
    return found


def _measure(processes: dict[str, Process], seconds: float, scratch: Path) -> list[dict[str, Any]]:
    with Progress(transient=True) as progress:
        task = progress.add_task("capacity", total=len(_SHARES) + 1)
        capacities = {name: capacity(name, process, scratch) for name, process in processes.items()}
        progress.advance(task)
        found = []
        bearing = dict(processes)
        for share in _SHARES:
            rate = share * capacities["ours"]
            progress.update(task, description=f"{rate:,.0f} lookups/s")
            for name, process in list(bearing.items()):
                one = offered(name, process, rate, seconds, scratch)
                found.append(one | {"capacity_per_s": capacities[name]})
                if one["answered_per_s"] < _BEARABLE * rate:
                    del bearing[name]
            progress.advance(task)
    return found


def _print(found: Sequence[dict[str, Any]]) -> None:
    table = Table("lookups/s", "side", "answered/s", "p50 ms", "p99 ms", "p99.9 ms", "failed")
    for one in found:
        times = [f"{one[name] / 1000:,.2f}" for name in ("p50_us", "p99_us", "p999_us")]
        table.add_row(
            f"{one['rate_per_s']:,.0f}",
            one["case"],
            f"{one['answered_per_s']:,.0f}",
            *times,
            str(one["failed"]),
        )
    Console().print(table)
