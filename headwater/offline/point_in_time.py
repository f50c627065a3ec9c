"""Training sets: for each label row, every feature as it was at the row's instant.

Events of a view are sorted by entity, event time and id once. A window is then a range of
positions, found by binary search, and a feature a reduction over the range. Where one asks for
what was known, events that arrived too late to be seen by everybody who looks are few: they are
matched with labels one by one, and all others reduced as they are.
"""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from headwater import names, windows
from headwater.errors import InputError
from headwater.offline.event_log import EventLog
from headwater.offline.ranges import Positions, Values, combine, matching_pairs, reduce_ranges
from headwater.offline.types import ARROW_TYPES
from headwater.registry import FeatureSpec, Registry, ViewSpec
from headwater.windows import Bounds, Window

Mode = Literal["as_known", "as_happened"]


class _Events(NamedTuple):
    """Events of a view, sorted by entity, event time and id.

    Attributes:
        place: Entity and event time as one sortable number.
        lateness_us: Arrival minus event time.
        arrival_us: Arrival.
        columns: The view's columns.
    """

    place: Positions
    lateness_us: Positions
    arrival_us: Positions
    columns: Mapping[str, pa.Array]


class _Labels(NamedTuple):
    t_us: Positions
    entity: Positions


def training_set(
    labels: pa.Table,
    registry: Registry,
    service: str,
    log: EventLog,
    *,
    timestamp_column: str = "event_time",
    mode: Mode = "as_known",
) -> pa.Table:
    """Add the features of a service to label rows.

    Args:
        labels: One row per label, with the instant and every entity key of the service. A null key
            is an entity without events.
        registry: Definitions.
        service: Name of the service.
        log: Events.
        timestamp_column: Column of ``labels`` with the instants, microseconds in UTC.
        mode: ``as_known``: only events that had arrived by then, which is what serving returned.
            ``as_happened``: every event, whenever it arrived.

    Returns:
        The label rows in their order with all their columns, then one column per feature, named
        ``<view>__<feature>``; null where there was no value.

    Raises:
        RequestError: The service is unknown.
        InputError: A column of ``labels`` is missing or of the wrong type.
    """
    views = registry.views_of(registry.service(service))
    instants = _instants(labels, timestamp_column)
    for view in views:
        _check_keys(labels, view)
    result = labels
    for view in views:
        for feature, column in _view_features(view, labels, instants, log, mode):
            result = result.append_column(names.qualified_feature(view.name, feature.name), column)
    return result


def _instants(labels: pa.Table, column: str) -> Positions:
    if column not in labels.column_names:
        raise InputError(
            f"labels: no column {column!r} among {', '.join(labels.column_names)}; name the timestamp"
        )
    kind = labels[column].type
    if not pa.types.is_timestamp(kind) or kind.tz is None:
        raise InputError(
            f"labels, column {column!r}: found {kind}, expected a timestamp with a time zone; cast it"
        )
    if labels[column].null_count:
        raise InputError(
            f"labels, column {column!r}: {labels[column].null_count} nulls, expected none; drop the rows"
        )
    instants: Positions = _to_numpy(labels[column].cast(pa.timestamp("us", tz="UTC")).cast(pa.int64()))
    return instants


def _check_keys(labels: pa.Table, view: ViewSpec) -> None:
    for feature in view.features:
        name = names.qualified_feature(view.name, feature.name)
        if name in labels.column_names:
            raise InputError(
                f"labels, column {name!r}: is a feature of the service; drop or rename the column"
            )
    for key in view.keys:
        if key.name not in labels.column_names:
            raise InputError(
                f"labels: no column {key.name!r}, which is a key of entity {view.entity!r}; add it, null where unknown"
            )
        found, expected = labels[key.name].type, ARROW_TYPES[key.type]
        found = found.value_type if pa.types.is_dictionary(found) else found
        fits = (
            pa.types.is_integer(found)
            if key.type == "int64"
            else pa.types.is_string(found) or pa.types.is_large_string(found)
        )
        if not fits:
            raise InputError(f"labels, column {key.name!r}: found {found}, expected {expected}; cast it")


def _view_features(
    view: ViewSpec, labels: pa.Table, instants: Positions, log: EventLog, mode: Mode
) -> list[tuple[FeatureSpec, pa.Array]]:
    events, rows, distinct = _sorted_events(view, labels, instants, log)
    ranges = {feature.window: _range_of(feature.window, rows, events, distinct) for feature in view.features}
    return [
        (feature, _feature(view, feature, rows, events, *ranges[feature.window], mode))
        for feature in view.features
    ]


def _sorted_events(
    view: ViewSpec, labels: pa.Table, instants: Positions, log: EventLog
) -> tuple[_Events, _Labels, Positions]:
    used = [slot.column for slot in view.slots if slot.column is not None]
    columns = list(dict.fromkeys([*(key.column for key in view.keys), *used]))
    found = log.read(view.source, ["event_id", "event_time", "arrival", *columns], _needed(view, instants))
    event_entity, label_entity = _entities(view, found, labels)
    found = found.append_column("_entity", pa.array(event_entity)).filter(pa.array(event_entity >= 0))
    found = found.sort_by([("_entity", "ascending"), ("event_time", "ascending"), ("event_id", "ascending")])
    times = _to_numpy(found["event_time"].cast(pa.int64()))
    arrivals = _to_numpy(found["arrival"].cast(pa.int64()))
    distinct, rank = np.unique(times, return_inverse=True)
    place = _to_numpy(found["_entity"]) * (len(distinct) + 1) + rank
    arrays = {column: found[column].combine_chunks() for column in columns}
    return _Events(place, arrivals - times, arrivals, arrays), _Labels(instants, label_entity), distinct


