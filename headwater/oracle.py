"""The meaning of a feature, by brute force.

Slow, short and obvious on purpose: every executor is tested against it, and it shares no code
with any of them but the names of the aggregates. It reads like the contract: an event counts if
it is inside ``(B, H]`` (or strictly before ``t`` where nothing is delayed), belongs to the
entity, and, when one asks for what was known, had arrived by ``t``.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from headwater.registry import FeatureSpec, ViewSpec


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
) -> Any:
    """Value of one feature of one entity at ``t_us``."""
    column = view.slots[feature.slot].column
    seen = [
        event
        for event in events
        if all(
            event.data[key.column] is not None and event.data[key.column] == entity[key.name]
            for key in view.keys
        )
        and _in_window(feature, event.event_time_us, t_us)
        and (event.arrival_us <= t_us or not as_known)
        and (column is None or event.data[column] is not None)
    ]
    if feature.aggregate == "count":
        return len(seen)
    if not seen:
        return None
    seen.sort(key=lambda event: (event.event_time_us, event.event_id))
    return _AGGREGATES[feature.aggregate]([event.data[column] for event in seen if column is not None])


def _in_window(feature: FeatureSpec, event_time_us: int, t_us: int) -> bool:
    h, w, d = feature.resolution_us, feature.window_us, feature.delay_us
    if d == 0:
        return (t_us - w) // h * h < event_time_us < t_us
    return (t_us - d - w) // h * h < event_time_us <= (t_us - d) // h * h


_AGGREGATES: dict[str, Callable[[list[Any]], Any]] = {
    "sum": sum,
    "mean": lambda values: sum(values) / len(values),
    "min": min,
    "max": max,
    "last": lambda values: values[-1],
}
