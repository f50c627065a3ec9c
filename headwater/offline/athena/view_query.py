"""The part of a statement that computes one view: common table expressions, one after the other.

    events    the source's events, with one value column a slot, null where the event does not count
    asks      the distinct questions: entity keys, instant and, where the view counts it, the event that asks
    items     states of tiles: by entity, part, cell and tile, and by when they can be known
    reads     the cells that each ask's windows read: two at most of each part
    own       the events that ask, with whether the ask has seen them already
    found     asks with the states they see: joined by entity, part and cell
    states    asks with merged states
    answers   asks with features

An item is known from its latest arrival on, and not before a window can read its tile as a whole. What arrives
in time is therefore one item a tile, and each late arrival one more beside it.

A sketch is too large for a column. Its items are registers with their ranks, so that it has an ``items`` and a
``found`` of its own, and one grouping more.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import sqlglot
from sqlglot import exp

from headwater import hyperloglog, names
from headwater.offline.athena import states
from headwater.offline.athena.expressions import SQL_TYPES
from headwater.offline.athena.label_table import LabelTable
from headwater.offline.athena.states import Stamped
from headwater.offline.athena.view_rows import (
    AFTER,
    AFTER_OF_ASK,
    ARRIVAL,
    CELL,
    ID,
    OWN_ID,
    PART,
    SEEN,
    TIME,
    Reading,
    T,
    ViewRows,
    aliased,
    floor,
)
from headwater.offline.point_in_time import Mode
from headwater.registry import FeatureSpec, SlotSpec, SourceSpec, ViewSpec

_START, _KNOWN = "start_us", "known_us"
_REGISTER, _RANK = "register", "rank"
_SKETCH = "distinct"


class Named(NamedTuple):
    """A common table expression."""

    name: str
    query: exp.Query


class Answers(NamedTuple):
    """Where a statement finds features of a view.

    Attributes:
        name: Of the common table expression.
        features: Names, each with the value that stands for no answer at all, or None for null.
    """

    name: str
    features: dict[str, str | None]


class ViewQuery:
    """Builds the expressions of one view.

    Args:
        view: The view.
        source: Its source.
        database: Of the event log.
        labels: The label rows.
        mode: ``as_known`` or ``as_happened``.
    """

    def __init__(
        self, view: ViewSpec, source: SourceSpec, database: str, labels: LabelTable, mode: Mode
    ) -> None:
        self._view = view
        self._labels = labels
        self._as_known = mode == "as_known"
        self._rows = ViewRows(view, source, database, labels, as_known=self._as_known)

    def queries(self) -> Iterator[Named]:
        """The expressions, in the order in which they build on one another."""
        yield Named(self._rows.name("events"), self._rows.events())
        yield Named(self._rows.name("asks"), self._rows.asks())
        yield Named(self._rows.name("reads"), self._rows.reads())
        if self._view.include_current:
            yield Named(self._rows.name("own"), self._rows.own())
        plain = [reading for reading in self._rows.readings if reading.slot.state != _SKETCH]
        if plain:
            yield from self._plain(plain)
        for reading in self._sketched():
            own = [each for each in self._rows.readings if each.slot == reading.slot]
            yield from self._sketch(own)

    def matches(self, answers: str) -> str:
        """When a label row has asked what was answered."""
        return self._rows.matches(answers)

    def answers(self) -> list[Answers]:
        """Where each feature is found."""
        plain = [each for each in self._view.features if self._view.slot_of(each).state != _SKETCH]
        found = [Answers(self._rows.name("answers"), self._defaults(plain))] if plain else []
        for reading in self._sketched():
            own = [each for each in self._view.features if self._view.slot_of(each) == reading.slot]
            found.append(Answers(self._rows.name("answers", reading.value), self._defaults(own)))
        return found

    def _sketched(self) -> list[Reading]:
        """One reading of each slot that is a sketch."""
        return list({each.value: each for each in self._rows.readings if each.slot.state == _SKETCH}.values())

    def _defaults(self, features: Iterable[FeatureSpec]) -> dict[str, str | None]:
        return {self._feature(each): "0" if each.aggregate == "count" else None for each in features}

    def _feature(self, feature: FeatureSpec) -> str:
        return names.qualified_feature(self._view.name, feature.name)

    def _plain(self, readings: Sequence[Reading]) -> Iterator[Named]:
        """From items to answers, of the slots whose states are columns."""
        slots = {each.value: each.slot for each in readings}
        fields = {
            f"{value}_{name}": (self._stamped(slot, value, TIME, ID), field)
            for value, slot in slots.items()
            for name, field in states.state(slot.state).fields.items()
        }
        own = {
            f"{value}_{name}": field.lift(self._stamped(slot, value, T, OWN_ID))
            for value, slot in slots.items()
            for name, field in states.state(slot.state).fields.items()
        }
        gathered = {column: field.gather(stamped) for column, (stamped, field) in fields.items()}
        yield Named(self._rows.name("items"), self._items(gathered))
        yield Named(self._rows.name("found"), self._found(self._rows.name("items"), list(gathered), own))
        merged = [
            f"{field.merge(f'{reading.value}_{name}', self._of(reading))} AS {reading.column(name)}"
            for reading in readings
            for name, field in states.state(reading.slot.state).fields.items()
        ]
        grouped = (
            sqlglot.select(*self._rows.ask, *merged).from_(self._rows.name("found")).group_by(*self._rows.ask)
        )
        yield Named(self._rows.name("states"), grouped)
        finished = [
            self._finished(feature)
            for feature in self._view.features
            if self._view.slot_of(feature).state != _SKETCH
        ]
        yield Named(
            self._rows.name("answers"),
            sqlglot.select(*self._rows.ask, *finished).from_(self._rows.name("states")),
        )

    def _finished(self, feature: FeatureSpec) -> str:
        reading = self._reading(feature)
        found = states.state(reading.slot.state)
        value = found.finish(feature.aggregate, {name: reading.column(name) for name in found.fields})
        return f"{self._labels.feature(value, feature.type)} AS {self._feature(feature)}"

    def _sketch(self, readings: Sequence[Reading]) -> Iterator[Named]:
        """From items to answers, of one slot that is a sketch."""
        value = readings[0].value
        text = f"CAST({value} AS VARCHAR)"
        register, rank = states.register_of(text), states.rank_of(text)
        items = self._items({_RANK: f"MAX({rank})"}, {_REGISTER: register}, f"{value} IS NOT NULL")
        own = {_REGISTER: register, _RANK: rank}
        yield Named(self._rows.name("items", value), items)
        found = self._found(self._rows.name("items", value), [_REGISTER, _RANK], own, f"{value} IS NOT NULL")
        yield Named(self._rows.name("found", value), found)
        ranks = [
            f"MAX({_RANK}) FILTER (WHERE {self._of(reading)}) AS {reading.column(_RANK)}"
            for reading in readings
        ]
        registers = (
            sqlglot.select(*self._rows.ask, _REGISTER, *ranks)
            .from_(self._rows.name("found", value))
            .group_by(*self._rows.ask, _REGISTER)
        )
        yield Named(self._rows.name("registers", value), registers)
        sums = []
        for reading in readings:
            rank_of_all = reading.column(_RANK)
            empty = (
                f"CAST({hyperloglog.REGISTERS} - COUNT({rank_of_all}) AS DOUBLE) / {hyperloglog.REGISTERS}"
            )
            sums.append(f"SUM(POWER(2, -{rank_of_all})) AS {reading.column('sum')}")
            sums.append(f"{empty} AS {reading.column('empty')}")
        grouped = (
            sqlglot.select(*self._rows.ask, *sums)
            .from_(self._rows.name("registers", value))
            .group_by(*self._rows.ask)
        )
        yield Named(self._rows.name("states", value), grouped)
        estimates = [
            f"{states.estimate(reading.column('sum'), reading.column('empty'))} AS {self._feature(feature)}"
            for feature in self._view.features
            for reading in [self._reading(feature)]
            if reading in readings
        ]
        yield Named(
            self._rows.name("answers", value),
            sqlglot.select(*self._rows.ask, *estimates).from_(self._rows.name("states", value)),
        )

    def _reading(self, feature: FeatureSpec) -> Reading:
        wanted = (self._view.slot_of(feature), feature.window)
        return next(each for each in self._rows.readings if (each.slot, each.window) == wanted)

    def _of(self, reading: Reading) -> str:
        """Whether a state belongs to a reading's window."""
        return f"{PART} IN ({', '.join(map(str, self._rows.parts.of(reading.window)))})"

    def _stamped(self, slot: SlotSpec, value: str, time_us: str, event_id: str) -> Stamped:
        kind = self._rows.kinds[slot].removeprefix("list[").removesuffix("]")
        return Stamped(value, SQL_TYPES[kind], time_us, event_id)

    def _items(
        self, gathered: dict[str, str], by: dict[str, str] | None = None, where: str = ""
    ) -> exp.Select:
        """States of tiles.

        Args:
            gathered: Columns of the states, aggregated.
            by: What to group by beside.
            where: Which events count.
        """
        start = floor(f"{TIME} - 1", "tile_us")
        readable = f"{start} + tile_us + lag_us"
        known = f"GREATEST({ARRIVAL}, {readable})" if self._as_known else readable
        places = {
            **{key: key for key in self._rows.keys},
            PART: PART,
            CELL: floor(f"{TIME} - 1", f"parts.{CELL}"),
            _START: start,
            _KNOWN: known,
            **(by or {}),
        }
        return (
            sqlglot.select(*aliased(places, places.values()), *aliased(gathered, gathered.values()))
            .from_(self._rows.name("events"))
            .join(self._rows.parts_table(), join_type="cross")
            .where(*filter(None, [where]))
            .group_by(*[str(number + 1) for number in range(len(places))])
        )

    def _found(self, items: str, columns: Sequence[str], own: dict[str, str], where: str = "") -> exp.Query:
        """States with those who see them.

        Args:
            items: Name of the items.
            columns: Of the states.
            own: The same columns, of the single event that asks.
            where: Which of those events count.
        """
        same = [f"reads.{name} = items.{name}" for name in (*self._rows.keys, PART, CELL)]
        same += [f"items.{_START} >= reads.{AFTER}", f"items.{_KNOWN} <= reads.{T}"]
        found: exp.Query = (
            sqlglot.select(
                *[f"reads.{name}" for name in (*self._rows.ask, PART)],
                *[f"items.{column}" for column in columns],
            )
            .from_(f"{self._rows.name('reads')} AS reads")
            .join(f"{items} AS items", on=" AND ".join(same))
        )
        if not self._view.include_current:
            return found
        unseen = f"{SEEN} IS NULL OR {SEEN} <= {floor(*AFTER_OF_ASK)}"
        asking = (
            sqlglot.select(*self._rows.ask, PART, *aliased(columns, [own[column] for column in columns]))
            .from_(self._rows.name("own"))
            .join(self._rows.parts_table(), join_type="cross")
            .where(
                f"{PART} IN ({', '.join(map(str, self._rows.parts.own()))})", unseen, *filter(None, [where])
            )
        )
        return found.union(asking, distinct=False)
