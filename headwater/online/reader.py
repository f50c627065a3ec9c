"""Reads feature vectors: which pages a request needs, and how their tiles become values.

One read of the store answers a whole request. What a window is, is `headwater.windows`' business;
what a page holds, `headwater.online.pages`'; what is computed on demand, `headwater.online.on_demand`'s.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from headwater import names, windows
from headwater.aggregates import AGGREGATES, State
from headwater.envelope import LoggedEvent
from headwater.errors import RequestError
from headwater.online import pages, watermark
from headwater.online.changes import EntityOf, Lift, PageRef, entity_reader, id_hash, slot_lift
from headwater.online.pages import Page, SlotStates
from headwater.online.stores import ReadableStore
from headwater.online.writer import GRACE_US
from headwater.registry import FeatureSpec, Registry, TileSetSpec, ViewSpec
from headwater.windows import TileRun, Window

Status = Literal["present", "missing", "expired", "ahead"]
"""Why a value is what it is.

present: the value. missing: no event with a value in the window. expired: none in the window, but
an older one is still in the store. ahead: the store has moved past the instant asked for by more
than it can tell apart; asking again for a later instant helps.
"""


class Answer(NamedTuple):
    """Feature vectors of some entities.

    Attributes:
        features: Names, as long as each row.
        values: One row per entity, in the order asked.
        statuses: Of each value.
        freshest_event_us: Latest event time before ``t`` among what was read; None if there is none.
    """

    features: list[str]
    values: list[list[Any]]
    statuses: list[list[Status]]
    freshest_event_us: int | None


class _WindowPlan(NamedTuple):
    """Features read over one window from one tile set, by their position in the view."""

    window: Window
    tile_set: TileSetSpec
    states: SlotStates
    features: list[tuple[int, FeatureSpec]]


class _ViewPlan(NamedTuple):
    """A view's windows, whom a row is about, and how the event that asks becomes states, by tile set."""

    view: ViewSpec
    windows: list[_WindowPlan]
    lifts: dict[str, list[Lift]]
    entity_of_row: EntityOf
    entity_of_event: EntityOf


class _Read(NamedTuple):
    """What one request read: pages by reference, and tiles by window."""

    t_us: int
    found: Mapping[PageRef, Page]
    runs: Mapping[tuple[str, Window], list[TileRun]]


class FeatureReader:
    """Reads the stored features of feature services from one online store.

    Args:
        store: Where the pages are kept.
        registry: Definitions to read by; values of other versions are absent.
        environment: First part of every key.

    Attributes:
        foreign: How many pages of another version were met, and treated as absent.
    """

    def __init__(self, store: ReadableStore, registry: Registry, environment: str) -> None:
        self._store = store
        self._registry = registry
        self._environment = environment
        self._plans: dict[str, list[_ViewPlan]] = {}
        self.foreign = 0

    def read(
        self,
        service: str,
        entities: Sequence[Mapping[str, Any]],
        t_us: int,
        current: Sequence[LoggedEvent | None] | None = None,
    ) -> Answer:
        """Return the vectors of a service at an instant.

        Args:
            service: Name of the service.
            entities: One mapping of entity key to value per row; a null key means an unknown entity.
            t_us: The instant; events strictly before it count.
            current: By row, the event that asks; it counts in views that include it, once.

        Raises:
            RequestError: The service is unknown, or the stream is further past ``t_us`` than is kept.
        """
        plans = self._plan(service)
        asking = current or [None] * len(entities)
        marks = [
            (plan, entity := plan.entity_of_row(row), _asking(plan, entity, event))
            for row, event in zip(entities, asking, strict=True)
            for plan in plans
        ]
        read = self._fetch(marks, plans, t_us)
        answer = Answer(
            [name for plan in plans for name in _feature_names(plan.view)],
            [],
            [],
            _freshest(read.found, t_us),
        )
        for start in range(0, len(marks), len(plans)):
            row = [
                cell
                for plan, entity, event in marks[start : start + len(plans)]
                for cell in _vector(plan, entity, event, read)
            ]
            answer.values.append([value for value, _ in row])
            answer.statuses.append([status for _, status in row])
        return answer

    def _plan(self, service: str) -> list[_ViewPlan]:
        plans = self._plans.get(service)
        if plans is None:
            plans = [_plan_view(view) for view in self._registry.views_of(self._registry.service(service))]
            self._plans[service] = plans
        return plans

    def _fetch(
        self,
        marks: list[tuple[_ViewPlan, str | None, LoggedEvent | None]],
        plans: list[_ViewPlan],
        t_us: int,
    ) -> _Read:
        runs = {
            (item.tile_set.version, item.window): windows.cover(
                windows.bounds(t_us, item.window), item.tile_set.widths_us
            )
            for plan in plans
            for item in plan.windows
        }
        wanted = dict.fromkeys(
            PageRef(plan.view.name, item.tile_set.version, entity, run.width_us, page)
            for plan, entity, _ in marks
            if entity is not None
            for item in plan.windows
            for run in runs[item.tile_set.version, item.window]
            for page in range(windows.page_of(run.first), windows.page_of(run.end - 1) + 1)
        )
        # Where the ids of recent events are, to know whether the event that asks is counted already.
        wanted |= dict.fromkeys(
            _page_of_event(plan.view, item.tile_set, entity, event)
            for plan, entity, event in marks
            if entity is not None and event is not None
            for item in plan.windows
        )
        watermark_key = names.watermark_key(self._environment)
        keys = [ref.key(self._environment) for ref in wanted]
        reached, *stored = self._store.read([watermark_key, *keys])
        mark = watermark.decode(watermark_key, reached)
        if mark is not None and mark.arrival_us - t_us > GRACE_US:
            raise RequestError(
                "as_of_too_old",
                f"as_of is {(mark.arrival_us - t_us) // windows.SECOND_US} s behind the stream; "
                f"the online store answers exactly for the last {GRACE_US // windows.SECOND_US} s",
                "ask for a later instant, or build a training set, which reaches back as far as the event log",
            )
        found = {
            ref: pages.decode(key, item.value)
            for ref, key, item in zip(wanted, keys, stored, strict=True)
            if item is not None
        }
        ours = {ref: page for ref, page in found.items() if page.version == ref.tile_set}
        self.foreign += len(found) - len(ours)
        return _Read(t_us, ours, runs)


