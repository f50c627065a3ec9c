"""Training sets on one machine and on Spark, from the same Iceberg event log to Parquet files.

Both read the log, compute on the same cores and write what they found; Spark's session is up before. Then: how time
grows with events, from which size on Spark is the better choice, and what compaction does for who reads.
"""

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks import spark_crossover
from benchmarks.harness import RESULTS, Process, Side, UnequalError, in_turns, save, worker
from benchmarks.spark_plot import plot
from benchmarks.spark_side import ONE_MACHINE, SPARK, Work, side

GROWTH = (1_000_000, 3_000_000, 10_000_000, 30_000_000)
AHEAD = (100_000_000, 300_000_000, 1_000_000_000, 3_000_000_000)
_AS_OF = 10_000_000
_ONE_CORE = 10_000_000
"""Events for which Spark also runs on one core."""

_HEAP_MB = 4_096
"""Of Spark."""

_PART_MB = 1_024
"""Of the events at work on one machine: the two largest sizes take several parts."""

_ALONE = f"{SPARK}, one core"
_COMPACTED = (1_000_000, 500)
"""Events, and commits that brought them."""

_NOT_FEATURES = ("row", "event_time", "entity")


def bench(scale: float, scratch: Path) -> None:
    """Run the benchmark of Spark."""
    sizes = [max(round(events * scale), 1_000) for events in GROWTH]
    one_core = max(round(_ONE_CORE * scale), 1_000)
    growth = [_compared("window", events, scale, scratch, one_core=events == one_core) for events in sizes]
    found = [*growth, _compared("asof", max(round(_AS_OF * scale), 1_000), scale, scratch)]
    found.append(
        spark_crossover.crossover(
            growth,
            cores=os.cpu_count() or 1,
            machine_mb=psutil.virtual_memory().total / 2**20,
            ahead=[round(events * scale) for events in AHEAD],
        )
    )
    folder = scratch / "compaction"
    folder.mkdir()
    events, commits = (max(round(count * scale), 10) for count in _COMPACTED)
    found.append(compacted(folder, events=events, commits=commits))
    save("spark", found)
    plot(growth, found[-2], RESULTS / "spark.svg")
    _print(found)
    Console().print(f"Curve: {RESULTS / 'spark.svg'}")


def check(ours: Path, other: Path) -> None:
    """Compare two training sets: every row and feature.

    Raises:
        UnequalError: Rows or features are missing, or a value differs by more than 1e-9, of itself or of the size
            of what was summed.
    """
    rows = [pq.read_table(file, columns=["row"])["row"].to_numpy() for file in (ours, other)]
    orders = [np.argsort(row, kind="stable") for row in rows]
    if not np.array_equal(rows[0][orders[0]], rows[1][orders[1]]):
        raise UnequalError(f"{other.name}: its rows are not the label rows")
    features, others = (
        [name for name in pq.read_table(file).column_names if name not in _NOT_FEATURES]
        for file in (ours, other)
    )
    if features != others:
        raise UnequalError(f"{other.name}: its features are {others}, not {features}")
    for feature in features:
        left, right = (
            pq.read_table(file, columns=[feature])[feature].cast(pa.float64()).to_numpy()[order]
            for file, order in zip((ours, other), orders, strict=True)
        )
        same = np.isclose(left, right, rtol=1e-9, atol=1e-9, equal_nan=True)
        if not same.all():
            wrong = int(np.flatnonzero(~same)[0])
            raise UnequalError(f"{other.name}, {feature}, row {wrong}: {right[wrong]}, not {left[wrong]}")


def _compared(
    kind: str, events: int, scale: float, scratch: Path, *, one_core: bool = False
) -> dict[str, Any]:
    folder = scratch / f"{kind}-{events}"
    prepared = Side(f"{events:,} events", worker("benchmarks.spark_data", kind, str(events), str(folder)))
    _do(prepared, "run")
    cores = os.cpu_count() or 1
    # The largest runs take minutes; their noise is small beside that.
    rounds = 3 if events <= _AS_OF else 1
    work = Work(kind, folder, _HEAP_MB, cores)
    part_mb = max(round(_PART_MB * scale), 8)
    sides = [
        side(ONE_MACHINE, work._replace(memory_mb=part_mb), rounds=rounds),
        side(SPARK, work, rounds=rounds),
    ]
    if one_core:
        sides.append(side(_ALONE, work._replace(cores=1), rounds=rounds))
    load = os.getloadavg()[0]
    measured = in_turns(f"{kind}, {events:,} events", sides, check, folder)
    one, many = measured[ONE_MACHINE], measured[SPARK]
    shutil.rmtree(folder)
    return {
        "case": kind,
        "events": events,
        "labels": events // 10,
        "one_machine_seconds": one.seconds,
        "spark_seconds": many.seconds,
        "spark_one_core_seconds": measured[_ALONE].seconds if one_core else None,
        "ratio": many.seconds / one.seconds,
        "equal": True,  # or `check` had ended the run
        "one_machine_peak_rss_mb": one.peak_rss_mb,
        "spark_peak_rss_mb": many.peak_rss_mb,
        "one_machine_part_mb": part_mb,
        "spark_heap_mb": _HEAP_MB,
        "cores": cores,
        "rounds": rounds,
        "load_average_before": load,
    }


def _do(one: Side, command: str) -> None:
    with Progress(transient=True) as progress:
        progress.add_task(f"{one.name}: prepared", total=None)
        process = Process(one)
        try:
            process.ask(command)
        finally:
            process.close()


def compacted(folder: Path, *, events: int, commits: int) -> dict[str, Any]:
    """Have a log of many commits written, read, compacted and read again.

    Raises:
        UnequalError: Compaction changed how many rows there are.
    """
    arguments = (str(folder), str(events), str(commits), "3")
    process = Process(Side("compaction", worker("benchmarks.spark_compaction", *arguments)))
    answers = []
    with Progress(transient=True) as progress:
        task = progress.add_task("compaction", total=4)
        try:
            for command in ("write", "read", "compact", "read"):
                progress.update(task, description=f"compaction: {command}")
                process.ask(f"run {command}")
                process.ask(f"save {folder / 'answer.json'}")
                answers.append(json.loads((folder / "answer.json").read_text()))
                progress.advance(task)
        finally:
            process.close()
    _, before, done, after = answers
    if before["rows"] != after["rows"]:
        raise UnequalError(f"compaction: {after['rows']} rows, not {before['rows']}")
    return {
        "case": "compaction",
        "events": before["rows"],
        "commits": commits,
        "compaction_seconds": done["seconds"],
        **{
            f"{name}_{when}": read[of]
            for when, read in (("before", before), ("after", after))
            for name, of in (
                ("files", "files"),
                ("bytes", "bytes"),
                ("read_seconds", "spark_seconds"),
                ("one_machine_read_seconds", "one_machine_seconds"),
            )
        },
    }


def _print(found: Sequence[dict[str, Any]]) -> None:
    table = Table("case", "one machine", "Spark", "x as long", "Spark, one core", title="benchmark spark")
    for one in found:
        if "spark_seconds" in one:
            alone = one["spark_one_core_seconds"]
            table.add_row(
                f"{one['case']}, {one['events']:,} x {one['labels']:,}",
                f"{one['one_machine_seconds']:,.2f} s, {one['one_machine_peak_rss_mb']:,.0f} MB",
                f"{one['spark_seconds']:,.2f} s, {one['spark_peak_rss_mb']:,.0f} MB",
                f"{one['ratio']:.1f}",
                f"{alone:,.2f} s" if alone else "",
            )
        else:
            Console().print_json(json.dumps(one))
    Console().print(table)
