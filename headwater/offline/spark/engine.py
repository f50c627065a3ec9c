"""Training sets on Spark: for each label row, every feature as it was at the row's instant.

Who has few events is answered from them directly (`direct`), latest values from the order in which they became
known (`latest`). Where there are many, windows are taken apart into whole tiles, heads and late events (`running`).
Every part gives partial states by ask, which one grouping merges and finishes. Nothing of it is Python code but
functions on demand, which are that by definition; nothing comes to the driver but two instants, and whether anybody
has many events.
"""

from collections.abc import Iterable, Sequence
from functools import reduce
from itertools import groupby
from typing import Protocol

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

from headwater import names, windows
from headwater.offline.point_in_time import Mode
from headwater.offline.spark import direct, items, latest, pairs, running
from headwater.offline.spark.label_frames import check_labels, with_on_demand
from headwater.offline.spark.slot_columns import SPARK_TYPES
from headwater.offline.spark.states import IN_PLACE, STATES
from headwater.offline.spark.view_frames import Reading, ViewFrames
from headwater.registry import FeatureSpec, Registry, ViewSpec
from headwater.windows import Bounds


class EventFrames(Protocol):
    """The event log as data frames."""

    def read(self, source: str, columns: Sequence[str], interval: Bounds) -> DataFrame:
        """Some columns of the events with ``after_us < event_time <= until_us``."""


def training_set(
    labels: DataFrame,
    registry: Registry,
    service: str,
    log: EventFrames,
    *,
    timestamp_column: str = "event_time",
    mode: Mode = "as_known",
    crowd: int = direct.CROWD,
) -> DataFrame:
    """Add the features of a service to label rows.

    Args:
        labels: One row per label, as `headwater.offline.point_in_time.training_set` takes them. What computes them
            must give the same rows each time, as reading a table does: they are read once a view and part.
        registry: Definitions.
        service: Name of the service.
        log: Events.
        timestamp_column: Column of ``labels`` with the instants.
        mode: ``as_known`` or ``as_happened``.
        crowd: An entity with more events within the reach of a view's windows is answered from tiles there.

    Returns:
        The label rows with all their columns, in any order, then one column per feature, named
        ``<view>__<feature>``; null where there was no value.

    Raises:
        RequestError: The service is unknown.
        InputError: A column of ``labels`` is missing, of the wrong type, or is named as a feature.
    """
    found = registry.service(service)
    check_labels(labels, registry, found, timestamp_column)
    ends = labels.agg(
        sf.unix_micros(sf.min(timestamp_column)), sf.unix_micros(sf.max(timestamp_column))
    ).first()
    result = labels
    for view in registry.views_of(found):
        several = [feature.window for feature in view.features]
        interval = (
            Bounds(0, 0) if ends is None or ends[0] is None else windows.needed(several, ends[0], ends[1])
        )
        columns = ["event_time", "arrival", "event_id", *view.columns]
        events = log.read(view.source, columns, interval)
        frames = ViewFrames(view, registry.sources[view.source], events, labels, timestamp_column)
        answers = _answers(frames, as_known=mode == "as_known", crowd=crowd)
        result = frames.answer(result, answers, _features(view))
    return with_on_demand(result, registry, found)


def _features(view: ViewSpec) -> dict[str, Column | None]:
    """Names of a view's features, and what stands for no answer at all."""
    nothing = sf.lit(0).cast("long")
    return {
        names.qualified_feature(view.name, feature.name): nothing if feature.aggregate == "count" else None
        for feature in view.features
    }


def _answers(frames: ViewFrames, *, as_known: bool, crowd: int) -> DataFrame:
    """Features by ask; asks without events may be missing."""
    small = [reading for reading in frames.readings if reading.kind in STATES]
    large = [reading for reading in frames.readings if reading.kind not in STATES]
    parts = _small_parts(frames, small, as_known=as_known, crowd=crowd)
    parts += [items.values(frames, reading, as_known=as_known) for reading in large]
    together = reduce(lambda left, right: left.unionByName(right, allowMissingColumns=True), parts)
    merged = [
        field.merge(sf.col(reading.column(name))).alias(reading.column(name))
        for reading in small
        for name, field in STATES[reading.kind].fields.items()
    ]
    # One part alone has them.
    merged += [
        sf.first(items.result_column(reading), ignorenulls=True).alias(items.result_column(reading))
        for reading in large
    ]
    states = together.groupBy(*frames.ask).agg(*merged)
    return states.select(*frames.ask, *[_finished(frames, feature) for feature in frames.view.features])


def _small_parts(
    frames: ViewFrames, readings: Sequence[Reading], *, as_known: bool, crowd: int
) -> list[DataFrame]:
    """States of readings, by whatever is the least work for their kind and for who has how many events."""
    known = [reading for reading in readings if latest.is_latest(reading)]
    in_place = [reading for reading in readings if reading.kind in IN_PLACE]
    others = [reading for reading in readings if reading not in known and reading not in in_place]
    parts = []
    if known:
        parts.append(latest.values(frames, known, as_known=as_known))
    if in_place:
        crowded, few = direct.crowds(frames, in_place, crowd), frames
        if not crowded.isEmpty():
            few, many = direct.parted(frames, in_place, crowded)
            parts += _tiled(many, in_place, as_known=as_known)
        parts.append(direct.states(few, in_place, as_known=as_known))
    parts += _tiled(frames, others, as_known=as_known)
    if frames.view.include_current:
        for own in _by_window(reading for reading in readings if not reading.window.delay_us):
            unseen = pairs.unseen_own_events(frames, own[0].window, as_known=as_known)
            parts.append(running.alone(frames, unseen, own))
    return parts


def _tiled(frames: ViewFrames, readings: Sequence[Reading], *, as_known: bool) -> list[DataFrame]:
    """States by tiles, of readings over any windows."""
    parts = [running.heads(frames, own, as_known=as_known) for own in _by_head(readings)]
    for own in _by_window(readings):
        parts.append(running.full_tiles(frames, own, as_known=as_known))
        if as_known:
            parts.append(running.alone(frames, pairs.late_pairs(frames, own[0].window), own))
    return parts


def _by_window(readings: Iterable[Reading]) -> list[list[Reading]]:
    ordered = sorted(readings, key=lambda reading: reading.window)
    return [list(own) for _, own in groupby(ordered, key=lambda reading: reading.window)]


def _by_head(readings: Sequence[Reading]) -> list[list[Reading]]:
    """Readings without delay, by resolution: they share their head."""
    ordered = sorted(
        (reading for reading in readings if not reading.window.delay_us),
        key=lambda reading: reading.window.resolution_us,
    )
    return [list(own) for _, own in groupby(ordered, key=lambda reading: reading.window.resolution_us)]


def _finished(frames: ViewFrames, feature: FeatureSpec) -> Column:
    reading = frames.reading_of(frames.view.slot_of(feature), feature.window)
    if reading.kind in STATES:
        state = STATES[reading.kind]
        value = state.finish(feature.aggregate, {name: sf.col(reading.column(name)) for name in state.fields})
    else:
        value = sf.col(items.result_column(reading))
    return _typed(value, feature.type).alias(names.qualified_feature(frames.view.name, feature.name))


def _typed(value: Column, kind: str) -> Column:
    if kind == "list[timestamp]":
        return sf.transform(value, sf.timestamp_micros)
    if kind == "timestamp":
        return sf.timestamp_micros(value)
    if kind.startswith("list["):
        return value.cast(f"array<{SPARK_TYPES[kind.removeprefix('list[').removesuffix(']')]}>")
    return value.cast(SPARK_TYPES[kind])
