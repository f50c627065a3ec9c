"""The parity law on Spark."""

import tempfile
from pathlib import Path

from headwater.offline.point_in_time import Mode
from headwater.offline.spark.engine import training_set
from tests.parity.checks import compare_training
from tests.parity.comparison import Findings
from tests.parity.histories import History
from tests.parity.logs import TableLog, label_rows
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
