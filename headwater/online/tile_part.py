"""Reads features over windows: which tiles they need at an instant, and how these become values.

Windows of one tile set overlap: what several of them cover is merged once. Which tiles that is
changes only when an edge of a window steps to the next one, so the plan is kept until then.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from headwater import names, windows
from headwater.aggregates import AGGREGATES, State
from headwater.envelope import LoggedEvent
from headwater.online import pages
from headwater.online.changes import slot_lift
from headwater.online.pages import NEVER_US, Page, SlotStates, Tile
from headwater.online.vectors import Cells, Status
from headwater.online.writer import GRACE_US
from headwater.registry import FeatureSpec, TileSetSpec
from headwater.windows import Window


class _Group(NamedTuple):
    """Tiles, by page and position, that the same windows cover; windows by position."""

    tiles: list[tuple[int, int]]
    windows: list[int]


class _Plan(NamedTuple):
    """Pages to read, by width and number, and the tiles in them."""

    pages: list[tuple[int, int]]
    groups: list[_Group]


class TilePart:
    """Features of a view that are read from one tile set.

    Args:
        tile_set: The tile set.
        features: The features.
    """

    def __init__(self, tile_set: TileSetSpec, features: Sequence[FeatureSpec]) -> None:
        self.tile_set = tile_set
        self.states = SlotStates(tile_set.slots)
        self.lifts = [slot_lift(slot) for slot in tile_set.slots]
        self.windows = list(dict.fromkeys(feature.window for feature in features))
        self.features = [
            (self.windows.index(feature.window), feature.slot, AGGREGATES[feature.aggregate].finish)
            for feature in features
        ]
        self.ages = [feature.aggregate == "last" for feature in features]
        self._plan: tuple[Any, _Plan] | None = None

    def at(self, t_us: int, *, events: bool) -> "TileInstant":
        """The tiles as of an instant.

        Args:
            t_us: The instant.
            events: Whether events may ask: their ids are then looked for in the pages of the last hour.
        """
        plan = self._plan_at(t_us)
        numbers = list(plan.pages)
        if events:
            finest = self.tile_set.widths_us[0]
            first, last = (
                windows.page_of(windows.tile_of(instant, finest)) for instant in (t_us - GRACE_US, t_us)
            )
            numbers += [(finest, page) for page in range(first, last + 1) if (finest, page) not in plan.pages]
        return TileInstant(self, plan.groups, numbers, t_us)

    def _plan_at(self, t_us: int) -> _Plan:
        finest = self.tile_set.widths_us[0]
        intervals = [windows.bounds(t_us, window) for window in self.windows]
        place = windows.tile_of(t_us - 1, finest), (t_us - 1) % finest == 0
        key = [
            (after_us, until_us if window.delay_us else place)
            for window, (after_us, until_us) in zip(self.windows, intervals, strict=True)
        ]
        kept = self._plan
        if kept is None or kept[0] != key:
            kept = self._plan = key, _plan(self.windows, self.tile_set.widths_us, t_us)
        return kept[1]


class TileInstant:
    """A tile set as of one instant.

    Args:
        part: The features.
        groups: Tiles to merge.
        numbers: Pages to read, by width and number.
        t_us: The instant.
    """

    def __init__(
        self, part: TilePart, groups: Sequence[_Group], numbers: Sequence[tuple[int, int]], t_us: int
    ) -> None:
        self.suffixes = [names.page_suffix(windows.format_duration(width), page) for width, page in numbers]
        self._part = part
        self._groups = groups
        self._numbers = numbers
        self._t_us = t_us

    def cells(self, keys: Sequence[str], values: Sequence[bytes | None], event: LoggedEvent | None) -> Cells:
        """Values and statuses of one entity.

        Args:
            keys: Keys of its pages.
            values: What is stored there.
            event: The event that asks, if it counts.
        """
        part = self._part
        found = [
            None if value is None else pages.decode(key, value)
            for key, value in zip(keys, values, strict=True)
        ]
        merged = self._merged(found)
        if event is not None:
            merged = self._with_event(merged, found, event)
        vector: list[Any] = []
        statuses: list[Status] = []
        for place, (window, slot, finish) in enumerate(part.features):
            states = merged[window]
            value = None if states is None else finish(states[slot])
            vector.append(value)
            if states is None:
                statuses.append("ahead")
            elif value is not None:
                statuses.append("present")
            else:
                after_us = windows.bounds(self._t_us, part.windows[window]).after_us
                old = part.ages[place] and _has_older(found, slot, after_us)
                statuses.append("expired" if old else "missing")
        return Cells(vector, statuses, self._freshest(found))

    def _merged(self, found: Sequence[Page | None]) -> list[list[State] | None]:
        """States by window; None where a tile cannot be read as of the instant."""
        part, until_us = self._part, self._t_us - 1
        collected: list[list[list[State]]] = [[] for _ in part.windows]
        ahead: set[int] = set()
        for group in self._groups:
            several: list[list[State]] = []
            for page_place, position in group.tiles:
                page = found[page_place]
                tile = page.tiles.get(position) if page is not None else None
                if tile is None:
                    continue
                if tile.settled_until_us > until_us:
                    ahead.update(group.windows)
                    break
                several.append(tile.settled)
                if tile.recent:
                    several += [moment.states for moment in tile.recent if moment.time_us <= until_us]
            if several:
                states = part.states.merge_all(several)
                for window in group.windows:
                    collected[window].append(states)
        return [
            None if window in ahead else part.states.merge_all(several)
            for window, several in enumerate(collected)
        ]

    def _with_event(
        self, merged: Sequence[list[State] | None], found: Sequence[Page | None], event: LoggedEvent
    ) -> list[list[State] | None]:
        """Count the event that asks, as one at the instant asked for, in windows that do not hold it yet."""
        part = self._part
        finest = part.tile_set.widths_us[0]
        place = self._numbers.index((finest, windows.page_of(windows.tile_of(event.event_time_us, finest))))
        counted_us = pages.event_counted(found[place], event)
        own = [lift(event.data, self._t_us, event.event_id) for lift in part.lifts]
        counting: list[list[State] | None] = []
        for window, states in zip(part.windows, merged, strict=True):
            after_us, until_us = windows.bounds(self._t_us, window)
            if states is None or window.delay_us:
                counting.append(states)
            elif counted_us is None:
                counting.append(None)
            else:
                there = after_us < counted_us <= until_us
                counting.append(states if there else part.states.merge(states, own))
        return counting

    def _freshest(self, found: Sequence[Page | None]) -> int | None:
        times = [
            time_us
            for page in found
            if page is not None
            for tile in page.tiles.values()
            for time_us in _times(tile)
            if NEVER_US < time_us < self._t_us
        ]
        return max(times, default=None)


def _plan(wanted: Sequence[Window], widths_us: Sequence[int], t_us: int) -> _Plan:
    covering: dict[tuple[int, int], list[int]] = {}
    for place, window in enumerate(wanted):
        for run in windows.cover(windows.bounds(t_us, window), widths_us):
            for index in range(run.first, run.end):
                covering.setdefault((run.width_us, index), []).append(place)
    numbers: dict[tuple[int, int], int] = {}
    groups: dict[tuple[int, ...], _Group] = {}
    for (width, index), places in covering.items():
        page = numbers.setdefault((width, windows.page_of(index)), len(numbers))
        group = groups.setdefault(tuple(places), _Group([], places))
        group.tiles.append((page, index % windows.TILES_PER_PAGE))
    return _Plan(list(numbers), list(groups.values()))


def _times(tile: Tile) -> list[int]:
    return [tile.settled_until_us, *[moment.time_us for moment in tile.recent]]


def _has_older(found: Sequence[Page | None], slot: int, after_us: int) -> bool:
    return any(
        state is not None and state[0] <= after_us
        for page in found
        if page is not None
        for tile in page.tiles.values()
        for state in (tile.settled[slot], *[moment.states[slot] for moment in tile.recent])
    )
