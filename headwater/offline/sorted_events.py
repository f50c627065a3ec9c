"""A view's events and label rows as sorted arrays, in which every window is a range of positions.

Events are ordered by entity, event time and event id; labels by entity and instant. Behind the
events stand the labels' own events, one per label, for views that count the event that asks: as
they happen at ``t``, they come last.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from headwater.offline import expressions
from headwater.offline.ranges import Mask, Positions, Values
from headwater.offline.types import ARROW_TYPES, plain_values, to_numpy
from headwater.registry import KeySpec, SlotSpec, ViewSpec
from headwater.windows import Window

_LARGEST = 2**62
_ORDERED_BY_ID = ("first", "last", "last_n")


class SortedLabels(NamedTuple):
    """Labels by entity and instant.

    Attributes:
        order: Row numbers, in this order.
        t_us: Instants.
        entity: Number of the entity; -1: none.
    """

    order: Positions
    t_us: Positions
    entity: Positions


class SortedEvents:
    """Events by entity, event time and id, of the entities that labels ask for.

    Args:
        view: The view.
        events: ``event_time``, ``arrival`` and the view's columns; ``event_id`` where `needs_ids`.
        labels: The label rows, with the entity keys and, where the view counts the event that asks, its
            ``event_id`` and columns.
        t_us: Instants of the label rows.
    """

    def __init__(self, view: ViewSpec, events: pa.Table, labels: pa.Table, t_us: Positions) -> None:
        event_entity, label_entity = _entities(view.keys, events, labels)
        order = np.lexsort((t_us, label_entity))
        self.labels = SortedLabels(order, t_us[order], label_entity[order])
        times = to_numpy(events["event_time"].cast(pa.int64()))
        known = None
        if event_entity.min(initial=0) < 0:
            known = np.flatnonzero(event_entity >= 0)
            event_entity, times = event_entity[known], times[known]
        self._ticks = _Ticks(times, int(event_entity.max(initial=0)))
        place = event_entity * self._ticks.span + self._ticks.of(times)
        by_place = np.argsort(place)
        self._place = place[by_place]
        self.rows: Positions = by_place if known is None else known[by_place]
        self._events = events
        if needs_ids(view) and len(self._place):
            self._order_ties(events["event_id"])
        self._own = _own_rows(view, labels, order) if view.include_current else None
        self._columns: dict[SlotSpec, SlotColumn] = {}

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def time_us(self) -> Positions:
        """Event times by position."""
        times: Positions = to_numpy(self._events["event_time"].cast(pa.int64()))[self.rows]
        return times

    @cached_property
    def arrival_us(self) -> Positions:
        """Arrivals by position."""
        arrivals: Positions = to_numpy(self._events["arrival"].cast(pa.int64()))[self.rows]
        return arrivals

    @cached_property
    def latest_us(self) -> int:
        """Longest that any event took to arrive, of whatever entity."""
        if not len(self):
            return 0
        arrivals, times = (
            to_numpy(self._events[name].cast(pa.int64())) for name in ("arrival", "event_time")
        )
        return int((arrivals - times).max())

    def _order_ties(self, ids: pa.ChunkedArray) -> None:
        """Put events of one entity and instant in the order of their ids."""
        same = np.flatnonzero(self._place[1:] == self._place[:-1])
        if not len(same):
            return
        tied = np.unique(np.concatenate([same, same + 1]))
        rows = self.rows[tied]
        table = pa.table({"place": self._place[tied], "id": ids.take(pa.array(rows)), "row": rows})
        self.rows[tied] = to_numpy(table.sort_by([("place", "ascending"), ("id", "ascending")])["row"])

    @cached_property
    def own_position(self) -> Positions:
        """Where the labels' own events stand among the events; -1: nowhere."""
        ids = self._events["event_id"].take(pa.array(self.rows)).combine_chunks()
        found = pc.index_in(self._own_events["event_id"].combine_chunks().cast(ids.type), ids).fill_null(-1)
        position = to_numpy(found).astype(np.int64)
        # The event of another entity that shares its id is another event.
        entity = np.full(len(self.rows) + 1, -1)
        entity[:-1] = self._place // self._ticks.span
        return np.where(entity[position] == self.labels.entity, position, -1)

    @property
    def own_exists(self) -> Mask:
        """Which labels bring an event of their own that belongs to their entity."""
        brought: Mask = to_numpy(pc.is_valid(self._own_events["event_id"]))
        return brought & (self.labels.entity >= 0)

    @property
    def _own_events(self) -> pa.Table:
        if self._own is None:
            raise ValueError("own events: the view does not count the event that asks; do not ask for them")
        return self._own

    def window_ends(self, window: Window) -> tuple[Positions, Positions]:
        """Bounds ``(B, H]`` of every label's window, in microseconds."""
        t_us, (length, delay, resolution) = self.labels.t_us, window
        after = (t_us - delay - length) // resolution * resolution
        return after, (t_us - delay) // resolution * resolution if delay else t_us - 1

    def position(self, bound_us: Positions) -> Positions:
        """Position after the last event of each label's entity at or before a bound."""
        entity = self.labels.entity
        bound = entity * self._ticks.span + self._ticks.of(bound_us)
        return np.where(entity >= 0, np.searchsorted(self._place, bound, side="right"), 0)

    def column(self, slot: SlotSpec) -> "SlotColumn":
        """A slot's values by position, with the labels' own events behind the others."""
        if slot not in self._columns:
            values, counts = slot_column(slot, self._events)
            own = None if self._own is None else slot_column(slot, self._own)
            self._columns[slot] = SlotColumn(self.rows, values, counts, own)
        return self._columns[slot]


