"""From an event to the pages it changes. The stream and the backfill both go through here.

That is what makes a backfill followed by the live stream equal the stream alone: one event
becomes the same change of the same pages, whoever read it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from headwater import names, windows
from headwater.aggregates import STATES, State
from headwater.online.pages import Change
from headwater.registry import SlotSpec, ViewSpec


class PageRef(NamedTuple):
    """Which page: a view's entity, the width of its tiles, and the page's number."""

    view: str
    entity: str
    width_us: int
    page: int


class LoggedEvent(NamedTuple):
    """One event with its place in the stream. Times are microseconds since the epoch."""

    source: str
    event_id: str
    event_time_us: int
    arrival_us: int
    shard: str
    sequence: int
    data: Mapping[str, Any]


def entity_of(view: ViewSpec, values: Mapping[str, Any], *, by_column: bool) -> str | None:
    """Online key part of the entity that ``values`` belongs to; None if one of its keys is null.

    Args:
        view: The view.
        values: An event's columns, or an entity row's keys.
        by_column: Look values up by source column rather than by key name.
    """
    found = [values[key.column if by_column else key.name] for key in view.keys]
    return (
        None
        if any(value is None for value in found)
        else names.entity_key(tuple([str(value) for value in found]))
    )


def lift(slots: Sequence[SlotSpec], event: LoggedEvent) -> list[State]:
    """An event as one state per slot; None where the slot's column is null."""
    states: list[State] = []
    for slot in slots:
        value = True if slot.column is None else event.data[slot.column]
        states.append(
            None if value is None else STATES[slot.state].lift(value, event.event_time_us, event.event_id)
        )
    return states


def changes_of(view: ViewSpec, event: LoggedEvent, now_us: int) -> list[tuple[PageRef, Change]]:
    """Pages that an event changes, one per width that can still be read for it.

    Args:
        view: A view on the event's source.
        event: The event.
        now_us: No reader asks for an earlier instant: the event's arrival on the stream, the cut-over of a backfill.

    Returns:
        Nothing if the event has no entity, or if it is so late that no window will ever see it.
    """
    entity = entity_of(view, event.data, by_column=True)
    if entity is None or event.event_time_us <= view.oldest_visible_us(now_us):
        return []
    change = Change(event.shard, event.sequence, event.event_time_us, lift(view.slots, event))
    reading = [feature.window for feature in view.features]
    return [
        (
            PageRef(view.name, entity, width, windows.page_of(windows.tile_of(event.event_time_us, width))),
            change,
        )
        for width in view.widths_us
        if event.event_time_us + windows.reach_us(width, reading) > now_us
    ]
