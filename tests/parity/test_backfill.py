"""A backfill followed by the stream against the oracle: the cut-over may be at any instant."""

from hypothesis import given
from hypothesis import strategies as st

from feature_jobs.backfill import backfill
from headwater.online.memory import MemoryStore
from headwater.online.reader import FeatureReader
from headwater.online.writer import PageWriter
from tests.parity.histories import History, TableLog, histories
from tests.parity.serving import apply, disagreements


@given(histories(), st.integers(0, 10**6), st.integers(1, 2))
def test_backfill_then_stream_equals_the_stream_alone(history: History, place: int, times: int) -> None:
    """Cut over between any two arrivals, and at the instant of one; running the backfill again changes nothing."""
    events = history.events
    last = events[place % len(events)]
    cutover_us = last.arrival_us
    store = MemoryStore()
    log = TableLog(history)
    reports = [backfill(history.registry, log, [store], "test", cutover_us) for _ in range(times)]
    assert [report.changes for report in reports[1:]] == [0] * (times - 1)
    reader = FeatureReader(store, history.registry, "test")
    writer = PageWriter(store, "test")
    before = [event for event in events if event.arrival_us <= cutover_us]
    assert disagreements(history, reader, before, cutover_us) == []
    for position in range(len(before), len(events)):
        apply(writer, history, [events[position]])
    assert disagreements(history, reader, events, max(events[-1].arrival_us, cutover_us)) == []
