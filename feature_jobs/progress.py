"""Shows how far a job on Spark is: a bar on a terminal, a line every half minute in a log."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pyspark import SparkContext
from pyspark.sql import SparkSession

_BAR_EVERY_S, _LINE_EVERY_S = 0.5, 30.0

Tell = Callable[[int, int, int], None]
"""Told a stage, its tasks that are done, and its tasks."""


@contextmanager
def shown(spark: SparkSession, what: str) -> Iterator[None]:
    """Show the stages of what is done in the context."""
    if sys.stderr.isatty():
        with _bar(spark.sparkContext, what):
            yield
        return

    def tell(stage: int, done: int, tasks: int) -> None:
        print(f"{what}: stage {stage}, {done} of {tasks} tasks", file=sys.stderr)  # noqa: T201 (a job's log)

    with _watched(spark.sparkContext, tell, _LINE_EVERY_S):
        yield


@contextmanager
def _bar(context: SparkContext, what: str) -> Iterator[None]:
    # Glue has no terminal, and no rich.
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
    )

    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=Console(stderr=True), transient=True,
    ) as progress:  # fmt: skip
        bar = progress.add_task(what, total=None)

        def tell(stage: int, done: int, tasks: int) -> None:
            progress.update(bar, description=f"{what}, stage {stage}", completed=done, total=tasks)

        with _watched(context, tell, _BAR_EVERY_S):
            yield


@contextmanager
def _watched(context: SparkContext, tell: Tell, every_s: float) -> Iterator[None]:
    ended = threading.Event()
    tracker = context.statusTracker()

    def watch() -> None:
        while not ended.wait(every_s):
            for stage in tracker.getActiveStageIds()[-1:]:
                found = tracker.getStageInfo(stage)
                if found is not None:
                    tell(stage, found.numCompletedTasks, found.numTasks)

    watcher = threading.Thread(target=watch, name="progress", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()
