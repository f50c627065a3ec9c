"""What one lookup costs its processes, as a distribution: what the capacity planner is calibrated with.

Processor time is counted by thread and call, and of several parts of a run the least disturbed one is
kept, so that others on the machine count for little. Three programs answer the same lookups from the same
Redis: the library in a caller's process, the lookup function from its zip, and the server of `headwater
serve`. Then loads are offered to the library, for the planner's simulation to be held against, and beside each the same
load of work that needs neither Redis nor a second thread, for the machine to be told from the library.

At full size it rewrites ``cost/capacity/measured.json``, which is committed.
"""

import http.client
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import redis
from rich.console import Console
from rich.table import Table

from benchmarks.capacity_side import SHAPES, WARM_UP, body, fill, http_bytes
from benchmarks.coldstart import ENVIRONMENT
from benchmarks.harness import ROOT, Process, Side, save, worker
from benchmarks.load_side import FEATURES, offered, redis_side
from benchmarks.online_data import write_table
from headwater import registry
from headwater.online.http import LOOKUP_PATH
from infra.packaging.bundle import build_bundle
from tests import servers

MEASURED = ROOT / "cost" / "capacity" / "measured.json"
SCHEMA = "headwater-capacity/2"

_PAIR = re.compile(r"\[\s+([\d.]+),\s+([\d.]+)\s+\]")
"""A quantile, which is to stand on one line."""
_CALLS = 20_000
_PARTS = 4
_RUNS = 3
_SERVED = 3_000
_OVERLOAD = 50_000
"""Lookups a second, more than any process bears."""
_LOADS = (0.1, 0.3, 0.5, 0.7, 0.8)
"""Of what one process bears by the processor time of a lookup under overload."""
_SECONDS = 2.0
_TURNS = 7
"""Of each load, and of the control: enough for a median."""
_PROBABILITIES = [*range(0, 99, 2), *(99 + number / 10 for number in range(10)), 99.95, 99.99, 100]


def bench(scale: float, scratch: Path) -> None:
    """Run the benchmark."""
    calls = max(round(_CALLS * scale), 50)
    machine = _machine()
    with ExitStack() as stack:
        port = stack.enter_context(servers.redis_server(scratch))
        url = f"redis://127.0.0.1:{port}"
        found = {shape: _shape(shape, url, calls, scratch) for shape in SHAPES}
        loads = _open_loop(found["rows"], port, scale, scratch)
    result = {
        "schema": SCHEMA,
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine,
        "calls": calls,
        "shapes": found,
        "open_loop": loads,
    }
    save("capacity", [result])
    if scale >= 1:
        text = json.dumps(result, indent=1)
        MEASURED.write_text(_PAIR.sub(r"[\1, \2]", text) + "\n")
    _print(found, loads)


def _machine() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    model = next(iter(models), platform.machine())
    busy = os.getloadavg()[1]
    return f"{model}, {os.cpu_count()} cores with a load of {busy:.1f}, Python {platform.python_version()}"


def _shape(shape: str, url: str, calls: int, scratch: Path) -> dict[str, Any]:
    sizes = fill(shape, url)
    library, store_us = _library(shape, url, calls, scratch)
    api = _ask(shape, "api", url, calls, scratch)
    served_us = _served(shape, url, scratch)
    overhead_us = served_us - api["cpu_us"]["mean"]
    full_us = _under_overload(shape, url, scratch)
    return {
        **sizes,
        "contention": round(max(full_us / library["cpu_us"]["mean"], 1.0), 3),
        "http_bytes": http_bytes(shape, url),
        "store_cpu_us": round(store_us, 2),
        "library": library,
        "function": _function(shape, url, calls, scratch),
        "container": {
            "cpu_us": _shifted(api["cpu_us"], overhead_us),
            "wall_us": _shifted(api["wall_us"], overhead_us),
        },
    }


