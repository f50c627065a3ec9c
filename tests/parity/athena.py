"""The parity law on the statement for Athena, as DuckDB runs it."""

from headwater.offline.athena.engine import training_set
from headwater.offline.point_in_time import Mode
from tests.athena import DuckDbEngine
from tests.parity.checks import compare_training
from tests.parity.comparison import Findings
from tests.parity.histories import History
from tests.parity.logs import TableLog, label_rows


def check_athena(history: History, mode: Mode) -> Findings:
    """Training sets by one statement."""
    labels = label_rows(history)
    engine = DuckDbEngine({"source": TableLog(history).table})
    found = training_set(labels, history.registry, "service", engine, mode=mode)
    return compare_training(history, labels, found, mode)
