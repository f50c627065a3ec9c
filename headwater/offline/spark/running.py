"""Windows from running states: each event is merged a few times, however long the windows are.

Tiles of a window's resolution stand in blocks as long as the window. Whatever tiles an ask's window
covers are then the end of one block, the beginning of the next, or both (van Herk, 1992; Gil and
Werman, 1993), and running states of a block from either side hold both. The head, which is exact, is
a running state of the events of one tile in the order in which they became known.

Rows of a block are few, and those of a hot entity lie in many blocks: no worker gets most of the work.
"""

from collections.abc import Callable, Mapping, Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import Window as SparkWindow
from pyspark.sql import functions as sf

from headwater.offline.spark.states import STATES
from headwater.offline.spark.view_frames import (
    ARRIVAL,
    TIME,
    Reading,
    T,
    ViewFrames,
    end_tile,
    first_tile,
    floor_div,
    tile_of,
)
from headwater.windows import Window

_TILE, _CELL, _PLACE, _DIRECTION, _IS_ASK, _AT = (
    "__tile",
    "__cell",
    "__place",
    "__direction",
    "__is_ask",
    "__at",
)
_FORWARD, _BACKWARD = 0, 1


def full_tiles(frames: ViewFrames, readings: Sequence[Reading], *, as_known: bool) -> DataFrame:
    """States of the whole tiles of a window, of the events that had arrived when their tile could be read.

    Args:
        frames: Of the view.
        readings: All over one window.
        as_known: Leave out what arrived later; `pairs.late_pairs` has it.

    Returns:
        One to two rows an ask, with the readings' columns.
    """
    window = readings[0].window
    count = window.length_us // window.resolution_us
    fields = merges(readings)
    tiles = _tiles(frames, readings, as_known=as_known)
    both = sf.array(
        _place(_FORWARD, _block(sf.col(_TILE), count), sf.col(_TILE)),
        _place(_BACKWARD, _block(sf.col(_TILE), count), -sf.col(_TILE)),
    )
    items = tiles.select(*frames.keys, sf.explode(both).alias(_AT), *fields).select(
        *frames.keys, f"{_AT}.*", *fields
    )
    asks = _block_asks(frames, window, count)
    return read(frames, states(frames, items, asks, [_DIRECTION, _CELL], fields), readings)


def heads(frames: ViewFrames, readings: Sequence[Reading], *, as_known: bool) -> DataFrame:
    """States of the events in the tile that each ask's instant lies in, strictly before it.

    Args:
        frames: Of the view.
        readings: Of one resolution, without delay.
        as_known: Leave out what had not arrived.

    Returns:
        One row an ask, with the readings' columns.
    """
    width = readings[0].window.resolution_us
    since = known_since(as_known=as_known)
    items = frames.events.select(
        *frames.keys,
        tile_of(sf.col(TIME), width).alias(_CELL),
        since.alias(_PLACE),
        *lifted(frames, readings),
    )
    asks = frames.asks.select(
        *frames.ask, tile_of(sf.col(T) - 1, width).alias(_CELL), sf.col(T).alias(_PLACE)
    )
    # In most tiles nobody asks.
    wanted = items.join(asks, [*frames.keys, _CELL], "left_semi")
    return read(frames, states(frames, wanted, asks, [_CELL], merges(readings)), readings)


def lifted(frames: ViewFrames, readings: Sequence[Reading]) -> list[Column]:
    """States of each row's value, one set a slot."""
    return [
        field.lift(frames.stamped(value)).alias(f"{value}_{name}")
        for value, kind in _slots(readings).items()
        for name, field in STATES[kind].fields.items()
    ]


def merges(readings: Sequence[Reading]) -> dict[str, Callable[[Column], Column]]:
    """How each column of the slots' states is merged."""
    return {
        f"{value}_{name}": field.merge
        for value, kind in _slots(readings).items()
        for name, field in STATES[kind].fields.items()
    }


