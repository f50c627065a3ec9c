"""One side of the comparison with Spark: a training set from the event log to a folder of Parquet files."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pyarrow.parquet as pq

from benchmarks.harness import Side, worker
from benchmarks.offline import definitions
from benchmarks.spark_data import one_machine_log, session, spark_log
from benchmarks.worker import serve
from headwater.offline import point_in_time
from headwater.offline.spark import engine

ONE_MACHINE, SPARK = "one machine", "spark"


class Work(NamedTuple):
    """What a side is given.

    Attributes:
        kind: Of features, ``window`` or ``asof``.
        folder: With the event log and the labels.
        memory_mb: What either may take: Spark's heap; on one machine the events at work.
        cores: Of Spark.
    """

    kind: str
    folder: Path
    memory_mb: int
    cores: int


def side(name: str, work: Work, *, rounds: int) -> Side:
    """A side with a worker of its own."""
    arguments = (name.partition(",")[0], work.kind, str(work.folder), str(work.memory_mb), str(work.cores))
    return Side(name, worker("benchmarks.spark_side", *arguments), rounds)


def on_one_machine(work: Work) -> Callable[[], Path]:
    """Reads, computes and writes with Arrow and NumPy."""
    registry = definitions(work.kind)
    out = work.folder / "one_machine"

    def run() -> Path:
        out.mkdir(exist_ok=True)
        made = point_in_time.training_set(
            pq.read_table(work.folder / "labels.parquet"),
            registry,
            "service",
            one_machine_log(work.folder, work.kind),
            memory_bytes=work.memory_mb * 2**20,
        )
        pq.write_table(made, out / "part.parquet")
        return out

    return run


def on_spark(work: Work) -> Callable[[], Path]:
    """The same with Spark, its session started before."""
    registry = definitions(work.kind)
    spark = session(work.folder, cores=work.cores, memory_mb=work.memory_mb)
    log = spark_log(spark, work.kind)
    out = work.folder / f"spark_{work.cores}"

    def run() -> Path:
        labels = spark.read.parquet(str(work.folder / "labels.parquet"))
        made = engine.training_set(labels, registry, "service", log)
        made.write.mode("overwrite").parquet(str(out))
        return out

    return run


def keep(made: Path, to: str) -> None:
    """Put a training set where it is looked for, in place of what is there."""
    shutil.rmtree(to, ignore_errors=True)
    shutil.move(made, to)


if __name__ == "__main__":
    _side, _kind, _folder, _memory_mb, _cores = sys.argv[1:]
    _work = Work(_kind, Path(_folder), int(_memory_mb), int(_cores))
    serve((on_one_machine if _side == ONE_MACHINE else on_spark)(_work), keep)
