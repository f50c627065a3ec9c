"""The meaning of a feature, by brute force.

Slow, short and obvious on purpose: every executor is tested against it, and it shares no code
with any of them but expressions and the estimate of a sketch. It reads like the contract: an event
counts if it is inside ``(B, H]`` (or strictly before ``t`` where nothing is delayed), belongs to
the entity, meets the condition, has a value, and, when one asks for what was known, had arrived
by ``t``. The event that asks counts as one at ``t``, unless it is among them already.
"""

import statistics
from collections.abc import Callable, Iterable, Mapping
from math import sqrt
from typing import Any, NamedTuple

from headwater import hyperloglog
from headwater.expressions import evaluator, in_range
from headwater.registry import FeatureSpec, SlotSpec, ViewSpec


class Event(NamedTuple):
    """One event of a source. Times are microseconds since the epoch."""

    event_id: str
    event_time_us: int
    arrival_us: int
    data: Mapping[str, Any]


def value(
    view: ViewSpec,
    feature: FeatureSpec,
    entity: Mapping[str, Any],
    t_us: int,
    events: Iterable[Event],
    *,
    as_known: bool,
    current: Event | None = None,
) -> Any:
    """Value of one feature of one entity at ``t_us``; ``current`` is the event that asks."""
    found = values(view, feature, entity, t_us, events, as_known=as_known, current=current)
    if feature.aggregate == "count":
        return len(found)
    if not found:
        return None
    if feature.aggregate == "last_n":
        return found[::-1][: int(view.slot_of(feature).state.partition(":")[2])]
    return _AGGREGATES[feature.aggregate](found)


def values(
    view: ViewSpec,
    feature: FeatureSpec,
    entity: Mapping[str, Any],
    t_us: int,
    events: Iterable[Event],
    *,
    as_known: bool,
    current: Event | None = None,
) -> list[Any]:
    """What a feature aggregates, by event time and id."""
    seen = [
        event
        for event in events
        if _belongs(view, event, entity)
        and _in_window(feature, event.event_time_us, t_us)
        and (event.arrival_us <= t_us or not as_known)
    ]
    asks = current is not None and feature.delay_us == 0 and _belongs(view, current, entity)
    if asks and current is not None and current.event_id not in {event.event_id for event in seen}:
        seen.append(current._replace(event_time_us=t_us))
    slot = view.slot_of(feature)
    seen.sort(key=lambda event: (event.event_time_us, event.event_id))
    return [_value(slot, event) for event in seen if _counts(slot, event)]


def _belongs(view: ViewSpec, event: Event, entity: Mapping[str, Any]) -> bool:
    return all(
        event.data[key.column] is not None and event.data[key.column] == entity[key.name] for key in view.keys
    )


def _counts(slot: SlotSpec, event: Event) -> bool:
    met = slot.where is None or evaluator(slot.where)(event.data) is True
    return met and _value(slot, event) is not None


def _value(slot: SlotSpec, event: Event) -> Any:
    if slot.expression is not None:
        return evaluator(slot.expression)(event.data)
    return True if slot.column is None else event.data[slot.column]


def _in_window(feature: FeatureSpec, event_time_us: int, t_us: int) -> bool:
    h, w, d = feature.resolution_us, feature.window_us, feature.delay_us
    if d == 0:
        return (t_us - w) // h * h < event_time_us < t_us
    return (t_us - d - w) // h * h < event_time_us <= (t_us - d) // h * h


def _sum(values: list[Any]) -> Any:
    total = sum(values)
    return total if isinstance(total, float) else in_range(total)


def _distinct(values: list[Any]) -> int:
    ranks: dict[int, int] = {}
    for register, rank in map(hyperloglog.register_of, map(str, values)):
        ranks[register] = max(rank, ranks.get(register, 0))
    return hyperloglog.estimate(ranks)


_AGGREGATES: dict[str, Callable[[list[Any]], Any]] = {
    "sum": _sum,
    "mean": lambda values: sum(values) / len(values),
    "min": min,
    "max": max,
    "variance": lambda values: float(statistics.pvariance(map(float, values))),
    "stddev": lambda values: sqrt(statistics.pvariance(map(float, values))),
    "first": lambda values: values[0],
    "last": lambda values: values[-1],
    "approx_count_distinct": _distinct,
}
