"""Reads features that are latest values: from rows, one online value an entity."""

from collections.abc import Sequence

from headwater import names, windows
from headwater.envelope import LoggedEvent
from headwater.online import pages, rows
from headwater.online.changes import slot_lift
from headwater.online.pages import NEVER_US, SlotStates
from headwater.online.vectors import Cells, Status
from headwater.registry import FeatureSpec, TileSetSpec


class RowInstant:
    """Rows as of one instant.

    Args:
        part: The features.
        t_us: The instant.
    """

    suffixes: Sequence[str]

    def __init__(self, part: "RowPart", t_us: int) -> None:
        self.suffixes = part.suffixes
        self._part = part
        self._t_us = t_us
        self._afters_us = [windows.bounds(t_us, window).after_us for window in part.windows]
        self._after_us = max(self._afters_us)

    def vectors(self, keys: Sequence[str], values: Sequence[bytes | None]) -> list[Cells]:
        """Like `cells`, of many entities with one key each, and nobody asks."""
        part, t_us, after_us = self._part, self._t_us, self._after_us
        found: list[Cells] = []
        for key, value, row in zip(keys, values, rows.heads(keys, values), strict=True):
            if row is not None and row.full and row.newest_us < t_us and row.oldest_us > after_us:
                own = row.values if part.slots is None else [row.values[slot] for slot in part.slots]
                found.append(Cells(own, part.all_present, row.newest_us))
            else:
                found.append(self._as_of(key, value, None))
        return found

    def cells(self, keys: Sequence[str], values: Sequence[bytes | None], event: LoggedEvent | None) -> Cells:
        """Values and statuses of one entity.

        Args:
            keys: Key of its row.
            values: What is stored there.
            event: The event that asks, if it counts.
        """
        [key], [value] = keys, values
        return self._as_of(key, value, event) if event is not None else self.vectors(keys, values)[0]

    def _as_of(self, key: str, value: bytes | None, event: LoggedEvent | None) -> Cells:
        part, until_us = self._part, self._t_us - 1
        states, freshest = part.states.none(), None
        page = None if value is None else rows.decode(key, value)
        if page is not None:
            tile = page.tiles[0]
            found = pages.states_until(tile, until_us, part.states)
            if found is None:
                return part.ahead
            states = found
            times = [tile.settled_until_us, *[moment.time_us for moment in tile.recent]]
            freshest = max([time for time in times if NEVER_US < time <= until_us], default=None)
        counted_us = NEVER_US
        with_event = states
        if event is not None:
            found_us = pages.event_counted(page, event)
            if found_us is None:
                return part.ahead
            counted_us = found_us if found_us <= until_us else NEVER_US
            own = [lift(event.data, self._t_us, event.event_id) for lift in part.lifts]
            with_event = part.states.merge(states, own)
        values, statuses = [], []
        for slot, window in part.features:
            after_us = self._afters_us[window]
            # The event that asks is in the window already, or counts as one at the instant asked for.
            state = (states if counted_us > after_us else with_event)[slot]
            status: Status = "missing" if state is None else "present" if state[0] > after_us else "expired"
            values.append(state[2] if status == "present" else None)
            statuses.append(status)
        return Cells(values, statuses, freshest)


class RowPart:
    """Features of a view that are read from one row.

    Args:
        tile_set: The row's.
        features: The features.
    """

    def __init__(self, tile_set: TileSetSpec, features: Sequence[FeatureSpec]) -> None:
        self.windows = list(dict.fromkeys(feature.window for feature in features))
        self.features = [(feature.slot, self.windows.index(feature.window)) for feature in features]
        self.states = SlotStates(tile_set.slots)
        self.lifts = [slot_lift(slot) for slot in tile_set.slots]
        self.suffixes = (names.page_suffix(windows.format_duration(windows.FOREVER_US), 0),)
        slots = [feature.slot for feature in features]
        self.slots = None if slots == list(range(len(tile_set.slots))) else slots
        present: Status = "present"
        ahead: Status = "ahead"
        self.all_present = (present,) * len(features)
        self.ahead = Cells([None] * len(features), (ahead,) * len(features), None)

    def at(self, t_us: int, *, events: bool) -> RowInstant:  # noqa: ARG002 (tiles need to know; see `TilePart.at`)
        """The rows as of an instant."""
        return RowInstant(self, t_us)
