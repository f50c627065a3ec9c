"""The parity law, one executor at a time: each check compares a whole history with the oracle."""

import random

import pyarrow as pa

from feature_jobs.backfill import backfill
from headwater.offline.point_in_time import Mode, training_set
from headwater.online.stores import OnlineStore
from tests.parity.comparison import Findings
from tests.parity.histories import History
from tests.parity.logs import TableLog, label_rows
from tests.parity.platform import Platform


def check_offline(history: History, mode: Mode, memory_bytes: int | None = None) -> Findings:
    """Training sets, in one part or in several."""
    labels = label_rows(history)
    found = training_set(
        labels, history.registry, "service", TableLog(history), mode=mode, memory_bytes=memory_bytes
    )
    return compare_training(history, labels, found, mode)


def compare_training(history: History, labels: pa.Table, found: pa.Table, mode: Mode) -> Findings:
    """A training set for the questions, in their order, with the oracle."""
    findings = Findings()
    if not found.select(labels.column_names).equals(labels):
        findings.mismatches.append("label rows do not keep their order and columns")
    features = found.column_names[len(labels.column_names) :]
    columns = [_plain(found[feature]) for feature in features]
    for question, *values in zip(history.questions, *columns, strict=True):
        findings.compare(history, history.events, question, values, as_known=mode == "as_known")
    return findings


def check_online(history: History, store: OnlineStore, environment: str, chance: random.Random) -> Findings:
    """The stream and the online reader, at every instant the stream has reached."""
    return serve(Platform(history, store, environment, chance), history)


def check_backfill(history: History, store: OnlineStore, environment: str, chance: random.Random) -> Findings:
    """A backfill up to an instant, run again at times, and then the stream."""
    cutover_us = chance.choice(history.events).arrival_us + chance.choice([-1, 0, 1])
    for _ in range(chance.choice([1, 2])):
        backfill(history.registry, TableLog(history), [store], environment, cutover_us)
    return serve(Platform(history, store, environment, chance), history, from_us=cutover_us)


def serve(platform: Platform, history: History, from_us: int = -(2**63)) -> Findings:
    """Ask every question from an instant on, once the stream has come to it."""
    findings = Findings()
    for question in history.questions:
        if question.t_us < from_us:
            continue
        platform.stream_until(question.t_us)
        values = platform.ask(question)
        if values is not None:
            findings.compare(history, platform.arrived, question, values)
    return findings


def _plain(column: pa.ChunkedArray) -> list[object]:
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.int64())
    elif pa.types.is_list(column.type) and pa.types.is_timestamp(column.type.value_type):
        column = column.cast(pa.list_(pa.int64()))
    return list(column.to_pylist())
