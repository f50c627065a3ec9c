"""Tests of `headwater.online.serving_log`: sampled, never waited for, and nothing lost without a word."""

import json
import threading
import time
from collections.abc import Sequence
from typing import Any

from headwater.offline.served_rows import rows_of
from headwater.online.feature_vectors import FeatureVectors
from headwater.online.serving_log import ServingCounts, ServingLog
from headwater.online.vectors import Answer

NOW_US = 1_700_000_000_000_000
ENTITIES: list[dict[str, Any]] = [{"user": 1}, {"user": None}]


class Sink:
    """Keeps lines; can be held up, or refuse."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.gate = threading.Event()
        self.gate.set()
        self.refuses = False

    def put(self, lines: Sequence[bytes]) -> None:
        """Keep or refuse."""
        self.gate.wait(5)
        if self.refuses:
            raise ConnectionError("the sink is down")
        self.lines += lines


def _vectors() -> FeatureVectors:
    answer = Answer(
        ["v__plan", "v__due"], [["free", 3_000_000], [None, None]], [("present",) * 2, ("missing",) * 2], None
    )
    return FeatureVectors("model", "abc", NOW_US, answer, ["string", "timestamp"])


def _log(sink: Sink, *, sample: float = 1.0, capacity: int = 1_000) -> ServingLog:
    return ServingLog(sink, sample=sample, capacity=capacity, pause_s=0.001, clock_us=lambda: NOW_US + 5)


def test_every_row_is_a_line_that_the_table_takes() -> None:
    sink = Sink()
    log = _log(sink)
    log.offer(ENTITIES, _vectors(), "request-1")
    log.close()
    first, second = (json.loads(line) for line in sink.lines)
    assert first == {
        "request_id": "request-1",
        "served_at": "2023-11-14T22:13:20.000005Z",
        "as_of": "2023-11-14T22:13:20Z",
        "service": "model",
        "registry_version": "abc",
        "features": ["v__plan", "v__due"],
        "row": 0,
        "entity": {"user": 1},
        "values": ["free", "1970-01-01T00:00:03Z"],
        "statuses": ["present", "present"],
    }
    assert (second["row"], second["values"]) == (1, [None, None])
    assert [row["entity"] for row in rows_of("key", b"".join(sink.lines))] == ['{"user":1}', '{"user":null}']
    assert log.counts == ServingCounts(1, 1, 0, "")


def test_only_a_sample_is_logged() -> None:
    sink = Sink()
    log = _log(sink, sample=0.25)
    for _ in range(400):
        log.offer(ENTITIES, _vectors())
    log.close()
    assert 40 < log.counts.sampled < 180
    assert log.counts.written == log.counts.sampled
    assert len({json.loads(line)["request_id"] for line in sink.lines}) == log.counts.written


def test_what_the_queue_cannot_take_is_counted_and_nobody_waits() -> None:
    sink = Sink()
    sink.gate.clear()
    log = _log(sink, capacity=10)
    for _ in range(100):
        log.offer(ENTITIES, _vectors())
    counts = log.counts
    assert counts.sampled == 100
    assert counts.lost >= 80
    sink.gate.set()
    log.close()
    assert log.counts.written + log.counts.lost == 100
    assert len(sink.lines) == 2 * log.counts.written


def test_what_the_sink_refuses_is_counted_with_its_reason() -> None:
    sink = Sink()
    sink.refuses = True
    log = _log(sink)
    log.offer(ENTITIES, _vectors())
    log.close()
    assert log.counts == ServingCounts(1, 0, 1, "ConnectionError: the sink is down")


def test_what_cannot_be_written_is_counted_and_the_next_is_written() -> None:
    sink = Sink()
    log = _log(sink)
    log.offer([{"user": object()}, {"user": 2}], _vectors())
    while not log.counts.lost:
        time.sleep(0.001)
    log.offer(ENTITIES, _vectors())
    log.close()
    assert log.counts[:3] == (2, 1, 1)
    assert log.counts.failure.startswith("TypeError")


def test_entities_are_logged_as_they_were_asked_for() -> None:
    sink = Sink()
    log = _log(sink)
    entities: list[dict[str, Any]] = [{"user": 1}, {"user": 2}]
    log.offer(entities, _vectors())
    entities[0]["user"] = 7
    log.close()
    assert [json.loads(line)["entity"] for line in sink.lines] == [{"user": 1}, {"user": 2}]
