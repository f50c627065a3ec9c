"""What was served, sampled and written beside the lookups: for finding skew and for audits.

A lookup only puts its answer on a queue. A thread turns answers into lines and sends them; when it
cannot keep up, or the sink refuses, answers are lost, and counted. A lookup never waits.
"""

import random
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol
from uuid import uuid4

import msgspec

from headwater.instants import from_us
from headwater.online.feature_vectors import FeatureVectors

_LINES_AT_ONCE = 500


class LineSink(Protocol):
    """Takes lines, at least once or not at all."""

    def put(self, lines: Sequence[bytes]) -> None:
        """Put lines; raises if they may not have been kept."""


class ServingCounts(NamedTuple):
    """What became of the lookups.

    Attributes:
        sampled: Chosen for the log.
        written: Taken by the sink.
        lost: Chosen and not written: the queue was full, or the sink refused.
        failure: Why the sink refused last; empty if it never did.
    """

    sampled: int
    written: int
    lost: int
    failure: str


class _Served(NamedTuple):
    request_id: str
    served_at_us: int
    entities: list[dict[str, Any]]
    vectors: FeatureVectors


class ServingLog:
    """Logs a sample of what was served.

    Args:
        sink: Where lines go.
        sample: Part of the lookups that are logged, 0 to 1.
        capacity: Most lookups that wait to be written.
        pause_s: Between two looks at the queue.
        clock_us: Tells the time, in microseconds since the epoch.
    """

    def __init__(
        self,
        sink: LineSink,
        *,
        sample: float,
        capacity: int = 1_000,
        pause_s: float = 0.2,
        clock_us: Callable[[], int] = lambda: time.time_ns() // 1000,
    ) -> None:
        self._sink = sink
        self._sample = sample
        self._capacity = capacity
        self._pause_s = pause_s
        self._clock_us = clock_us
        self._waiting: deque[_Served] = deque()
        self._chance = random.SystemRandom()
        self._writer: threading.Thread | None = None
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self.counts = ServingCounts(0, 0, 0, "")

    def offer(
        self, entities: Sequence[Mapping[str, Any]], vectors: FeatureVectors, request_id: str = ""
    ) -> None:
        """Log a lookup, if it is in the sample.

        Args:
            entities: Entities asked for.
            vectors: What was answered.
            request_id: The caller's; a random one if it is empty.
        """
        if self._sample < 1 and self._chance.random() >= self._sample:
            return
        with self._lock:
            full = len(self._waiting) >= self._capacity
            self.counts = self.counts._replace(sampled=self.counts.sampled + 1, lost=self.counts.lost + full)
            if not full:
                # Copied: the caller may use its own again before they are written.
                asked = [dict(entity) for entity in entities]
                self._waiting.append(_Served(request_id or uuid4().hex, self._clock_us(), asked, vectors))
            if self._writer is None:
                # Not before the first lookup: a process that is frozen to be restored has no thread.
                self._writer = threading.Thread(target=self._write, name="serving-log", daemon=True)
                self._writer.start()

    def close(self) -> None:
        """Write what waits, and end."""
        self._closing.set()
        if self._writer is not None:
            self._writer.join()

    def _write(self) -> None:
        while True:
            closing = self._closing.wait(self._pause_s)
            while self._waiting:
                self._send()
            if closing:
                return

    def _send(self) -> None:
        lookups = 0
        failure = ""
        try:
            lines: list[bytes] = []
            while self._waiting and len(lines) < _LINES_AT_ONCE:
                lookups += 1
                lines += _lines(self._waiting.popleft())
            self._sink.put(lines)
        except Exception as error:  # noqa: BLE001 (the thread must live: what failed is counted, and the reason told)
            failure = f"{type(error).__name__}: {error}"
        with self._lock:
            counts = self.counts
            self.counts = counts._replace(
                written=counts.written + (0 if failure else lookups),
                lost=counts.lost + (lookups if failure else 0),
                failure=failure or counts.failure,
            )


def _lines(served: _Served) -> list[bytes]:
    """A line of JSON per row."""
    vectors = served.vectors
    common = {
        "request_id": served.request_id,
        "served_at": from_us(served.served_at_us),
        "as_of": vectors.as_of,
        "service": vectors.service,
        "registry_version": vectors.registry_version,
        "features": vectors.features,
    }
    encode = msgspec.json.encode
    return [
        encode({**common, "row": row, "entity": entity, "values": values, "statuses": list(statuses)}) + b"\n"
        for row, (entity, values, statuses) in enumerate(
            zip(served.entities, vectors.values(), vectors.statuses, strict=True)
        )
    ]