def _under_overload(shape: str, url: str, scratch: Path) -> float:
    """Processor time of a process a lookup, when its threads have more than they can do and are in each other's way."""
    process = Process(_side(shape, url, scratch))
    try:
        offered("ours", process, _OVERLOAD, 0.2, scratch)  # its warm-up
        before = process.cpu_s()
        found = offered("ours", process, _OVERLOAD, _SECONDS, scratch)
        answered: int = found["requests"] - found["never_began"] - found["failed"]
        return (process.cpu_s() - before) / answered * 1e6
    finally:
        process.close()


def _side(shape: str, url: str, scratch: Path) -> Side:
    if shape == "windows":
        return Side("ours", worker("benchmarks.online_ours", "tiles", "1", "1", url))
    file = scratch / "table.parquet"
    write_table(FEATURES, file)
    return redis_side("ours", file, int(url.rpartition(":")[2]))


def _library(shape: str, url: str, calls: int, scratch: Path) -> tuple[dict[str, Any], float]:
    """The library, and the processor time of the store a lookup; of several runs the least disturbed one."""
    found = []
    for _ in range(_RUNS):
        before = _store_cpu_s(url)
        timed = _ask(shape, "library", url, calls, scratch)
        found.append((timed, (_store_cpu_s(url) - before) / (calls + calls // WARM_UP) * 1e6))
    return min((timed for timed, _ in found), key=lambda timed: timed["cpu_us"]["mean"]), min(
        store_us for _, store_us in found
    )


def _ask(shape: str, kind: str, url: str, calls: int, scratch: Path) -> dict[str, Any]:
    process = Process(Side(kind, worker("benchmarks.capacity_side", kind, shape, url, str(calls))))
    try:
        process.ask("run")
        process.ask(f"save {scratch / kind}")
    finally:
        process.close()
    return _least_disturbed(json.loads((scratch / kind).read_text()))


def _function(shape: str, url: str, calls: int, scratch: Path) -> dict[str, Any]:
    """The handler as it is deployed, from its zip, with the registry of the shape."""
    code = scratch / f"function-{shape}"
    with zipfile.ZipFile(build_bundle("lookup", "local", ROOT).path) as archive:
        archive.extractall(code)
    (code / "registry.json").write_bytes(registry.dump(SHAPES[shape].registry()))
    answer = scratch / f"function-{shape}.json"
    script = str(ROOT / "benchmarks" / "capacity_function.py")
    asked = [body(user) for user in range(SHAPES[shape].users)]
    log = scratch / "function.log"
    with log.open("wb") as lines:
        subprocess.run(
            [sys.executable, script, str(code), str(calls), str(calls // WARM_UP), str(answer)],
            env=ENVIRONMENT | {"HEADWATER_REDIS_URL": url, "HEADWATER_ENVIRONMENT": shape},
            input=json.dumps(asked).encode(),
            stdout=lines,
            check=True,
            timeout=600,
        )
    return _least_disturbed(json.loads(answer.read_text())) | {
        "log_bytes": round(log.stat().st_size / (calls + calls // WARM_UP))
    }


def _served(shape: str, url: str, scratch: Path) -> float:
    """Mean processor time of the server a request, its sockets and threads included."""
    process = Process(Side("server", worker("benchmarks.capacity_side", "server", shape, url, "0")))
    file = scratch / "server"

    def state() -> dict[str, float]:
        process.ask("run")
        process.ask(f"save {file}")
        said: dict[str, float] = json.loads(file.read_text())
        return said

    try:
        # Kept open, as callers and load balancers do.
        connection = http.client.HTTPConnection("127.0.0.1", int(state()["port"]), timeout=10)
        bodies = [json.dumps(body(user)) for user in range(SHAPES[shape].users)]
        for number in range(100):
            _post(connection, bodies[number % len(bodies)])
        before = state()["cpu_s"]
        for number in range(_SERVED):
            _post(connection, bodies[number % len(bodies)])
        took_s = state()["cpu_s"] - before
        connection.close()
        return took_s / _SERVED * 1e6
    finally:
        process.close()


def _post(connection: http.client.HTTPConnection, content: str) -> None:
    connection.request("POST", LOOKUP_PATH, content)
    answer = connection.getresponse()
    said = answer.read()
    if answer.status != http.client.OK:
        raise RuntimeError(f"server: {answer.status}: {said.decode()}")


def _store_cpu_s(url: str) -> float:
    client: Any = redis.Redis.from_url(url)
    said = client.info("cpu")
    client.close()
    return float(said["used_cpu_user"] + said["used_cpu_sys"])


def _least_disturbed(times: dict[str, list[float]]) -> dict[str, Any]:
    """Of equal parts of a run the one with the least processor time: in others, other work was more in the way."""
    size = max(len(times["cpu_us"]) // _PARTS, 1)
    begins = range(0, size * _PARTS, size)
    best = min(begins, key=lambda begin: sum(times["cpu_us"][begin : begin + size]))
    return {name: _distribution(times[name][best : best + size]) for name in ("cpu_us", "wall_us")}


def _distribution(times_us: list[float]) -> dict[str, Any]:
    values = np.percentile(times_us, _PROBABILITIES)
    return {
        "mean": round(float(np.mean(times_us)), 2),
        "quantiles": [
            [round(p / 100, 4), round(float(v), 1)] for p, v in zip(_PROBABILITIES, values, strict=True)
        ],
    }


def _shifted(distribution: dict[str, Any], by_us: float) -> dict[str, Any]:
    return {
        "mean": round(distribution["mean"] + by_us, 2),
        "quantiles": [[p, round(value + by_us, 1)] for p, value in distribution["quantiles"]],
    }


def _open_loop(rows: dict[str, Any], port: int, scale: float, scratch: Path) -> list[dict[str, Any]]:
    """Loads that are offered to the library, in turns with one that only counts for as long: the control."""
    counting_us = rows["library"]["cpu_us"]["mean"]
    bearable = 1e6 / (counting_us * rows["contention"])
    seconds = max(_SECONDS * scale, 0.5)
    process = Process(_side("rows", f"redis://127.0.0.1:{port}", scratch))
    try:
        offered("ours", process, bearable * _LOADS[0], seconds, scratch)  # its warm-up
        found = []
        for load in _LOADS:
            rate = bearable * load
            machine_load = os.getloadavg()[0]
            turns = [
                (
                    offered("ours", process, rate, seconds, scratch),
                    offered("control", process, rate, seconds, scratch, counting_us=counting_us),
                )
                for _ in range(_TURNS)
            ]
            ours, control = ([each[side] for each in turns] for side in (0, 1))
            found.append(
                {
                    "machine_load": round(machine_load, 1),
                    "rate_per_s": round(rate, 1),
                    **_medians(ours, ("answered_per_s", "p50_us", "p99_us", "p999_us")),
                    "worst_p99_us": round(max(each["p99_us"] for each in ours), 1),
                    "control": _medians(control, ("p50_us", "p99_us", "p999_us")),
                }
            )
        return found
    finally:
        process.close()


def _medians(turns: Sequence[dict[str, Any]], names: Sequence[str]) -> dict[str, float]:
    """Of each figure its median over the turns, so that one turn in which others were in the way is not all that is seen."""
    return {name: round(statistics.median(each[name] for each in turns), 1) for name in names}


def _print(found: dict[str, Any], loads: list[dict[str, Any]]) -> None:
    table = Table("shape", "program", "processor µs", "p99", "wall µs", "store's processor µs")
    for shape, each in found.items():
        for program in ("library", "function", "container"):
            cpu, wall = each[program]["cpu_us"], each[program]["wall_us"]
            p99 = dict(map(tuple, cpu["quantiles"]))[0.99]
            table.add_row(
                shape,
                program,
                f"{cpu['mean']:,.0f}",
                f"{p99:,.0f}",
                f"{wall['mean']:,.0f}",
                f"{each['store_cpu_us']:,.1f}",
            )
    Console().print(table)
    Console().print(loads)
