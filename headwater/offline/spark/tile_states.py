"""Windows from states of tiles: each ask beside the tiles of its window, and these merged.

That takes as many rows as a window has tiles with events, at most `MOST_TILES`, however hot an entity is. Windows
of one delay and resolution share them, and with them one pass over the events.
"""

from collections.abc import Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

from headwater.offline.spark import pairs, running
from headwater.offline.spark.states import IN_PLACE, STATES
from headwater.offline.spark.view_frames import Reading, ViewFrames, first_tile

MOST_TILES = 400
"""Of a window; with more of them `running` has less to do."""


def has_few(reading: Reading) -> bool:
    """Whether a reading's window is best taken from its tiles."""
    window = reading.window
    return reading.kind in IN_PLACE and window.length_us // window.resolution_us <= MOST_TILES


def full_tiles(frames: ViewFrames, readings: Sequence[Reading], *, as_known: bool) -> DataFrame:
    """States of the whole tiles of some windows, late events included.

    Args:
        frames: Of the view.
        readings: Of one delay and resolution.
        as_known: Leave out what had not arrived.

    Returns:
        At most one row an ask, with the readings' columns.
    """
    longest = max((reading.window for reading in readings), key=lambda window: window.length_us)
    rows = pairs.placed_events(frames, longest, as_known=as_known).select(
        *frames.keys, pairs.TILE, pairs.SINCE, *running.lifted(frames, readings)
    )
    merged = [merge(sf.col(name)).alias(name) for name, merge in running.merges(readings).items()]
    tiles = rows.groupBy(*frames.keys, pairs.TILE, pairs.SINCE).agg(*merged)
    states = [
        field.merge(
            sf.when(sf.col(pairs.TILE) >= first_tile(reading.window), sf.col(f"{reading.value}_{name}"))
        ).alias(reading.column(name))
        for reading in readings
        for name, field in STATES[reading.kind].fields.items()
    ]
    return pairs.whole_tiles(frames, longest, tiles).groupBy(*frames.ask).agg(*states)