def states(
    frames: ViewFrames,
    items: DataFrame,
    asks: DataFrame,
    cells: Sequence[str],
    fields: Mapping[str, Callable[[Column], Column]],
) -> DataFrame:
    """States of the items at or before each ask's place in its cell."""
    rows = items.withColumn(_IS_ASK, sf.lit(False)).unionByName(
        asks.withColumn(_IS_ASK, sf.lit(True)), allowMissingColumns=True
    )
    before = (
        SparkWindow.partitionBy(*frames.keys, *cells)
        .orderBy(_PLACE, _IS_ASK)
        .rowsBetween(SparkWindow.unboundedPreceding, SparkWindow.currentRow)
    )
    merged = [merge(sf.col(name)).over(before).alias(name) for name, merge in fields.items()]
    return rows.select(*frames.ask, _IS_ASK, *merged).where(_IS_ASK).drop(_IS_ASK)


def read(frames: ViewFrames, found: DataFrame, readings: Sequence[Reading]) -> DataFrame:
    """Asks with the readings' columns, from those with the slots'."""
    columns = [
        sf.col(f"{reading.value}_{name}").alias(reading.column(name))
        for reading in readings
        for name in STATES[reading.kind].fields
    ]
    return found.select(*frames.ask, *columns)


def alone(frames: ViewFrames, events: DataFrame, readings: Sequence[Reading]) -> DataFrame:
    """Asks beside single events, as states with the readings' columns."""
    return read(frames, events.select(*frames.ask, *lifted(frames, readings)), readings)


def known_since(*, as_known: bool) -> Column:
    """First instant at which an event counts."""
    after = sf.col(TIME) + 1
    return sf.greatest(after, sf.col(ARRIVAL)) if as_known else after


def is_prompt(window: Window) -> Column:
    """Whether an event had arrived before anybody could read its tile as a whole."""
    end = (tile_of(sf.col(TIME), window.resolution_us) + 1) * window.resolution_us
    return sf.col(ARRIVAL) <= end + window.delay_us


def _slots(readings: Sequence[Reading]) -> dict[str, str]:
    """Kind of state by value column, of the slots that are read."""
    return {reading.value: reading.kind for reading in readings}


def _tiles(frames: ViewFrames, readings: Sequence[Reading], *, as_known: bool) -> DataFrame:
    """One row an entity and tile: the states of its events."""
    window = readings[0].window
    tile = tile_of(sf.col(TIME), window.resolution_us)
    events = frames.events.where(is_prompt(window)) if as_known else frames.events
    rows = events.select(*frames.keys, tile.alias(_TILE), *lifted(frames, readings))
    merged = [merge(sf.col(name)).alias(name) for name, merge in merges(readings).items()]
    return rows.groupBy(*frames.keys, _TILE).agg(*merged)


def _block(tile: Column, count: int) -> Column:
    return floor_div(tile, count)


def _place(direction: int, cell: Column, place: Column) -> Column:
    return sf.struct(sf.lit(direction).alias(_DIRECTION), cell.alias(_CELL), place.alias(_PLACE))


def _block_asks(frames: ViewFrames, window: Window, count: int) -> DataFrame:
    """Where each ask's window begins in one block and ends in another."""
    first, last = first_tile(window), end_tile(window) - 1
    begins, ends = _block(first, count), _block(last, count)
    # In one block a window is the block up to the window's end, or the block from the window's start on.
    from_start = first == begins * count
    apart = begins < ends
    places = sf.array(
        sf.when(apart | from_start, _place(_FORWARD, ends, last)),
        sf.when(apart | ~from_start, _place(_BACKWARD, begins, -first)),
    )
    asked = frames.asks.where(first <= last)
    there = sf.filter(places, lambda place: place.isNotNull())
    return asked.select(*frames.ask, sf.explode(there).alias(_AT)).select(*frames.ask, f"{_AT}.*")