def _needed(view: ViewSpec, instants: Positions) -> Bounds:
    if not len(instants):
        return Bounds(0, 0)
    earliest, latest = int(instants.min()), int(instants.max())
    reading = [feature.window for feature in view.features]
    return Bounds(
        min(windows.bounds(earliest, window).after_us for window in reading),
        max(windows.bounds(latest, window).until_us for window in reading),
    )


def _entities(view: ViewSpec, events: pa.Table, labels: pa.Table) -> tuple[Positions, Positions]:
    """Number the entities of events and labels alike; -1 where a key is null."""
    total = events.num_rows + labels.num_rows
    code = np.zeros(total, dtype=np.int64)
    missing = np.zeros(total, dtype=bool)
    for key in view.keys:
        kind = ARROW_TYPES[key.type]
        chunks = [*events[key.column].cast(kind).chunks, *labels[key.name].cast(kind).chunks]
        values = pa.chunked_array(chunks, type=kind).combine_chunks().dictionary_encode()
        codes = values.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
        missing |= codes < 0
        # Numbered anew after each key, so that no product of sizes can grow out of range.
        code = np.unique(code * (len(values.dictionary) + 1) + codes, return_inverse=True)[1]
    code[missing] = -1
    return code[: events.num_rows], code[events.num_rows :]


def _range_of(
    window: Window, rows: _Labels, events: _Events, distinct: Positions
) -> tuple[Positions, Positions]:
    """Positions of the events that each label's window covers."""
    length, delay, resolution = window
    after = (rows.t_us - delay - length) // resolution * resolution
    until = (rows.t_us - delay) // resolution * resolution if delay else rows.t_us - 1

    def position(bound: Positions) -> Positions:
        at = rows.entity * (len(distinct) + 1) + np.searchsorted(distinct, bound, side="right")
        return np.searchsorted(events.place, at, side="left")

    first, end = position(after), position(until)
    known = rows.entity >= 0
    return np.where(known, first, 0), np.where(known, end, 0)


def _feature(
    view: ViewSpec,
    feature: FeatureSpec,
    rows: _Labels,
    events: _Events,
    first: Positions,
    end: Positions,
    mode: Mode,
) -> pa.Array:
    slot = view.slots[feature.slot]
    column = None if slot.column is None else events.columns[slot.column]
    valid = np.ones(len(events.place), dtype=bool) if column is None else _to_numpy(pc.is_valid(column))
    late = valid & (events.lateness_us > feature.delay_us) if mode == "as_known" else np.zeros_like(valid)
    kind = slot.state
    values = _numbers(kind, column, len(valid))

    positions, low, high = _among(valid & ~late, first, end)
    count = np.maximum(high - low, 0)
    result = values[:0] if kind == "count" else reduce_ranges(kind, values[positions], low, high)
    if late.any():
        positions, low, high = _among(late, first, end)
        arrival_us = events.arrival_us[positions]
        chosen, low, high = matching_pairs(low, high, lambda row, at: arrival_us[at] <= rows.t_us[row])
        if kind != "count":
            more = reduce_ranges(kind, values[positions][chosen], low, high)
            result = combine(kind, result, count, more, high - low)
        count = count + (high - low)
    return _finish(feature, kind, result, count, column)


def _among(
    chosen: npt.NDArray[np.bool_], first: Positions, end: Positions
) -> tuple[Positions, Positions, Positions]:
    """Positions chosen, and the ranges ``first .. end`` counted in them."""
    before = np.concatenate([[0], np.cumsum(chosen)])
    return np.flatnonzero(chosen), before[first], before[end]


def _numbers(kind: str, column: pa.Array | None, length: int) -> Values:
    """What a reduction works on: the column's numbers, or positions for ``last``."""
    if kind == "last" or column is None:
        return np.arange(length, dtype=np.int64)
    if kind == "count":
        return np.zeros(length, dtype=np.int64)
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.int64())
    values: Values = _to_numpy(column.fill_null(0))
    return values


def _finish(
    feature: FeatureSpec, kind: str, result: Values, count: Positions, column: pa.Array | None
) -> pa.Array:
    empty = count == 0
    kind_of_value = ARROW_TYPES[feature.type]
    if feature.aggregate == "count":
        return pa.array(count, type=pa.int64())
    if kind == "last" and column is not None:
        return column.take(pa.array(result, mask=empty)).cast(kind_of_value)
    if feature.aggregate == "mean":
        result = result / np.where(empty, 1, count)
    return pa.array(result, mask=empty).cast(kind_of_value)


def _to_numpy(column: Any) -> Any:
    return column.to_numpy() if isinstance(column, pa.ChunkedArray) else column.to_numpy(zero_copy_only=False)
