"""Windows of those who have few events: each ask beside the single events of its windows.

One pass over the events does for all windows, and needs no thought about heads, tiles and what is late. It takes as
many rows as there are events in the windows, so it is not for entities with many: those are crowds.
"""

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
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
)
from headwater.windows import Window

CROWD = 300
"""Events of an entity within the reach of the windows; with more of them their tiles are less work."""

_CELL, _COUNT, _AFTER, _UNTIL = "__cell", "__count", "__after", "__until"


def crowds(frames: ViewFrames, readings: Sequence[Reading], more_than: int) -> DataFrame:
    """Entities and stretches of time, as long as the windows reach, with more events than that."""
    counted = frames.events.groupBy(*frames.keys, _cell(readings).alias(_CELL)).agg(
        sf.count(sf.lit(1)).alias(_COUNT)
    )
    return counted.where(sf.col(_COUNT) > more_than).drop(_COUNT)


def parted(
    frames: ViewFrames, readings: Sequence[Reading], crowded: DataFrame
) -> tuple[ViewFrames, ViewFrames]:
    """The same asks with the events outside of crowds, and with those inside."""
    events = frames.events.withColumn(_CELL, _cell(readings))
    alone, together = (
        events.join(crowded, [*frames.keys, _CELL], how).drop(_CELL) for how in ("left_anti", "left_semi")
    )
    return frames.with_events(alone), frames.with_events(together)


def states(frames: ViewFrames, readings: Sequence[Reading], *, as_known: bool) -> DataFrame:
    """States of the events in each window.

    Args:
        frames: Of the view.
        readings: Of any windows.
        as_known: Leave out what had not arrived.

    Returns:
        At most one row an ask, with the readings' columns.
    """
    reach = _reach_us(readings)
    windows = {reading.window: str(number) for number, reading in enumerate(readings)}
    cells = sf.sequence(floor_div(sf.col(T) - reach, reach), floor_div(sf.col(T) - 1, reach))
    edges = [
        edge.alias(name + number)
        for window, number in windows.items()
        for name, edge in zip((_AFTER, _UNTIL), _edges(window), strict=True)
    ]
    asks = frames.asks.select(*frames.ask, *edges, sf.explode(cells).alias(_CELL))
    events = frames.events.withColumn(_CELL, _cell(readings))
    pairs = asks.join(events, [*frames.keys, _CELL])
    if as_known:
        pairs = pairs.where(sf.col(ARRIVAL) <= sf.col(T))

    def within(window: Window) -> Column:
        number = windows[window]
        return (sf.col(TIME) > sf.col(_AFTER + number)) & (sf.col(TIME) <= sf.col(_UNTIL + number))

    merged = [
        field.merge(sf.when(within(reading.window), field.lift(frames.stamped(reading.value)))).alias(
            reading.column(name)
        )
        for reading in readings
        for name, field in STATES[reading.kind].fields.items()
    ]
    return pairs.groupBy(*frames.ask).agg(*merged)


def _reach_us(readings: Sequence[Reading]) -> int:
    """How far before its instant an ask may look."""
    return max(sum(reading.window) for reading in readings)


def _cell(readings: Sequence[Reading]) -> Column:
    return floor_div(sf.col(TIME), _reach_us(readings))


def _edges(window: Window) -> tuple[Column, Column]:
    """Event times of a window: after the first, until the second."""
    width = window.resolution_us
    return first_tile(window) * width, end_tile(window) * width if window.delay_us else sf.col(T) - 1
