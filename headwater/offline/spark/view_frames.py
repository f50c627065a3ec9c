"""A view's events and asks as frames: what the passes of the engine work on.

An *ask* is a distinct question: entity keys, instant and, where the view counts it, the event that
asks. Label rows that ask the same have the same answer. A slot has one value column, null where an
event does not count for it. Instants are microseconds.
"""

from collections.abc import Mapping, Sequence
from copy import copy
from typing import NamedTuple, Self

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

from headwater.offline.spark.slot_columns import SPARK_TYPES, plain, slot_value
from headwater.offline.spark.states import Stamped
from headwater.registry import SlotSpec, SourceSpec, ViewSpec
from headwater.windows import Window

TIME, ARRIVAL, ID, T, OWN = "__time", "__arrival", "__id", "__t", "__own"


class Reading(NamedTuple):
    """A slot over a window: what one or more features are finished from.

    Attributes:
        number: Of the reading, in its view; names its columns.
        slot: The slot.
        value: Name of the slot's value column.
        window: The window.
    """

    number: int
    slot: SlotSpec
    value: str
    window: Window

    @property
    def kind(self) -> str:
        """Kind of the slot's state."""
        return self.slot.state.partition(":")[0]

    def column(self, field: str) -> str:
        """Name of the column of a state's field."""
        return f"__r{self.number}_{field}"


def floor_div(value: Column, by: int) -> Column:
    """Quotient of 64-bit integers, rounded down."""
    width = sf.lit(by)
    return sf.call_function("div", value - sf.pmod(value, width), width)


def tile_of(time_us: Column, width_us: int) -> Column:
    """See `windows.tile_of`."""
    return floor_div(time_us - 1, width_us)


def first_tile(window: Window) -> Column:
    """First tile of an ask's window, at the window's resolution."""
    return floor_div(sf.col(T) - window.delay_us - window.length_us, window.resolution_us)


def end_tile(window: Window) -> Column:
    """Tile after the last one that lies in an ask's window as a whole: without delay, that of its head."""
    if window.delay_us:
        return floor_div(sf.col(T) - window.delay_us, window.resolution_us)
    return tile_of(sf.col(T) - 1, window.resolution_us)


class ViewFrames:
    """Frames of one view.

    Args:
        view: The view.
        source: Its source.
        events: Columns of the event log, those that `ViewSpec.columns` names among them.
        labels: Label rows, checked.
        timestamp_column: Column of their instants.
    """

    def __init__(
        self, view: ViewSpec, source: SourceSpec, events: DataFrame, labels: DataFrame, timestamp_column: str
    ) -> None:
        self.view = view
        self._source = source
        slots = list(dict.fromkeys(view.slot_of(feature) for feature in view.features))
        self._values = {slot: f"__v{number}" for number, slot in enumerate(slots)}
        pairs = dict.fromkeys((view.slot_of(feature), feature.window) for feature in view.features)
        self.readings = [
            Reading(number, slot, self._values[slot], window) for number, (slot, window) in enumerate(pairs)
        ]
        self.keys = [f"__k{number}" for number in range(len(view.keys))]
        self.ask = [*self.keys, T, *([OWN] if view.include_current else [])]
        self.events = self._events(events)
        self._asking = self._ask_columns(timestamp_column)
        known = [sf.col(key).isNotNull() for key in self.keys]
        self.asks = labels.select(*self._asking).where(_all(known)).distinct()

    def with_events(self, events: DataFrame) -> Self:
        """The same asks over some of the events."""
        part = copy(self)
        part.events = events
        return part

    def own_events(self) -> DataFrame:
        """The events that ask, with their asks: as they happen at the instant asked for."""
        data = {column: sf.col(OWN)[column] for column in self.view.columns}
        return self.asks.where(sf.col(OWN).isNotNull()).select(
            *self.ask, sf.col(T).alias(TIME), sf.col(OWN)["event_id"].alias(ID), *self._slot_values(data)
        )

    def answer(
        self, labels: DataFrame, answers: DataFrame, features: Mapping[str, Column | None]
    ) -> DataFrame:
        """Put what was found for the asks beside the label rows.

        Args:
            labels: The label rows, with any columns beside their own.
            answers: Asks and features.
            features: By name, what stands for no answer; None: null.
        """
        asked = labels.select(*labels.columns, *self._asking)
        renamed = answers.select(*[sf.col(name).alias(f"{name}_") for name in self.ask], *features)
        # Null is equal to null only for the event that asks: who has no key has no answer.
        same = [
            sf.col(name).eqNullSafe(sf.col(f"{name}_")) if name == OWN else sf.col(name) == sf.col(f"{name}_")
            for name in self.ask
        ]
        found = [
            sf.col(name) if nothing is None else sf.coalesce(sf.col(name), nothing).alias(name)
            for name, nothing in features.items()
        ]
        return asked.join(renamed, _all(same), "left").select(*labels.columns, *found)

    def reading_of(self, slot: SlotSpec, window: Window) -> Reading:
        """The reading of a slot over a window."""
        return next(each for each in self.readings if (each.slot, each.window) == (slot, window))

    def stamped(self, value: str) -> Stamped:
        """A slot's value of each row, with its stamp."""
        return Stamped(sf.col(value), sf.col(TIME), sf.col(ID))

    def _events(self, events: DataFrame) -> DataFrame:
        data = {column: self._plain(sf.col(f"`{column}`"), column) for column in self.view.columns}
        keys = [data[key.column].alias(name) for key, name in zip(self.view.keys, self.keys, strict=True)]
        selected = events.select(
            *keys,
            sf.unix_micros("event_time").alias(TIME),
            sf.unix_micros("arrival").alias(ARRIVAL),
            sf.col("event_id").alias(ID),
            *self._slot_values(data),
        )
        return selected.where(_all([sf.col(key).isNotNull() for key in self.keys]))

    def _slot_values(self, data: dict[str, Column]) -> list[Column]:
        types = self._source.columns
        return [slot_value(slot, data, types).alias(name) for slot, name in self._values.items()]

    def _plain(self, column: Column, name: str) -> Column:
        return plain(column, self._source.columns[name])

    def _ask_columns(self, timestamp_column: str) -> list[Column]:
        keys = [
            sf.col(f"`{key.name}`").cast(SPARK_TYPES[key.type]).alias(name)
            for key, name in zip(self.view.keys, self.keys, strict=True)
        ]
        instant = sf.unix_micros(sf.col(f"`{timestamp_column}`")).alias(T)
        return [*keys, instant, *([self._own()] if self.view.include_current else [])]

    def _own(self) -> Column:
        """The event that asks, of the label row's entity; null where there is none."""
        mapped = {key.column: key.name for key in self.view.keys}
        data = []
        for column in self.view.columns:
            name = mapped.get(column, column)
            typed = sf.col(f"`{name}`").cast(SPARK_TYPES[self._source.columns[column]])
            data.append(self._plain(typed, column).alias(column))
        event_id = sf.col("event_id")
        return sf.when(event_id.isNotNull(), sf.struct(event_id.alias("event_id"), *data)).alias(OWN)


def _all(conditions: Sequence[Column]) -> Column:
    met = conditions[0]
    for condition in conditions[1:]:
        met = met & condition
    return met
