"""The parity law on Spark."""

import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from msgspec import structs

from feature_jobs.fill import fill_stores
from feature_jobs.reports import RunReport
from feature_jobs.spark_fill import SparkFiller
from headwater.offline.point_in_time import Mode
from headwater.offline.spark.engine import training_set
from headwater.online.redis import RedisStore
from tests import servers
from tests.parity.checks import compare_training, serve
from tests.parity.comparison import Findings
from tests.parity.histories import History
from tests.parity.logs import TableLog, label_rows
from tests.parity.platform import Platform
from tests.spark import FrameLog, Frames


def check_spark(history: History, mode: Mode, crowd: int) -> Findings:
    """Training sets by Spark, where more events than ``crowd`` are many."""
    labels = label_rows(history)
    with tempfile.TemporaryDirectory() as name:
        frames = Frames(Path(name))
        log = FrameLog({"source": frames.to_spark(TableLog(history).table)})
        made = training_set(frames.to_spark(labels), history.registry, "service", log, mode=mode, crowd=crowd)
        found = frames.to_arrow(made)
    return compare_training(history, labels, found, mode)


def check_spark_backfill(
    history: History, redis_url: str, environment: str, chance: random.Random
) -> Findings:
    """A backfill by Spark up to an instant, run again at times, and then the stream."""
    store = RedisStore.from_url(redis_url, timeout_s=10)
    outputs = structs.replace(servers.outputs("none", ""), environment=environment, redis_url=redis_url)
    cutover_us = chance.choice(history.events).arrival_us + chance.choice([-1, 0, 1])
    with tempfile.TemporaryDirectory() as name:
        log = FrameLog({"source": Frames(Path(name)).to_spark(TableLog(history).table)})
        filler = SparkFiller(history.registry, log, outputs, _reported)
        for _ in range(chance.choice([1, 2])):
            fill_stores(history.registry, filler, [store], environment, cutover_us)
    findings = serve(Platform(history, store, environment, chance), history, from_us=cutover_us)
    store.close()
    return findings


@contextmanager
def _reported(source: str) -> Iterator[RunReport]:
    yield RunReport(job="backfill", table_name=source, started_at=datetime.now(UTC))
