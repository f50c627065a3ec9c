"""The stream and the online reader against the oracle, on generated histories."""

import random

from hypothesis import given
from hypothesis import strategies as st

from headwater import oracle
from headwater.online.changes import LoggedEvent, PageRef, changes_of
from headwater.online.memory import MemoryStore
from headwater.online.pages import Change
from headwater.online.reader import FeatureReader
from headwater.online.writer import PageWriter
from tests.parity.histories import KEYS, History, as_oracle, histories, same


def _apply(writer: PageWriter, history: History, batch: list[LoggedEvent]) -> int:
    changes: dict[PageRef, list[Change]] = {}
    for event in batch:
        for ref, change in changes_of(history.registry.views["view"], event, event.arrival_us):
            changes.setdefault(ref, []).append(change)
    return writer.write(changes, max(event.arrival_us for event in batch))


def _disagreements(history: History, reader: FeatureReader, seen: list[LoggedEvent], t_us: int) -> list[str]:
    view = history.registry.views["view"]
    answer = reader.read("service", [{"key": key} for key in KEYS], t_us)
    wrong = []
    for key, values, statuses in zip(KEYS, answer.values, answer.statuses, strict=True):
        for feature, got, status in zip(view.features, values, statuses, strict=True):
            if status == "ahead":
                continue
            events = [as_oracle(event) for event in seen]
            expected = oracle.value(view, feature, {"key": key}, t_us, events, as_known=True)
            if not same(expected, got):
                wrong.append(f"{feature.name} of {key!r} at {t_us}: {got!r}, expected {expected!r}")
    return wrong


@given(histories(), st.integers(1, 6), st.randoms(use_true_random=False))
def test_serving_equals_what_was_known(history: History, batch_size: int, chance: random.Random) -> None:
    """At every instant the stream has reached, a served value is the oracle's over what had arrived."""
    store = MemoryStore()
    writer = PageWriter(store, history.registry, "test")
    reader = FeatureReader(store, history.registry, "test")
    events = history.events
    for start in range(0, len(events), batch_size):
        batch = events[start : start + batch_size]
        _apply(writer, history, batch)
        again = [event for event in events[: start + batch_size] if chance.random() < 0.3]
        if again:
            assert _apply(writer, history, again) == 0, "a record delivered again must change nothing"
        reached = batch[-1].arrival_us
        following = (
            events[start + batch_size].arrival_us if start + batch_size < len(events) else reached + 10**15
        )
        asked = [t_us for t_us in history.instants_us if reached <= t_us < following]
        for t_us in [reached, *asked[:3]]:
            assert _disagreements(history, reader, events[: start + batch_size], t_us) == []