class SlotColumn:
    """What a slot has of each event.

    Args:
        rows: Row of the event at each position.
        values: By row; None where the slot counts events.
        counts: By row, which events count for the slot; None: all do.
        own: Values and counts of the labels' own events, if the view has them.
    """

    def __init__(
        self, rows: Positions, values: Any, counts: Mask | None, own: tuple[Any, Mask | None] | None
    ) -> None:
        self._rows = rows
        self._values = values
        self._counts = counts
        self._own = own

    @cached_property
    def counts(self) -> Mask | None:
        """Which events count, by position; None: all do."""
        return None if self._counts is None else self._counts[self._rows]

    @property
    def own_counts(self) -> Mask | bool:
        """Which of the labels' own events count."""
        counts = None if self._own is None else self._own[1]
        return True if counts is None else counts

    @cached_property
    def numbers(self) -> Values:
        """Values by position as numbers: instants as microseconds, zero where null; own events behind."""
        found = numbers_of(self._values)[self._rows]
        return found if self._own is None else np.concatenate([found, numbers_of(self._own[0])])

    def take(self, positions: Positions, mask: Mask | None = None) -> Any:
        """Values at positions; null where ``mask`` is set."""
        if self._own is None:
            if not len(self._rows):
                return self._values.slice(0, 0).take(pa.array(positions, pa.int64(), mask=mask))
            at = self._rows[positions if mask is None else np.where(mask, 0, positions)]
            return self._values.take(pa.array(at, mask=mask))
        everything = pa.concat_arrays([self._values, self._own[0].cast(self._values.type)])
        rows = np.concatenate([self._rows, np.arange(len(self._values), len(everything))])
        at = rows[positions if mask is None else np.where(mask, 0, positions)]
        return everything.take(pa.array(at, mask=mask))

    def encoded(self) -> tuple[Positions, list[Any]]:
        """Code of the value by position, and the values of the codes."""
        values = (
            self._values
            if self._own is None
            else pa.concat_arrays([self._values, self._own[0].cast(self._values.type)])
        )
        dictionary = values.dictionary_encode()
        codes = to_numpy(dictionary.indices.fill_null(0)).astype(np.int64)
        own = np.arange(len(self._values), len(values))
        return codes[np.concatenate([self._rows, own])], plain_values(dictionary.dictionary)


def numbers_of(values: Any) -> Values:
    """A column as numbers: instants as microseconds, zero where null."""
    if pa.types.is_timestamp(values.type):
        values = values.cast(pa.int64())
    found: Values = to_numpy(values.fill_null(0) if values.null_count else values)
    return found


def needs_ids(view: ViewSpec) -> bool:
    """Whether event ids matter: they break ties, and tell the event that asks from the others."""
    return view.include_current or any(feature.aggregate in _ORDERED_BY_ID for feature in view.features)


