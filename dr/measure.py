"""What a failover lost, found and counted twice: compared with what producers were told and with the oracle."""

import time
from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

from dr.regions import Region
from headwater import names, oracle
from headwater.envelope import EnvelopeDecoder, LoggedEvent
from headwater.online import pages, rows
from headwater.online.changes import tilers
from headwater.online.client import FeatureClient
from headwater.online.reader import FeatureReader
from headwater.online.stores import OnlineStore
from headwater.oracle import Event
from headwater.registry import Registry, ViewSpec
from headwater.stream.outbox import Outbox

_RELATIVE = 1e-9
_ROWS = 200


class Compared(NamedTuple):
    """Values of a store beside those that all acknowledged events come to.

    Attributes:
        lost: Events that are missing.
        doubled: Events that are counted twice.
        values: How many values were compared.
        wrong: How many of them differ.
    """

    lost: int
    doubled: int
    values: int
    wrong: int


class Gap(NamedTuple):
    """What a store of the surviving region lacked at the cut.

    Attributes:
        missing: Ids of acknowledged events that at least one page lacked.
        seconds: From the first of them to the cut.
    """

    missing: frozenset[str]
    seconds: float


def acknowledged(outboxes: Sequence[Path], regions: Iterable[str], registry: Registry) -> list[LoggedEvent]:
    """Events that any region has acknowledged to producers, by what is on the producers' disks."""
    decoder = EnvelopeDecoder(registry)
    names_of_regions = list(regions)
    found = []
    for file in outboxes:
        outbox = Outbox(file)
        try:
            for region in names_of_regions:
                found += [
                    decoder.decode(
                        kept.outgoing.data,
                        shard=kept.shard,
                        sequence=int(kept.sequence),
                        arrival_us=kept.at_us,
                    )
                    for kept in outbox.listed("acknowledged", region)
                ]
        finally:
            outbox.close()
    return found


def unacknowledged(outboxes: Sequence[Path], regions: Iterable[str]) -> int:
    """Events that wait, or that nobody knows of whether they are on a stream."""
    names_of_regions = list(regions)
    count = 0
    for file in outboxes:
        outbox = Outbox(file)
        try:
            count += len(outbox.listed("waiting"))
            count += sum(len(outbox.listed("sent", region)) for region in names_of_regions)
        finally:
            outbox.close()
    return count


def gap(
    store: OnlineStore, environment: str, events: Sequence[LoggedEvent], registry: Registry, cut_s: float
) -> Gap:
    """Which of the events a store's pages have not heard of."""
    wanted: dict[str, list[LoggedEvent]] = {}
    decoders: dict[str, Any] = {}
    for source, own in tilers(registry).items():
        mine = [event for event in events if event.source == source]
        for tiler in own:
            for event in mine:
                for page in tiler.collect([event]).deltas:
                    key = page.key(environment)
                    wanted.setdefault(key, []).append(event)
                    decoders[key] = rows.decode if tiler.tile_set.is_row else pages.decode
    missing: dict[str, int] = {}
    for (key, there), stored in zip(wanted.items(), store.read(list(wanted)), strict=True):
        applied: Mapping[str, bytes] = decoders[key](key, stored.value).applied if stored else {}
        for event in there:
            if int.from_bytes(applied.get(event.shard, b""), "big") < event.sequence:
                missing[event.event_id] = event.arrival_us
    first_us = min(missing.values(), default=None)
    return Gap(frozenset(missing), 0.0 if first_us is None else max(cut_s - first_us / 1e6, 0.0))


def compare(
    region: Region, store: OnlineStore, events: Sequence[LoggedEvent], registry: Registry, service: str
) -> Compared:
    """Ask a store for every entity of the events, and the oracle for the same."""
    environment = region.outputs.environment
    client = FeatureClient(FeatureReader(store, registry, environment), registry)
    unique = {event.event_id: event for event in events}
    history = [Event(e.event_id, e.event_time_us, e.arrival_us, e.data) for e in unique.values()]
    sources = {event.event_id: event.source for event in unique.values()}
    views = registry.views_of(registry.service(service))
    entities = _entities(views, unique.values())
    # An instant that is past for every event, and the same for both.
    time.sleep(0.01)
    lost: dict[str, int] = {}
    doubled: dict[str, int] = {}
    values = wrong = 0
    seen: set[tuple[str, str]] = set()
    for start in range(0, len(entities), _ROWS):
        asked = entities[start : start + _ROWS]
        vectors = client.get(service, asked)
        for entity, row in zip(asked, vectors.rows(), strict=True):
            for view in views:
                place = (view.name, repr([entity[key.name] for key in view.keys]))
                if place in seen or any(entity[key.name] is None for key in view.keys):
                    continue
                seen.add(place)
                own = [event for event in history if sources[event.event_id] == view.source]
                for feature in view.features:
                    found = row[names.qualified_feature(view.name, feature.name)]
                    expected = oracle.value(view, feature, entity, vectors.as_of_us, own, as_known=False)
                    values += 1
                    wrong += not _equal(found, expected)
                    if feature.aggregate == "count" and feature.window_us == _longest(view):
                        off = int(expected) - int(found or 0)
                        lost[view.name] = lost.get(view.name, 0) + max(off, 0)
                        doubled[view.name] = doubled.get(view.name, 0) + max(-off, 0)
    return Compared(max(lost.values(), default=0), max(doubled.values(), default=0), values, wrong)


def percentile(values: Sequence[float], share: float) -> float | None:
    """The value below which a share of the values lies; None of nothing.

    >>> percentile([4.0, 1.0, 3.0, 2.0], 0.5)
    3.0
    """
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else None


def _longest(view: ViewSpec) -> int:
    return max((feature.window_us for feature in view.features if feature.aggregate == "count"), default=0)


def _entities(views: Sequence[ViewSpec], events: Iterable[LoggedEvent]) -> list[dict[str, Any]]:
    """Rows in which every value of every key stands at least once."""
    columns = {key.name: key.column for view in views for key in view.keys}
    found = {
        name: sorted({event.data[column] for event in events if event.data.get(column) is not None})
        for name, column in columns.items()
    }
    return [dict(zip(found, row, strict=True)) for row in zip_longest(*found.values())]


def _equal(found: Any, expected: Any) -> bool:
    if isinstance(found, float) and isinstance(expected, float):
        return abs(found - expected) <= _RELATIVE * max(abs(found), abs(expected))
    return bool(found == expected)
