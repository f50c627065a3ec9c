"""Serving in this process, and what it serves wrong."""

from headwater import oracle
from headwater.envelope import LoggedEvent
from headwater.online.changes import tilers
from headwater.online.reader import FeatureReader
from headwater.online.writer import PageWriter
from tests.parity.histories import KEYS, History, as_oracle, same


def apply(writer: PageWriter, history: History, batch: list[LoggedEvent]) -> int:
    """Apply a batch as the stream does; returns how many changes were new."""
    now_us = max(event.arrival_us for event in batch)
    return sum(
        writer.write(tiler.tile_set, tiler.collect(batch).deltas, now_us)
        for tiler in tilers(history.registry)["source"]
    )


def disagreements(history: History, reader: FeatureReader, seen: list[LoggedEvent], t_us: int) -> list[str]:
    """Values served at an instant that are not the oracle's over the events seen by then."""
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
