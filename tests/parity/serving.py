"""Serving in this process, and what it serves wrong."""

from headwater import oracle
from headwater.online.changes import LoggedEvent, PageRef, changes_of
from headwater.online.pages import Change
from headwater.online.reader import FeatureReader
from headwater.online.writer import PageWriter
from tests.parity.histories import KEYS, History, as_oracle, same


def apply(writer: PageWriter, history: History, batch: list[LoggedEvent]) -> int:
    """Apply a batch as the stream does; returns how many changes were new."""
    changes: dict[PageRef, list[Change]] = {}
    for event in batch:
        for ref, change in changes_of(history.registry.views["view"], event, event.arrival_us):
            changes.setdefault(ref, []).append(change)
    return writer.write(changes, max(event.arrival_us for event in batch))


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
