"""A view's events and label rows in a statement, and how they meet: see `view_query`.

An ask is a distinct question: entity keys, instant and, where the view counts it, the event that asks. A
slot has one value column, null where an event does not count for it. Instants are microseconds.
"""

from collections.abc import Iterable
from typing import NamedTuple

import sqlglot
from sqlglot import exp

from headwater import names, windows
from headwater.instants import from_us
from headwater.offline.athena.expressions import evaluate
from headwater.offline.athena.label_table import LABELS, LabelTable, quoted
from headwater.offline.athena.parts import COLUMNS, Parts
from headwater.registry import SlotSpec, SourceSpec, ViewSpec
from headwater.windows import Window

T, TIME, ARRIVAL, ID, OWN_ID, SEEN = "t_us", "time_us", "arrival_us", "event_id", "own_id", "seen_us"
PART, CELL, AFTER = "part", "cell_us", "after_us"
AFTER_OF_ASK = "t_us - reach_us", "step_us"
"""Where a part's window begins: the arguments of `floor`."""


class Reading(NamedTuple):
    """A slot over a window: what one or more features are finished from."""

    number: int
    slot: SlotSpec
    value: str
    window: Window

    def column(self, field: str) -> str:
        """Name of the column of a state's field."""
        return f"r{self.number}_{field}"


