"""Training sets: for each label row, every feature as it was at the row's instant.

Events of a view are sorted by entity, event time and id once. A window is then a range of
positions, found by binary search, and a feature a reduction over the range. Where one asks for
what was known, events that arrived within some lateness are seen by every label that comes that
much later: only what is newer, and what was later still, is matched with labels one by one.
"""

from collections.abc import Callable
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from headwater import names, windows
from headwater.offline import frames, reductions
from headwater.offline.label_rows import check_labels, instants_of
from headwater.offline.log_reads import EventLog
from headwater.offline.on_demand import append_on_demand
from headwater.offline.partitions import split
from headwater.offline.ranges import Mask, Part, Positions, matching_pairs
from headwater.offline.sorted_events import SlotColumn, SortedEvents, needs_ids
from headwater.registry import Registry, SlotSpec, ViewSpec
from headwater.windows import Bounds, Window

Mode = Literal["as_known", "as_happened"]
Progress = Callable[[str, int, int], None]
"""Told the view, label rows done and label rows in all."""

_LATENESS_QUANTILES = (0.9, 0.999, 1.0)


def training_set(
    labels: Any,
    registry: Registry,
    service: str,
    log: EventLog,
    *,
    timestamp_column: str = "event_time",
    mode: Mode = "as_known",
    memory_bytes: int | None = None,
    progress: Progress = lambda _view, _done, _total: None,
) -> Any:
    """Add the features of a service to label rows.

    Args:
        labels: Arrow table, pandas or Polars data frame: one row per label, with the instant, every entity key
            of the service (null: an entity without events) and every request field of its on-demand views.
            For views that count the event that asks, also the event: ``event_id`` (null: there is none) and
            the source's columns.
        registry: Definitions.
        service: Name of the service.
        log: Events.
        timestamp_column: Column of ``labels`` with the instants, in UTC.
        mode: ``as_known``: only events that had arrived by then, which is what serving returned.
            ``as_happened``: every event, whenever it arrived.
        memory_bytes: Work in as many parts, by entity, as keep the events at work below this; None: in one.
        progress: Told of each view and part.

    Returns:
        The label rows in their order with all their columns, then one column per feature, named
        ``<view>__<feature>``; null where there was no value. Of the type of ``labels``.

    Raises:
        RequestError: The service is unknown.
        InputError: A column of ``labels`` is missing, of the wrong type, or is named as a feature.
    """
    found = registry.service(service)
    views = registry.views_of(found)
    result = frames.to_arrow(labels)
    instants = instants_of(result, timestamp_column)
    check_labels(result, registry, found)
    given = result
    for view in views:
        for name, column in _view_columns(view, given, instants, log, mode, memory_bytes, progress):
            result = result.append_column(name, column)
    result = append_on_demand(result, registry, found)
    return frames.like(labels, result)


def _view_columns(
    view: ViewSpec,
    labels: pa.Table,
    t_us: Positions,
    log: EventLog,
    mode: Mode,
    memory_bytes: int | None,
    progress: Progress,
) -> list[tuple[str, pa.ChunkedArray]]:
    columns = ["event_time", "arrival", *view.columns, *(["event_id"] if needs_ids(view) else [])]
    pieces: list[list[pa.Array]] = [[] for _ in view.features]
    rows_done: list[Positions] = []
    done = 0
    for rows, events in split(view, columns, labels, log, _needed(view, t_us), memory_bytes):
        part = labels if rows is None else labels.take(pa.array(rows))
        ordered = SortedEvents(view, events, part, t_us if rows is None else t_us[rows])
        order = ordered.labels.order
        for values, column in zip(_features(view, ordered, mode), pieces, strict=True):
            column.append(values)
        rows_done.append(order if rows is None else rows[order])
        done += len(order)
        progress(view.name, done, len(t_us))
    back = np.empty(len(t_us), dtype=np.int64)
    back[np.concatenate(rows_done)] = np.arange(len(t_us))
    return [
        (names.qualified_feature(view.name, feature.name), pa.chunked_array(column).take(pa.array(back)))
        for feature, column in zip(view.features, pieces, strict=True)
    ]


def _needed(view: ViewSpec, t_us: Positions) -> Bounds:
    """Event times that any label's window covers."""
    if not len(t_us):
        return Bounds(0, 0)
    return windows.needed((feature.window for feature in view.features), int(t_us.min()), int(t_us.max()))


def _features(view: ViewSpec, events: SortedEvents, mode: Mode) -> list[pa.Array]:
    edges = _Edges(events)
    sight = _Sight(events, mode)
    # A mean and a sum over one window are two readings of one reduction.
    known: dict[tuple[SlotSpec, Window], reductions.Reduced] = {}
    found = []
    for feature in view.features:
        slot = view.slot_of(feature)
        if (slot, feature.window) not in known:
            parts = _parts(view, events.column(slot), feature.window, events, edges, sight)
            known[slot, feature.window] = reductions.reduce_parts(slot.state, events.column(slot), parts)
        found.append(reductions.finish(feature, slot.state, known[slot, feature.window]))
    return found


