"""The stream and the online reader against the oracle, on generated histories."""

import random

from hypothesis import given
from hypothesis import strategies as st

from headwater.online.memory import MemoryStore
from headwater.online.reader import FeatureReader
from headwater.online.writer import PageWriter
from tests.parity.histories import History, histories
from tests.parity.serving import apply, disagreements


@given(histories(), st.integers(1, 6), st.randoms(use_true_random=False))
def test_serving_equals_what_was_known(history: History, batch_size: int, chance: random.Random) -> None:
    """At every instant the stream has reached, a served value is the oracle's over what had arrived."""
    store = MemoryStore()
    writer = PageWriter(store, "test")
    reader = FeatureReader(store, history.registry, "test")
    events = history.events
    for start in range(0, len(events), batch_size):
        batch = events[start : start + batch_size]
        apply(writer, history, batch)
        again = [event for event in events[: start + batch_size] if chance.random() < 0.3]
        if again:
            assert apply(writer, history, again) == 0, "a record delivered again must change nothing"
        reached = batch[-1].arrival_us
        following = (
            events[start + batch_size].arrival_us if start + batch_size < len(events) else reached + 10**15
        )
        asked = [t_us for t_us in history.instants_us if reached <= t_us < following]
        for t_us in [reached, *asked[:3]]:
            assert disagreements(history, reader, events[: start + batch_size], t_us) == []
