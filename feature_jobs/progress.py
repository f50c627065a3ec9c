"""Shows how far a job on Spark is: a bar on a terminal, a line every half minute in a log."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pyspark import SparkContext
from pyspark.sql import SparkSession
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

_BAR_EVERY_S, _LINE_EVERY_S = 0.5, 30.0

Tell = Callable[[int, int, int], None]
"""Told a stage, its tasks that are done, and its tasks."""


@contextmanager
def shown(spark: SparkSession, what: str) -> Iterator[None]:
    """Show the stages of what is done in the context."""
    console = Console(stderr=True)
    if not console.is_terminal:
        with _watched(
            spark.sparkContext,
            lambda stage, done, tasks: console.print(f"{what}: stage {stage}, {done} of {tasks} tasks"),
            _LINE_EVERY_S,
        ):
            yield
        return
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=console, transient=True,
    ) as progress:  # fmt: skip
        bar = progress.add_task(what, total=None)

        def tell(stage: int, done: int, tasks: int) -> None:
            progress.update(bar, description=f"{what}, stage {stage}", completed=done, total=tasks)

        with _watched(spark.sparkContext, tell, _BAR_EVERY_S):
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