class ViewRows:
    """The events and the asks of one view.

    Args:
        view: The view.
        source: Its source.
        database: Of the event log.
        labels: The label rows.
        as_known: Leave out what had not arrived.

    Attributes:
        parts: What its windows are read from.
        readings: Its slots over its windows.
        kinds: Type of each slot's value: that of the features that give it back.
        keys: Columns of an entity.
        ask: Columns of an ask.
    """

    def __init__(
        self, view: ViewSpec, source: SourceSpec, database: str, labels: LabelTable, *, as_known: bool
    ) -> None:
        self._view = view
        self._source = source
        self._database = database
        self._labels = labels
        self._as_known = as_known
        self.parts = Parts(feature.window for feature in view.features)
        self.kinds = {view.slot_of(each): each.type for each in view.features}
        self._values = {slot: f"v{number}" for number, slot in enumerate(self.kinds)}
        pairs = dict.fromkeys((view.slot_of(each), each.window) for each in view.features)
        self.readings = [
            Reading(number, slot, self._values[slot], window) for number, (slot, window) in enumerate(pairs)
        ]
        self.keys = [f"k{number}" for number in range(len(view.keys))]
        own = [OWN_ID, *(f"own_{column}" for column in view.columns)] if view.include_current else []
        self.ask = [*self.keys, T, *own]

    def name(self, role: str, value: str = "") -> str:
        """Name of a common table expression, of the view or of one of its slots."""
        return f"{self._view.name}__{value}_{role}" if value else f"{self._view.name}__{role}"

    def matches(self, answers: str) -> str:
        """When a label row has asked what was answered."""
        same = [
            f"{written} IS NOT DISTINCT FROM {answers}.{name}"
            if name.startswith("own_")
            else f"{written} = {answers}.{name}"
            for name, written in zip(self.ask, self._asked(), strict=True)
        ]
        return " AND ".join(same)

    def events(self) -> exp.Select:
        """The source's events, with their slots' values."""
        data = {
            column: f"EPOCH_US(events.{quoted(column)})"
            if self._source.columns[column] == "timestamp"
            else f"events.{quoted(column)}"
            for column in self._view.columns
        }
        keys = [data[key.column] for key in self._view.keys]
        table = exp.table_(
            names.event_log_table(self._source.name), db=self._database, alias="events", quoted=True
        )
        query = sqlglot.select(
            *aliased(self.keys, keys),
            f"EPOCH_US(events.event_time) AS {TIME}",
            f"EPOCH_US(events.arrival) AS {ARRIVAL}",
            f"events.event_id AS {ID}",
            *aliased(self._values.values(), self._slot_values(data)),
        ).from_(table)
        if self._labels.span is not None:
            interval = windows.needed([each.window for each in self.readings], *self._labels.span)
            query = query.where(
                f"events.event_time > {_instant(interval.after_us)}",
                f"events.event_time <= {_instant(interval.until_us)}",
            )
        return query.where(*[f"{key} IS NOT NULL" for key in keys])

    def _slot_values(self, data: dict[str, str]) -> list[str]:
        return [self._slot_value(slot, data) for slot in self._values]

    def _slot_value(self, slot: SlotSpec, data: dict[str, str]) -> str:
        types = self._source.columns
        if slot.expression is not None:
            value = evaluate(slot.expression, data, types)
        else:
            value = "TRUE" if slot.column is None else data[slot.column]
        # The condition counts only where it is true, not where it is null.
        return f"CASE WHEN {evaluate(slot.where, data, types)} THEN {value} END" if slot.where else value

    def asks(self) -> exp.Select:
        """The distinct questions of the label rows."""
        rows = sqlglot.select(*aliased(self.ask, self._asked())).from_(LABELS)
        checked = [f"{self._labels.checked(T)} AS {T}" if name == T else name for name in self.ask]
        return (
            sqlglot.select(*checked)
            .distinct()
            .from_(rows.subquery("asked"))
            .where(*[f"{key} IS NOT NULL" for key in self.keys])
        )

    def _asked(self) -> list[str]:
        """How the columns of an ask are written, of a label row."""
        keys = [self._labels.value(key.name, key.type) for key in self._view.keys]
        own: list[str] = []
        if self._view.include_current:
            mapped = {key.column: key.name for key in self._view.keys}
            there = self._labels.value("event_id", "string")
            own = [there]
            for column in self._view.columns:
                value = self._labels.value(mapped.get(column, column), self._source.columns[column])
                own.append(f"CASE WHEN {there} IS NOT NULL THEN {value} END")
        return [*keys, self._labels.instant, *own]

    def parts_table(self) -> exp.Values:
        """The parts, a row each."""
        return exp.values([part.values for part in self.parts], alias="parts", columns=COLUMNS)

    def reads(self) -> exp.Select:
        """The cells that each ask reads."""
        spans = (
            sqlglot.select(
                *self.ask,
                PART,
                f"{floor(*AFTER_OF_ASK)} AS {AFTER}",
                f"{floor('t_us - reach_us', CELL)} AS first_cell_us",
                f"{floor('t_us - lag_us', CELL)} AS last_cell_us",
            )
            .from_(self.name("asks"))
            .join(self.parts_table(), join_type="cross")
        )
        first = "CASE WHEN first_cell_us < after_us AND first_cell_us < last_cell_us THEN first_cell_us END"
        return (
            sqlglot.select(*self.ask, PART, AFTER, CELL)
            .from_(spans.subquery("spans"))
            .join(f"UNNEST(ARRAY(last_cell_us, {first})) AS cells({CELL})", join_type="cross")
        )

    def own(self) -> exp.Select:
        """The events that ask, with the latest time at which their asks have seen them already."""
        seen = [f"asks.{key} = events.{key}" for key in self.keys]
        seen += [f"asks.{OWN_ID} = events.{ID}", f"events.{TIME} < asks.{T}"]
        if self._as_known:
            seen.append(f"events.{ARRIVAL} <= asks.{T}")
        data = {column: f"asks.own_{column}" for column in self._view.columns}
        asks = [f"asks.{name}" for name in self.ask]
        return (
            sqlglot.select(
                *asks,
                *aliased(self._values.values(), self._slot_values(data)),
                f"MAX(events.{TIME}) AS {SEEN}",
            )
            .from_(f"{self.name('asks')} AS asks")
            .join(f"{self.name('events')} AS events", on=" AND ".join(seen), join_type="left")
            .where(f"asks.{OWN_ID} IS NOT NULL")
            .group_by(*asks)
        )


def aliased(aliases: Iterable[str], written: Iterable[str]) -> list[str]:
    """Expressions, each with its alias."""
    return [f"{each} AS {name}" for name, each in zip(aliases, written, strict=True)]


def floor(instant: str, width: str) -> str:
    """The largest multiple of a width that is not after an instant, before 1970 too."""
    return f"({instant}) - ((({instant}) % {width}) + {width}) % {width}"


def _instant(instant_us: int) -> str:
    text = from_us(instant_us).strftime("%Y-%m-%d %H:%M:%S.%f UTC")
    return f"CAST('{text}' AS TIMESTAMPTZ(6))"
