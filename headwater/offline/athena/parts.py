"""How windows are taken apart, so that labels meet events by equality and not by comparing times.

The events of a window lie between ``after`` and ``until``. They are read as tiles of a few widths: single
events beside ``until`` where the head is exact, tiles of the window's resolution around both ends, and, in
a window of very many tiles, wider ones inside. Each width has cells as wide as the next one's tiles. A cell that
is cut by an end of the window is read; one that lies in between is a tile of the next width. The widest tiles have
cells longer than the window, so that none lies in between. A label therefore reads at most two
cells of each width, and in them few tiles, however many events there are.

A tile is named by its start: the instant that all of its events are after.
"""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

from headwater import windows
from headwater.windows import Window

TICK_US = 1
"""Width of a tile that holds a single instant."""


class Part(NamedTuple):
    """Tiles of one width, as a window reads them.

    Attributes:
        number: Of the part, in its view.
        window: The window; for a head, any one of those that share it.
        tile_us: Width of the tiles.
        cell_us: Width of the cells.
    """

    number: int
    window: Window
    tile_us: int
    cell_us: int

    @property
    def values(self) -> tuple[int, ...]:
        """Its numbers, as `COLUMNS` names them."""
        window = self.window
        reach_us = window.length_us + window.delay_us
        # Without delay a window ends at the tick before the instant asked for.
        lag_us = window.delay_us or TICK_US
        return self.number, reach_us, window.resolution_us, lag_us, self.tile_us, self.cell_us


COLUMNS = ("part", "reach_us", "step_us", "lag_us", "tile_us", "cell_us")
"""How far back a window begins, in which steps, how long after its end a tile is read, and both widths."""


class Parts:
    """The parts that some windows are read from.

    >>> hour = Window(3_600_000_000, 0, 300_000_000)
    >>> [(part.tile_us, part.cell_us) for part in Parts([hour])]
    [(300000000, 3900000000), (1, 300000000)]
    """

    def __init__(self, reading: Iterable[Window]) -> None:
        self._all: list[Part] = []
        self._by_window: dict[Window, list[Part]] = {}
        heads: dict[int, Part] = {}
        for window in dict.fromkeys(reading):
            own = [self._add(window, tile_us, cell_us) for tile_us, cell_us in _widths(window)]
            if not window.delay_us:
                width_us = window.resolution_us
                if width_us not in heads:
                    heads[width_us] = self._add(window, TICK_US, width_us)
                own.append(heads[width_us])
            self._by_window[window] = own

    def __iter__(self) -> Iterator[Part]:
        return iter(self._all)

    def of(self, window: Window) -> list[int]:
        """Numbers of the parts of a window."""
        return [part.number for part in self._by_window[window]]

    def own(self) -> list[int]:
        """Number of one part of each window without delay, which is no other's: there goes the event that asks."""
        return [parts[0].number for window, parts in self._by_window.items() if not window.delay_us]

    def _add(self, window: Window, tile_us: int, cell_us: int) -> Part:
        part = Part(len(self._all), window, tile_us, cell_us)
        self._all.append(part)
        return part


def _widths(window: Window) -> list[tuple[int, int]]:
    """Widths of a window's tiles, each with that of its cells."""
    widths = windows.widths_for([window])
    longest = window.length_us + window.resolution_us
    widest = widths[-1]
    return [*pairwise(widths), (widest, -(-longest // widest) * widest)]