class _Edges:
    """Where windows begin and end among the events, each edge searched for once."""

    def __init__(self, events: SortedEvents) -> None:
        self._events = events
        self._known: dict[tuple[str, int, int], Positions] = {}

    def of(self, window: Window) -> tuple[Positions, Positions]:
        """First position of each label's window, and the one after its last."""
        after, until = self._events.window_ends(window)
        head = ("end", window.delay_us, window.resolution_us if window.delay_us else 0)
        return (
            self._position(("first", window.length_us + window.delay_us, window.resolution_us), after),
            self._position(head, until),
        )

    def before(self, lateness_us: int) -> Positions:
        """Position after the last event that is at least ``lateness_us`` older than the label."""
        return self._position(("age", lateness_us, 0), self._events.labels.t_us - lateness_us)

    def _position(self, edge: tuple[str, int, int], bound_us: Positions) -> Positions:
        if edge not in self._known:
            self._known[edge] = self._events.position(bound_us)
        return self._known[edge]


class _Sight:
    """Which events a label saw: all of them, or those that had arrived."""

    def __init__(self, events: SortedEvents, mode: Mode) -> None:
        self.as_known = mode == "as_known"
        self._events = events
        self._chosen: dict[Window, int] = {}

    @cached_property
    def lateness_us(self) -> Positions:
        """How long each event took to arrive."""
        return self._events.arrival_us - self._events.time_us

    def all_within(self, delay_us: int) -> bool:
        """Whether everybody whose window is delayed by so much sees every event in it."""
        return not self.as_known or self._events.latest_us <= delay_us

    def lateness(self, window: Window, edges: _Edges) -> int:
        """The lateness by which to tell events apart, so that the fewest have to be matched one by one."""
        if window not in self._chosen:
            first, end = edges.of(window)
            covered = int(np.maximum(end - first, 0).sum())
            later = self.lateness_us[self.lateness_us > window.delay_us]
            limits = [
                window.delay_us,
                *(
                    int(np.quantile(later, share, method="higher"))
                    for share in (_LATENESS_QUANTILES if len(later) else ())
                ),
            ]
            costs = [
                float((self.lateness_us > limit).mean()) * covered
                + int(np.maximum(end - np.maximum(edges.before(limit), first), 0).sum())
                for limit in limits
            ]
            self._chosen[window] = limits[int(np.argmin(costs))]
        return self._chosen[window]


def _parts(
    view: ViewSpec,
    column: SlotColumn,
    window: Window,
    events: SortedEvents,
    edges: _Edges,
    sight: _Sight,
) -> list[Part]:
    """The events of each label's window that count for a slot and that the label saw."""
    first, end = edges.of(window)
    parts = _seen(column.counts, first, end, window, events, edges, sight)
    if view.include_current and not window.delay_us:
        parts.append(_own_part(events, column, first, end, sight))
    return parts


def _seen(
    counts: Mask | None,
    first: Positions,
    end: Positions,
    window: Window,
    events: SortedEvents,
    edges: _Edges,
    sight: _Sight,
) -> list[Part]:
    if sight.all_within(window.delay_us):
        return [_among(counts, first, end)]
    lateness_us = sight.lateness(window, edges)
    prompt = sight.lateness_us <= lateness_us
    settled = np.clip(edges.before(lateness_us), first, np.maximum(end, first))
    prompt_counts = prompt if counts is None else counts & prompt
    late_counts = ~prompt if counts is None else counts & ~prompt
    parts = [_among(prompt_counts, first, settled)]
    for chosen, start in ((prompt_counts, settled), (late_counts, first)):
        part = _among(chosen, start, end)
        if part.lengths.any():
            parts.append(_arrived(part, events))
    return parts


def _among(chosen: Mask | None, first: Positions, end: Positions) -> Part:
    """Positions chosen (None: all), and the ranges ``first .. end`` counted in them."""
    if chosen is None or chosen.all():
        return Part(None, first, end)
    before = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(chosen)])
    return Part(np.flatnonzero(chosen), before[first], before[end])


def _arrived(part: Part, events: SortedEvents) -> Part:
    """Of a part, the events that had arrived when the label asked."""
    t_us = events.labels.t_us

    def had_arrived(label: Positions, place: Positions) -> Mask:
        arrived: Mask = events.arrival_us[part.at(place)] <= t_us[label]
        return arrived

    places, first, end = matching_pairs(part.first, part.end, had_arrived)
    return Part(part.at(places), first, end)


def _own_part(
    events: SortedEvents, column: SlotColumn, first: Positions, end: Positions, sight: _Sight
) -> Part:
    """The label's own event, unless it is among the events the label saw already."""
    total, labels = len(events), len(first)
    position = events.own_position
    seen = (position >= first) & (position < end)
    if sight.as_known and total:
        seen &= events.arrival_us[np.maximum(position, 0)] <= events.labels.t_us
    folded = events.own_exists & column.own_counts & ~seen
    own = np.arange(labels)
    return Part(np.arange(total, total + labels), own, own + folded)
