"""Asks beside single events of their windows: for what is not kept as a running state.

Those are events that arrived only when their tile could be read already, and the items of lists and
sketches. They are found by an equality join on entity and cell, so that a hot entity's cells are
spread over the workers.
"""

from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

from headwater.offline.spark.running import is_prompt
from headwater.offline.spark.view_frames import (
    ARRIVAL,
    ID,
    TIME,
    T,
    ViewFrames,
    end_tile,
    first_tile,
    floor_div,
    tile_of,
)
from headwater.windows import Window

TILE = "__tile"
_CELL, _FIRST, _END = "__cell", "__first", "__end"


def whole_tiles(frames: ViewFrames, window: Window, items: DataFrame) -> DataFrame:
    """Each ask with the items in the whole tiles of its window.

    Args:
        frames: Of the view.
        window: The window.
        items: With the entity's keys and `TILE`, a tile of the window's resolution.
    """
    count = window.length_us // window.resolution_us
    first, end = first_tile(window), end_tile(window)
    cells = sf.sequence(floor_div(first, count), floor_div(end - 1, count))
    asks = frames.asks.where(first < end).select(
        *frames.ask, first.alias(_FIRST), end.alias(_END), sf.explode(cells).alias(_CELL)
    )
    found = asks.join(items.withColumn(_CELL, floor_div(sf.col(TILE), count)), [*frames.keys, _CELL])
    return found.where((sf.col(TILE) >= sf.col(_FIRST)) & (sf.col(TILE) < sf.col(_END)))


def prompt_events(frames: ViewFrames, window: Window, *, as_known: bool) -> DataFrame:
    """Events with their tiles: those that had arrived before anybody could read the tile as a whole."""
    events = frames.events.where(is_prompt(window)) if as_known else frames.events
    return events.withColumn(TILE, tile_of(sf.col(TIME), window.resolution_us))


def late_pairs(frames: ViewFrames, window: Window) -> DataFrame:
    """Each ask with the events in the whole tiles of its window that arrived later than their tile's prompt ones."""
    late = frames.events.where(~is_prompt(window)).withColumn(
        TILE, tile_of(sf.col(TIME), window.resolution_us)
    )
    return whole_tiles(frames, window, late).where(sf.col(ARRIVAL) <= sf.col(T))


def head_pairs(frames: ViewFrames, window: Window, *, as_known: bool) -> DataFrame:
    """Each ask with the events in the tile of its instant, strictly before it."""
    width = window.resolution_us
    events = frames.events.withColumn(TILE, tile_of(sf.col(TIME), width))
    asks = frames.asks.withColumn(TILE, tile_of(sf.col(T) - 1, width))
    found = asks.join(events, [*frames.keys, TILE]).where(sf.col(TIME) < sf.col(T))
    return found.where(sf.col(ARRIVAL) <= sf.col(T)) if as_known else found


def unseen_own_events(frames: ViewFrames, window: Window, *, as_known: bool) -> DataFrame:
    """The events that ask, but for those which the ask saw in its window already."""
    own = frames.own_events()
    named = {name: f"{name}_seen" for name in (TIME, ARRIVAL)}
    events = frames.events.select(*frames.keys, ID, *[sf.col(name).alias(to) for name, to in named.items()])
    time, arrival = sf.col(named[TIME]), sf.col(named[ARRIVAL])
    after = first_tile(window) * window.resolution_us
    seen = own.join(events, [*frames.keys, ID]).where((time > after) & (time < sf.col(T)))
    if as_known:
        seen = seen.where(arrival <= sf.col(T))
    return own.join(seen.select(*frames.ask), frames.ask, "left_anti")
