"""Latest values: the last row of an entity in the order in which events became known.

Of all that was known at an instant the latest event is the value, unless the window begins after it. So no tiles are
kept and none is late. Blocks of time spread the events of a hot entity; an ask reads two of them.
"""

from collections.abc import Sequence
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

from headwater.offline.spark import running
from headwater.offline.spark.states import STATES
from headwater.offline.spark.view_frames import ID, TIME, Reading, T, ViewFrames, first_tile, floor_div

_CELL, _PLACE, _AT, _ALL = "__cell", "__place", "__at", "__all"
_END = 2**63 - 1


def is_latest(reading: Reading) -> bool:
    """Whether a reading is one of this kind: with a delay, what is known is not all that counts."""
    return reading.kind == "last" and not reading.window.delay_us


def values(frames: ViewFrames, readings: Sequence[Reading], *, as_known: bool) -> DataFrame:
    """States of the latest event in each window.

    Args:
        frames: Of the view.
        readings: Those of `is_latest`.
        as_known: Leave out what had not arrived.

    Returns:
        Two rows an ask, with the readings' columns.
    """
    block = max(sum(reading.window) for reading in readings)
    since = running.known_since(as_known=as_known)
    slots = list(dict.fromkeys(reading.value for reading in readings))
    items = frames.events.select(
        *frames.keys,
        floor_div(since, block).alias(_CELL),
        since.alias(_PLACE),
        *[state.alias(name) for name, state in _states(frames, slots).items()],
    )
    own = floor_div(sf.col(T), block)
    places = sf.array(
        sf.struct(own.alias(_CELL), sf.col(T).alias(_PLACE)),
        sf.struct((own - 1).alias(_CELL), sf.lit(_END).alias(_PLACE)),
    )
    asks = frames.asks.select(*frames.ask, sf.explode(places).alias(_AT)).select(*frames.ask, f"{_AT}.*")
    found = running.states(frames, items, asks, [_CELL], dict.fromkeys(_states(frames, slots), sf.max))
    return found.select(*frames.ask, *[_inside(reading, alone=len(slots) == 1) for reading in readings])


def _states(frames: ViewFrames, slots: Sequence[str]) -> dict[str, Column]:
    """An event as one state of all slots, if it has a value for each; else as one a slot.

    So that as a rule one state is kept, and not as many as there are slots.
    """
    stamp = (sf.col(TIME).alias("time"), sf.col(ID).alias("id"))
    full = reduce(lambda left, right: left & right, [sf.col(slot).isNotNull() for slot in slots])
    states = {_ALL: sf.when(full, sf.struct(*stamp, *slots))}
    if len(slots) > 1:
        lift = STATES["last"].fields["v"].lift
        states |= {f"{slot}_v": sf.when(~full, lift(frames.stamped(slot))) for slot in slots}
    return states


def _inside(reading: Reading, *, alone: bool) -> Column:
    """The state of a reading's slot, if it lies in the window."""
    shared = sf.col(_ALL)
    stamped = sf.struct(
        shared["time"].alias("time"), shared["id"].alias("id"), shared[reading.value].alias("value")
    )
    state = sf.when(shared.isNotNull(), stamped)
    if not alone:
        state = sf.greatest(state, sf.col(f"{reading.value}_v"))
    after = first_tile(reading.window) * reading.window.resolution_us
    return sf.when(state["time"] > after, state).alias(reading.column("v"))
