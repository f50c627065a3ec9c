"""The arithmetic of time: durations, floors, window bounds, tiles and pages.

Everything is an integer count of microseconds since the epoch (UTC), so a half-open interval can
be written closed: the events strictly before ``t`` are those at or before ``t - 1``. Every
interval here is therefore open on the left and closed on the right, like a tile. What is inside
a tile is no business of this module.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from headwater.errors import DefinitionError

SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
HOUR_US = 60 * MINUTE_US
DAY_US = 24 * HOUR_US

TILES_PER_PAGE = 48
"""Tiles of one width that are stored under one online key: 4 h of 5 min tiles, 2 d of 1 h tiles."""

LONGEST_RUN = 4 * TILES_PER_PAGE
"""A window longer than this many tiles gets coarser tiles for its middle, to bound a read."""

COARSER_WIDTHS_US = (MINUTE_US, 5 * MINUTE_US, HOUR_US, DAY_US)

FOREVER_US = 2**62
"""Width of a tile for all time, which is all that a latest value needs: it says itself when it happened."""

LONGEST_US = 3_660 * DAY_US
"""Longest window with its delay: ten years."""

_UNITS_US = {"s": SECOND_US, "m": MINUTE_US, "h": HOUR_US, "d": DAY_US}
_DURATION = re.compile(r"([1-9][0-9]*)([smhd])")


class Window(NamedTuple):
    """A window of ``length_us``, delayed by ``delay_us``, kept in tiles of ``resolution_us``."""

    length_us: int
    delay_us: int
    resolution_us: int


class Bounds(NamedTuple):
    """The events of a window are those with ``after_us < τ <= until_us``."""

    after_us: int
    until_us: int


class TileRun(NamedTuple):
    """Tiles ``first .. end - 1`` of one width. ``partial`` marks the one that time ``t`` cuts."""

    width_us: int
    first: int
    end: int
    partial: bool


def parse_duration(text: str) -> int:
    """Return the microseconds of a duration such as ``30s``, ``5m``, ``6h`` or ``7d``.

    >>> parse_duration("6h") == 6 * HOUR_US
    True

    Raises:
        DefinitionError: Not a whole positive number followed by s, m, h or d.
    """
    match = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if not match:
        raise DefinitionError(
            f"duration {text!r}: expected a positive whole number and a unit, s, m, h or d; write for example '6h'"
        )
    return int(match[1]) * _UNITS_US[match[2]]


@cache
def format_duration(duration_us: int) -> str:
    """Write a duration in its largest whole unit; `FOREVER_US` as ``ever``.

    >>> format_duration(300 * SECOND_US), format_duration(48 * HOUR_US)
    ('5m', '2d')
    """
    if duration_us == FOREVER_US:
        return "ever"
    for unit, unit_us in reversed(_UNITS_US.items()):
        if duration_us % unit_us == 0:
            return f"{duration_us // unit_us}{unit}"
    return f"{duration_us}us"


def default_resolution_us(window_us: int) -> int:
    """Width of the tiles of a window whose definition names none.

    >>> format_duration(default_resolution_us(HOUR_US)), format_duration(default_resolution_us(7 * DAY_US))
    ('5m', '1h')
    """
    if window_us <= 12 * HOUR_US:
        return 5 * MINUTE_US
    if window_us <= 12 * DAY_US:
        return HOUR_US
    return DAY_US


def floor(instant_us: int, width_us: int) -> int:
    """Largest multiple of ``width_us`` that is not after ``instant_us``."""
    return instant_us // width_us * width_us


def bounds(t_us: int, window: Window) -> Bounds:
    """The interval of events a window sees at ``t_us``.

    Without delay the head is exact (strictly before ``t``) and the tail steps by the resolution;
    with a delay both ends step.

    >>> bounds(10 * HOUR_US + 1, Window(HOUR_US, 0, HOUR_US)) == (9 * HOUR_US, 10 * HOUR_US)
    True
    """
    length, delay, resolution = window
    after = floor(t_us - delay - length, resolution)
    return Bounds(after, floor(t_us - delay, resolution) if delay else t_us - 1)


def needed(several: Iterable[Window], earliest_us: int, latest_us: int) -> Bounds:
    """Event times that the windows of any instant from the earliest to the latest cover."""
    ends = [(bounds(earliest_us, window), bounds(latest_us, window)) for window in several]
    return Bounds(min(first.after_us for first, _ in ends), max(last.until_us for _, last in ends))


def tile_of(event_time_us: int, width_us: int) -> int:
    """Index of the tile an event falls in. Tile ``k`` covers ``(k * width, (k + 1) * width]``.

    >>> tile_of(10, 10), tile_of(11, 10)
    (0, 1)
    """
    return (event_time_us - 1) // width_us


def page_of(tile: int) -> int:
    """Index of the page that holds a tile."""
    return tile // TILES_PER_PAGE


def widths_for(windows: Iterable[Window]) -> tuple[int, ...]:
    """Tile widths a view must keep so that each of its windows is read from few tiles.

    The resolutions themselves, and coarser ones where a window would need more than `LONGEST_RUN`
    tiles of its own.

    Returns:
        Widths in ascending order; each divides the next.

    Raises:
        DefinitionError: One resolution does not divide the next.
    """
    windows = tuple(windows)
    widths = sorted({window.resolution_us for window in windows})
    for narrow, wide in pairwise(widths):
        if wide % narrow:
            raise DefinitionError(
                f"resolutions {format_duration(narrow)} and {format_duration(wide)} in one view: each must divide the "
                "next; choose resolutions such as 5m, 1h and 1d, or split the view"
            )
    for coarser in COARSER_WIDTHS_US:
        finest_run = max(
            window.length_us // max(width for width in widths if width % window.resolution_us == 0)
            for window in windows
        )
        if finest_run > LONGEST_RUN and coarser > widths[-1] and coarser % widths[-1] == 0:
            widths.append(coarser)
    return tuple(widths)


def cover(interval: Bounds, widths_us: Sequence[int]) -> list[TileRun]:
    """Cut an interval into the fewest tiles of the given widths.

    Args:
        interval: Its left end is a multiple of one of the widths.
        widths_us: Ascending; each divides the next.

    Returns:
        Runs in order of time. The last is ``partial`` when the right end lies inside its tile.

    >>> runs = cover(Bounds(50, 231), (10, 100))
    >>> [(run.width_us, run.first, run.end) for run in runs]
    [(10, 5, 10), (100, 1, 2), (10, 20, 23), (10, 23, 24)]
    >>> runs[-1].partial
    True
    """
    position, until = interval
    runs: list[TileRun] = []
    while position < until:
        level = next(
            (
                level
                for level in reversed(range(len(widths_us)))
                if position % widths_us[level] == 0 and position + widths_us[level] <= until
            ),
            None,
        )
        if level is None:
            finest = widths_us[0]
            runs.append(TileRun(finest, position // finest, position // finest + 1, partial=True))
            break
        width = widths_us[level]
        limit = until
        if level + 1 < len(widths_us):
            # Stop where wider tiles can take over. Where they already could, they do not fit.
            wider = widths_us[level + 1]
            if position % wider:
                limit = min(until, floor(position, wider) + wider)
        count = (limit - position) // width
        runs.append(TileRun(width, position // width, position // width + count, partial=False))
        position += count * width
    return runs


def reach_us(width_us: int, windows: Iterable[Window]) -> int:
    """How long after its events a tile of this width can still be read.

    A window reads tiles at least as wide as its resolution along its whole length, and narrower
    ones only for its exact head.
    """
    reaches = [
        window.length_us + window.delay_us + window.resolution_us
        if window.resolution_us <= width_us
        else (0 if window.delay_us else window.resolution_us)
        for window in windows
    ]
    return max(reaches, default=0)
