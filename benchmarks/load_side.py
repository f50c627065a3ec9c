"""Offers load to a side of the online benchmark, and says what came of it."""

import json
import statistics
from pathlib import Path
from typing import Any

from benchmarks.harness import Process, Side, worker

FEATURES = 50
_OVERLOAD = 50_000
"""More lookups a second than any side can bear: what it answers of them is its capacity."""


def redis_side(name: str, file: Path, port: int) -> Side:
    """Ours or the floor, on Redis."""
    arguments = ("rows", "1", "1", str(FEATURES), str(file), f"redis://127.0.0.1:{port}")
    return Side(name, worker("benchmarks.online_ours", *arguments))


def capacity(name: str, process: Process, scratch: Path) -> float:
    """Lookups per second that a side answers when it gets more than it can bear."""
    offered(name, process, _OVERLOAD, 0.2, scratch)  # its warm-up
    answered: float = offered(name, process, _OVERLOAD, 0.2, scratch)["answered_per_s"]
    return answered


def offered(
    name: str,
    process: Process,
    rate: float,
    seconds: float,
    scratch: Path,
    *,
    counting_us: float | None = None,
) -> dict[str, Any]:
    """Offer a load to a side.

    Args:
        name: ``ours``, ``floor``, ``control`` or ``feast``.
        process: Its worker.
        rate: Lookups due per second.
        seconds: How long.
        scratch: For its answer.
        counting_us: Of the control: how long each takes its processor.
    """
    of = "" if name == "feast" else f"{name} "
    more = "" if counting_us is None else f" {counting_us}"
    process.ask(f"run {of}{rate} {seconds}{more}")
    file = scratch / f"{name}.json"
    process.ask(f"save {file}")
    return summary(name, json.loads(file.read_text()))


def summary(name: str, offered: dict[str, Any]) -> dict[str, Any]:
    """Percentiles of a load, with what was never begun counted as long as it had waited."""
    latencies = offered["latencies_us"]
    cuts = (
        statistics.quantiles(latencies, n=1000, method="inclusive") if len(latencies) > 1 else latencies * 999
    )
    answered = len(latencies) - offered["never_began"] - len(offered["failures"])
    return {
        "case": name,
        "rate_per_s": offered["rate"],
        "answered_per_s": answered / offered["seconds"],
        "p50_us": cuts[499],
        "p99_us": cuts[989],
        "p999_us": cuts[998],
        "max_us": max(latencies),
        "requests": len(latencies),
        "never_began": offered["never_began"],
        "failed": len(offered["failures"]),
        "first_failure": (offered["failures"] or [None])[0],
    }
