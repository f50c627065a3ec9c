"""From events to the pages they change. The stream and the backfill both go through here.

That is what makes a backfill followed by the live stream equal the stream alone: one event
becomes the same change of the same pages, whoever read it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from headwater import names, windows
from headwater.aggregates import State, state_kind
from headwater.envelope import LoggedEvent
from headwater.expressions import evaluator
from headwater.online.pages import Change, Delta, SlotStates, id_hash
from headwater.registry import Registry, SlotSpec, TileSetSpec, ViewSpec


class PageRef(NamedTuple):
    """Which page: a view's tile set and entity, the width of its tiles, and the page's number."""

    view: str
    tile_set: str
    entity: str
    width_us: int
    page: int

    def key(self, environment: str) -> str:
        """Online key of the page."""
        width = windows.format_duration(self.width_us)
        return names.page_keys(environment, self.view, self.tile_set, width)(self.entity, self.page)


EntityOf = Callable[[Mapping[str, Any]], str | None]


def entity_reader(view: ViewSpec, *, by_column: bool) -> EntityOf:
    """Return a function from values to the online key part of their entity; None if one of its keys is null.

    Args:
        view: The view.
        by_column: Look values up by source column, as events have them, rather than by key name, as entity
            rows do.
    """
    wanted = [key.column if by_column else key.name for key in view.keys]
    [first, *others] = wanted

    def only_key_of(values: Mapping[str, Any]) -> str | None:
        value = values[first]
        return None if value is None else names.key_part(str(value))

    if not others:
        return only_key_of

    def entity_of(values: Mapping[str, Any]) -> str | None:
        found = [values[name] for name in wanted]
        return None if None in found else names.entity_key(map(str, found))

    return entity_of


def entities_reader(view: ViewSpec) -> Callable[[Sequence[Mapping[str, Any]]], list[str | None]]:
    """Like `entity_reader` for entity rows, of many at once."""
    [key, *others] = view.keys
    if others or key.type != "int64":
        entity_of = entity_reader(view, by_column=False)
        return lambda entities: [entity_of(values) for values in entities]
    name = key.name
    # A number has nothing to escape.
    return lambda entities: [None if values[name] is None else str(values[name]) for values in entities]


Lift = Callable[[Mapping[str, Any], int, str], State]


def slot_lift(slot: SlotSpec) -> Lift:
    """Return a function that lifts an event's columns, event time and id to a slot's state."""
    lift = state_kind(slot.state).lift
    counts = evaluator(slot.where) if slot.where else None
    value_of: Callable[[Mapping[str, Any]], Any] = _present
    if slot.expression:
        value_of = evaluator(slot.expression)
    elif slot.column is not None:
        value_of = itemgetter(slot.column)

    def lifted(data: Mapping[str, Any], event_time_us: int, event_id: str) -> State:
        if counts is not None and counts(data) is not True:
            return None
        value = value_of(data)
        return None if value is None else lift(value, event_time_us, event_id)

    return lifted


def _present(_data: Mapping[str, Any]) -> bool:
    return True


class Collected(NamedTuple):
    """What a batch changes in one tile set.

    Attributes:
        deltas: By page.
        late: Events that arrived after their tile of the finest width had ended.
        dropped: Events so late that no window will ever see them; they are in the log only.
    """

    deltas: dict[PageRef, list[Delta]]
    late: int
    dropped: int


class Tiler:
    """Turns the events of one tile set's source into changes of its pages.

    Args:
        view: The view.
        tile_set: One of its tile sets.
    """

    def __init__(self, view: ViewSpec, tile_set: TileSetSpec) -> None:
        self.view = view
        self.tile_set = tile_set
        self._lifts = [slot_lift(slot) for slot in tile_set.slots]
        self._states = SlotStates(tile_set.slots)
        self._entity_of = entity_reader(view, by_column=True)
        self._reaches = tuple(zip(tile_set.widths_us, tile_set.reaches_us, strict=True))
        self._reach_us = max(tile_set.reaches_us)
        self._keeps_ids = view.include_current and tile_set.head

    @property
    def name(self) -> tuple[str, str]:
        """View and tile set."""
        return self.view.name, self.tile_set.version

    def collect(self, events: Iterable[LoggedEvent], now_us: int | None = None) -> Collected:
        """Gather what events change.

        Args:
            events: Of the view's source, no two of one shard and sequence.
            now_us: No reader asks for an earlier instant; None: than the event's own arrival.
        """
        finest_us = self.tile_set.widths_us[0]
        groups: dict[tuple[str, int], list[Change]] = {}
        # By event, because what is out of reach for one batch's first event is so by its own arrival.
        horizons: dict[tuple[str, int], int] = {}
        late = dropped = 0
        for event in events:
            entity = self._entity_of(event.data)
            if entity is None:
                continue
            time_us = event.event_time_us
            now = event.arrival_us if now_us is None else now_us
            if time_us + self._reach_us <= now:
                dropped += 1
                continue
            place = (entity, windows.tile_of(time_us, finest_us))
            late += event.arrival_us > (place[1] + 1) * finest_us
            change = Change(
                event.shard,
                event.sequence,
                time_us,
                [lift(event.data, time_us, event.event_id) for lift in self._lifts],
                id_hash(event.event_id) if self._keeps_ids else None,
            )
            if place in groups:
                groups[place].append(change)
                horizons[place] = max(horizons[place], now)
            else:
                groups[place] = [change]
                horizons[place] = now
        return Collected(self._pages(groups, horizons), late, dropped)

    def _pages(
        self, groups: Mapping[tuple[str, int], list[Change]], horizons: Mapping[tuple[str, int], int]
    ) -> dict[PageRef, list[Delta]]:
        finest_us = self.tile_set.widths_us[0]
        pages: dict[PageRef, list[Delta]] = {}
        for (entity, tile), changes in groups.items():
            delta = Delta(changes, self._states)
            now = horizons[entity, tile]
            for width, reach in self._reaches:
                # A tile that ends before now minus its reach is read by nobody any more.
                index = windows.tile_of((tile + 1) * finest_us, width)
                if (index + 1) * width + reach > now:
                    page = PageRef(
                        self.view.name, self.tile_set.version, entity, width, windows.page_of(index)
                    )
                    pages.setdefault(page, []).append(delta)
        return pages


def all_tilers(registry: Registry) -> list[Tiler]:
    """Every tile set that is filled: those of the registry, and those of the next one."""
    found: dict[tuple[str, str], Tiler] = {}
    for definitions in (registry, registry.next):
        for view in definitions.views.values() if definitions else ():
            for tile_set in view.tile_sets:
                found.setdefault((view.name, tile_set.version), Tiler(view, tile_set))
    return list(found.values())


def tilers(registry: Registry) -> dict[str, list[Tiler]]:
    """The tile sets that are filled, by source."""
    by_source: dict[str, list[Tiler]] = {}
    for tiler in all_tilers(registry):
        by_source.setdefault(tiler.view.source, []).append(tiler)
    return by_source