class _Ticks:
    """Event times as small numbers, so that entity and time fit in one sortable integer.

    Args:
        times_us: Event times.
        entities: Largest number of an entity.

    Attributes:
        span: How many numbers an entity has: one more than there are ticks.
    """

    def __init__(self, times_us: Positions, entities: int) -> None:
        self._start = int(times_us.min()) if len(times_us) else 0
        self.span = (int(times_us.max()) - self._start if len(times_us) else 0) + 2
        self._distinct: Positions | None = None
        if self.span > _LARGEST // (entities + 1):
            self._distinct = np.unique(times_us)
            self.span = len(self._distinct) + 1

    def of(self, instants_us: Positions) -> Positions:
        """Tick of the last event time at or before each instant; -1 before the first."""
        if self._distinct is None:
            # Beyond the last tick it would be the next entity's.
            return np.clip(instants_us - self._start, -1, self.span - 2)
        return np.searchsorted(self._distinct, instants_us, side="right") - 1


def slot_column(slot: SlotSpec, table: pa.Table) -> tuple[Any, Mask | None]:
    """A slot's values by row, and which rows count (None: all)."""
    counts: Mask | None = None
    values = None
    if slot.column is not None:
        found = expressions.evaluate(slot.expression, table) if slot.expression else table[slot.column]
        values = _as_array(found, table.num_rows)
        if values.null_count:
            counts = to_numpy(pc.is_valid(values))
    if slot.where:
        met = _as_array(expressions.evaluate(slot.where, table), table.num_rows)
        kept: Mask = to_numpy(pc.fill_null(met, False))
        counts = kept if counts is None else counts & kept
    return values, counts


def _as_array(found: Any, rows: int) -> pa.Array:
    if isinstance(found, pa.Scalar):
        return pa.array([found.as_py()] * rows, found.type)
    if not isinstance(found, pa.ChunkedArray):
        return found
    # Combining copies, even a single chunk.
    return found.chunk(0) if found.num_chunks == 1 else found.combine_chunks()


def _own_rows(view: ViewSpec, labels: pa.Table, order: Positions) -> pa.Table:
    """The labels' own events, in the order of the sorted labels."""
    columns = {column: labels[column] for column in view.columns if column in labels.column_names}
    columns |= {key.column: labels[key.name] for key in view.keys if key.name in labels.column_names}
    columns["event_id"] = labels["event_id"]
    return pa.table(columns).take(pa.array(order))


def _entities(keys: Sequence[KeySpec], events: pa.Table, labels: pa.Table) -> tuple[Positions, Positions]:
    """Number the entities of labels; -1 where a key is null, and for events nobody asks for."""
    numbers: dict[str, tuple[Positions, Positions]] = {
        key.name: _numbered(key, events[key.column], labels[key.name]) for key in keys
    }
    event, label = numbers.pop(keys[0].name)
    for more_event, more_label in numbers.values():
        size = int(max(more_event.max(initial=-1), more_label.max(initial=-1))) + 2
        missing_event = (event < 0) | (more_event < 0)
        missing_label = (label < 0) | (more_label < 0)
        both = np.concatenate([event * size + more_event, label * size + more_label])
        # Numbered anew after each key, so that no product of sizes can grow out of range.
        code = np.unique(both, return_inverse=True)[1].astype(np.int64)
        event, label = code[: len(event)], code[len(event) :]
        event[missing_event] = -1
        label[missing_label] = -1
    return event, label


def _numbered(key: KeySpec, events: Any, labels: Any) -> tuple[Positions, Positions]:
    kind = ARROW_TYPES[key.type]
    events, labels = events.cast(kind), labels.cast(kind)
    if pa.types.is_integer(kind):
        found = _numbered_integers(events, labels)
        if found is not None:
            return found
    distinct = pc.unique(labels.combine_chunks()).drop_null()
    return _index(events, distinct), _index(labels, distinct)


def _index(column: Any, distinct: pa.Array) -> Positions:
    found = pc.index_in(column, distinct).fill_null(-1)
    numbers: Positions = to_numpy(found).astype(np.int64)
    return numbers


def _numbered_integers(events: Any, labels: Any) -> tuple[Positions, Positions] | None:
    """Integers that lie close together are their own numbers, counted from the smallest label."""
    ends = pc.min_max(labels).as_py()
    if ends["min"] is None or ends["max"] - ends["min"] > 4 * (len(labels) + len(events)):
        return None
    low, size = ends["min"], ends["max"] - ends["min"] + 1

    def number(column: Any) -> Positions:
        missing = to_numpy(pc.is_null(column)) if column.null_count else None
        values = to_numpy(column.fill_null(low) if column.null_count else column)
        outside = (values < low) | (values >= low + size)
        return np.where(outside if missing is None else outside | missing, -1, values - low)

    return number(events), number(labels)
