"""What compaction does for readers: an event log of many small commits, read before and after upkeep."""

import statistics
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from pyspark.sql import SparkSession

from benchmarks.offline_data import DAYS, START_US
from benchmarks.spark_data import (
    SOURCE,
    columns_of,
    data_files,
    events,
    one_machine_log,
    session,
    spark_log,
)
from benchmarks.worker import save_json, serve
from headwater.offline.spark.upkeep import IcebergUpkeep
from headwater.windows import DAY_US, Bounds

KIND = "window"
_READ = ["event_time", "arrival", "event_id", "entity", *columns_of(KIND)]
_EVERYTHING = Bounds(START_US - 1, START_US + DAYS * DAY_US)


def write_commits(spark: SparkSession, folder: Path, *, count: int, commits: int) -> None:
    """Append events in the order in which they arrived, a commit after the other."""
    log = spark_log(spark, KIND)
    log.ensure_tables()
    random = np.random.default_rng(7)
    made = events(KIND, count, first=0, random=random, entities=max(count // 100, 1)).sort_by("arrival")
    piece = folder / "piece.parquet"
    for number in range(commits):
        first, end = (count * edge // commits for edge in (number, number + 1))
        pq.write_table(made.slice(first, end - first).sort_by("event_time"), piece)
        frame = spark.read.parquet(str(piece))
        # One task has them in order, so it writes a file for each day.
        frame.coalesce(1).writeTo(log.name_of(SOURCE)).option("distribution-mode", "none").append()


def read_by_spark(spark: SparkSession) -> None:
    """Read the columns of a training set, every row of them."""
    frame = spark_log(spark, KIND).read(SOURCE, _READ, _EVERYTHING)
    frame.write.format("noop").mode("overwrite").save()


def read_by_one_machine(folder: Path) -> int:
    """The same; gives how many rows there are."""
    return int(one_machine_log(folder, KIND).read(SOURCE, _READ, _EVERYTHING).num_rows)


def _median_s(read: Callable[[], object], rounds: int) -> float:
    read()  # warms up
    seconds = []
    for _ in range(rounds):
        started = time.perf_counter()
        read()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


def commands(
    folder: Path, *, count: int, commits: int, rounds: int
) -> Mapping[str, Callable[[], dict[str, Any]]]:
    """What the worker can be told to do, by name; each gives what came of it."""
    spark = session(folder, cores=2, memory_mb=3_000)

    def write() -> dict[str, Any]:
        write_commits(spark, folder, count=count, commits=commits)
        return {}

    def compact() -> dict[str, Any]:
        table = spark_log(spark, KIND).name_of(SOURCE)
        started = time.perf_counter()
        # Its old snapshots go too, as they would in days.
        done = IcebergUpkeep(spark).run(
            table, now_ms=int(time.time() * 1000), keep_ms=0, keep_snapshots=1, min_files=2
        )
        return done._asdict() | {"seconds": time.perf_counter() - started}

    def read() -> dict[str, Any]:
        files, size = data_files(folder)
        return {
            "rows": read_by_one_machine(folder),
            "files": files,
            "bytes": size,
            "spark_seconds": _median_s(lambda: read_by_spark(spark), rounds),
            "one_machine_seconds": _median_s(lambda: read_by_one_machine(folder), rounds),
        }

    return {"write": write, "compact": compact, "read": read}


if __name__ == "__main__":
    _folder, _count, _commits, _rounds = sys.argv[1:]
    _commands = commands(Path(_folder), count=int(_count), commits=int(_commits), rounds=int(_rounds))
    serve(lambda name: _commands[name](), save_json)