def _asking(plan: _ViewPlan, entity: str | None, event: LoggedEvent | None) -> LoggedEvent | None:
    """The event that asks, if it counts in a view: of its source, and of the row's entity."""
    view = plan.view
    if event is None or entity is None or not view.include_current or event.source != view.source:
        return None
    return event if plan.entity_of_event(event.data) == entity else None


def _page_of_event(view: ViewSpec, tile_set: TileSetSpec, entity: str, event: LoggedEvent) -> PageRef:
    width = tile_set.widths_us[0]
    page = windows.page_of(windows.tile_of(event.event_time_us, width))
    return PageRef(view.name, tile_set.version, entity, width, page)


def _feature_names(view: ViewSpec) -> list[str]:
    return [names.qualified_feature(view.name, feature.name) for feature in view.features]


def _plan_view(view: ViewSpec) -> _ViewPlan:
    by_window: dict[tuple[int, Window], list[tuple[int, FeatureSpec]]] = {}
    for position, feature in enumerate(view.features):
        by_window.setdefault((feature.tile_set, feature.window), []).append((position, feature))
    states = [SlotStates(tile_set.slots) for tile_set in view.tile_sets]
    return _ViewPlan(
        view,
        [
            _WindowPlan(window, view.tile_sets[place], states[place], features)
            for (place, window), features in by_window.items()
        ],
        {tile_set.version: [slot_lift(slot) for slot in tile_set.slots] for tile_set in view.tile_sets},
        entity_reader(view, by_column=False),
        entity_reader(view, by_column=True),
    )


def _vector(
    plan: _ViewPlan, entity: str | None, event: LoggedEvent | None, read: _Read
) -> list[tuple[Any, Status]]:
    view = plan.view
    vector: list[tuple[Any, Status]] = [(None, "missing")] * len(view.features)
    for item in plan.windows:
        after_us, until_us = windows.bounds(read.t_us, item.window)
        states = _merged(view, item, entity, read, until_us)
        if states is not None and event is not None and not item.window.delay_us:
            states = _with_event(plan, item, states, event, entity, read)
        for position, feature in item.features:
            if states is None:
                vector[position] = (None, "ahead")
                continue
            value = AGGREGATES[feature.aggregate].finish(states[feature.slot])
            if value is not None:
                vector[position] = (value, "present")
            elif feature.aggregate == "last" and _has_older(item, entity, read, feature.slot, after_us):
                vector[position] = (None, "expired")
    return vector


def _merged(
    view: ViewSpec, item: _WindowPlan, entity: str | None, read: _Read, until_us: int
) -> list[State] | None:
    """Merge the tiles of a window; None if one of them cannot be read as of ``until_us``."""
    merged = item.states.none()
    if entity is None:
        return merged
    for run in read.runs[item.tile_set.version, item.window]:
        for index in range(run.first, run.end):
            ref = PageRef(view.name, item.tile_set.version, entity, run.width_us, windows.page_of(index))
            page = read.found.get(ref)
            tile = page.tiles.get(index % windows.TILES_PER_PAGE) if page else None
            if tile is None:
                continue
            states = pages.states_until(tile, until_us, item.states)
            if states is None:
                return None
            merged = item.states.merge(merged, states)
    return merged


def _with_event(
    plan: _ViewPlan,
    item: _WindowPlan,
    states: list[State],
    event: LoggedEvent,
    entity: str | None,
    read: _Read,
) -> list[State] | None:
    """Count the event that asks, as one at the instant asked for, unless the stream has counted it.

    Returns:
        States by slot; None if the entity has had too many events to know whether it is counted.
    """
    page = None if entity is None else read.found.get(_page_of_event(plan.view, item.tile_set, entity, event))
    after_us, until_us = windows.bounds(read.t_us, item.window)
    counted = page is not None and page.recent_ids.get(id_hash(event.event_id)) == event.event_time_us
    if counted and after_us < event.event_time_us <= until_us:
        return states
    if page is not None and not counted and not pages.knows_ids(page, event.event_time_us):
        return None
    lifts = plan.lifts[item.tile_set.version]
    return item.states.merge(states, [lift(event.data, read.t_us, event.event_id) for lift in lifts])


def _has_older(item: _WindowPlan, entity: str | None, read: _Read, slot: int, after_us: int) -> bool:
    return any(
        state is not None and state[0] <= after_us
        for ref, page in read.found.items()
        if ref.tile_set == item.tile_set.version and ref.entity == entity
        for tile in page.tiles.values()
        for state in (tile.settled[slot], *[moment.states[slot] for moment in tile.recent])
    )


def _freshest(found: Mapping[PageRef, Page], t_us: int) -> int | None:
    times = [
        time_us
        for page in found.values()
        for tile in page.tiles.values()
        for time_us in (tile.settled_until_us, *[moment.time_us for moment in tile.recent])
        if pages.NEVER_US < time_us < t_us
    ]
    return max(times, default=None)
