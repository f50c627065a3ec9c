"""Reads feature vectors: which pages a request needs, and how their tiles become values.

One read of the store answers a whole request. What a window is, is `headwater.windows`' business;
what a page holds, `headwater.online.pages`'.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from headwater import names, windows
from headwater.aggregates import AGGREGATES, State
from headwater.errors import RequestError
from headwater.online import pages, watermark
from headwater.online.changes import PageRef, entity_of
from headwater.online.pages import Page
from headwater.online.stores import ReadableStore
from headwater.online.writer import GRACE_US, page_key
from headwater.registry import FeatureSpec, Registry, ViewSpec
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
    window: Window
    features: list[tuple[int, FeatureSpec]]


class _ViewPlan(NamedTuple):
    view: ViewSpec
    windows: list[_WindowPlan]


class FeatureReader:
    """Reads vectors of feature services from one online store.

    Args:
        store: Where the pages are kept.
        registry: Definitions to read by; values of other versions are absent.
        environment: First part of every key.
    """

    def __init__(self, store: ReadableStore, registry: Registry, environment: str) -> None:
        self._store = store
        self._registry = registry
        self._environment = environment
        self._plans: dict[str, list[_ViewPlan]] = {}

    def read(self, service: str, entities: Sequence[Mapping[str, Any]], t_us: int) -> Answer:
        """Return the vectors of a service at an instant.

        Args:
            service: Name of the service.
            entities: One mapping of entity key to value per row; a null key means an unknown entity.
            t_us: The instant; events strictly before it count.

        Raises:
            RequestError: The service is unknown, or the stream is further past ``t_us`` than is kept.
        """
        plans = self._plan(service)
        marks = [(plan, entity_of(plan.view, row, by_column=False)) for row in entities for plan in plans]
        runs = {
            (plan.view.name, item.window): windows.cover(
                windows.bounds(t_us, item.window), plan.view.widths_us
            )
            for plan in plans
            for item in plan.windows
        }
        found = self._fetch(marks, runs, t_us)
        answer = Answer(
            [f for plan in plans for f in _feature_names(plan.view)], [], [], _freshest(found, t_us)
        )
        per_row = len(plans)
        for start in range(0, len(marks), per_row):
            values: list[Any] = []
            statuses: list[Status] = []
            for plan, entity in marks[start : start + per_row]:
                for value, status in _vector(plan, entity, runs, found, t_us):
                    values.append(value)
                    statuses.append(status)
            answer.values.append(values)
            answer.statuses.append(statuses)
        return answer

    def _plan(self, service: str) -> list[_ViewPlan]:
        plans = self._plans.get(service)
        if plans is None:
            plans = [_plan_view(view) for view in self._registry.views_of(self._registry.service(service))]
            self._plans[service] = plans
        return plans

    def _fetch(
        self,
        marks: list[tuple[_ViewPlan, str | None]],
        runs: Mapping[tuple[str, Window], list[TileRun]],
        t_us: int,
    ) -> dict[PageRef, Page]:
        wanted = dict.fromkeys(
            PageRef(plan.view.name, entity, run.width_us, page)
            for plan, entity in marks
            if entity is not None
            for item in plan.windows
            for run in runs[plan.view.name, item.window]
            for page in range(windows.page_of(run.first), windows.page_of(run.end - 1) + 1)
        )
        watermark_key = names.watermark_key(self._environment)
        keys = [page_key(self._registry, self._environment, ref) for ref in wanted]
        reached, *stored = self._store.read([watermark_key, *keys])
        mark = watermark.decode(watermark_key, reached)
        if mark is not None and mark.arrival_us - t_us > GRACE_US:
            raise RequestError(
                "as_of_too_old",
                f"as_of is {(mark.arrival_us - t_us) // windows.SECOND_US} s behind the stream; "
                f"the online store answers exactly for the last {GRACE_US // windows.SECOND_US} s",
                "ask for a later instant, or build a training set, which reaches back as far as the event log",
            )
        return {
            ref: page
            for ref, key, item in zip(wanted, keys, stored, strict=True)
            if item is not None and (page := pages.decode(key, item.value)).version == self._version(ref)
        }

    def _version(self, ref: PageRef) -> str:
        return self._registry.views[ref.view].version


def _feature_names(view: ViewSpec) -> list[str]:
    return [names.qualified_feature(view.name, feature.name) for feature in view.features]


def _plan_view(view: ViewSpec) -> _ViewPlan:
    by_window: dict[Window, list[tuple[int, FeatureSpec]]] = {}
    for position, feature in enumerate(view.features):
        by_window.setdefault(feature.window, []).append((position, feature))
    return _ViewPlan(view, [_WindowPlan(window, features) for window, features in by_window.items()])


def _vector(
    plan: _ViewPlan,
    entity: str | None,
    runs: Mapping[tuple[str, Window], list[TileRun]],
    found: Mapping[PageRef, Page],
    t_us: int,
) -> list[tuple[Any, Status]]:
    view = plan.view
    vector: list[tuple[Any, Status]] = [(None, "missing")] * len(view.features)
    for item in plan.windows:
        after_us, until_us = windows.bounds(t_us, item.window)
        states = _merged(view, entity, runs[view.name, item.window], found, until_us)
        for position, feature in item.features:
            if states is None:
                vector[position] = (None, "ahead")
                continue
            value = AGGREGATES[feature.aggregate].finish(states[feature.slot])
            if value is not None:
                vector[position] = (value, "present")
            elif feature.aggregate == "last" and _has_older(view, entity, found, feature.slot, after_us):
                vector[position] = (None, "expired")
    return vector


def _merged(
    view: ViewSpec, entity: str | None, runs: list[TileRun], found: Mapping[PageRef, Page], until_us: int
) -> list[State] | None:
    """Merge the tiles of some runs; None if one of them cannot be read as of ``until_us``."""
    merged: list[State] = [None] * len(view.slots)
    if entity is None:
        return merged
    for run in runs:
        for index in range(run.first, run.end):
            page = found.get(PageRef(view.name, entity, run.width_us, windows.page_of(index)))
            tile = page.tiles.get(index % windows.TILES_PER_PAGE) if page else None
            if tile is None:
                continue
            states = pages.states_until(tile, until_us, view.slots)
            if states is None:
                return None
            merged = pages.merge_states(merged, states, view.slots)
    return merged


def _has_older(
    view: ViewSpec, entity: str | None, found: Mapping[PageRef, Page], slot: int, after_us: int
) -> bool:
    return any(
        state is not None and state[0] <= after_us
        for ref, page in found.items()
        if ref.view == view.name and ref.entity == entity
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
