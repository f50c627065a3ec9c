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
from headwater.instants import from_us
from headwater.offline.athena import states
from headwater.offline.athena.expressions import SQL_TYPES, evaluate
from headwater.offline.athena.label_table import LABELS, LabelTable, quoted
from headwater.offline.athena.parts import COLUMNS, Parts, needed
from headwater.offline.athena.states import Field, Stamped
from headwater.offline.point_in_time import Mode
from headwater.registry import FeatureSpec, SlotSpec, SourceSpec, ViewSpec
from headwater.windows import Window

_T, _TIME, _ARRIVAL, _ID, _OWN_ID, _SEEN = "t_us", "time_us", "arrival_us", "event_id", "own_id", "seen_us"
_PART, _CELL, _START, _KNOWN, _AFTER = "part", "cell_us", "start_us", "known_us", "after_us"
_REGISTER, _RANK = "register", "rank"
_SKETCH = "distinct"
_AFTER_OF_ASK = "t_us - reach_us", "step_us"


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


class Reading(NamedTuple):
    """A slot over a window: what one or more features are finished from."""

    number: int
    slot: SlotSpec
    value: str
    window: Window

    def column(self, field: str) -> str:
        """Name of the column of a state's field."""
        return f"r{self.number}_{field}"


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
        self._source = source
        self._database = database
        self._labels = labels
        self._as_known = mode == "as_known"
        self._parts = Parts(feature.window for feature in view.features)
        # By slot, the type of its value is that of the features that give it back.
        self._kinds = {view.slot_of(each): each.type for each in view.features}
        self._values = {slot: f"v{number}" for number, slot in enumerate(self._kinds)}
        pairs = dict.fromkeys((view.slot_of(each), each.window) for each in view.features)
        self._readings = [
            Reading(number, slot, self._values[slot], window) for number, (slot, window) in enumerate(pairs)
        ]
        self._keys = [f"k{number}" for number in range(len(view.keys))]
        own = [_OWN_ID, *(f"own_{column}" for column in view.columns)] if view.include_current else []
        self._ask = [*self._keys, _T, *own]

    def queries(self) -> Iterator[Named]:
        """The expressions, in the order in which they build on one another."""
        yield Named(self._name("events"), self._events())
        yield Named(self._name("asks"), self._asks())
        yield Named(self._name("reads"), self._reads())
        if self._view.include_current:
            yield Named(self._name("own"), self._own())
        plain = [reading for reading in self._readings if reading.slot.state != _SKETCH]
        if plain:
            yield from self._plain(plain)
        for reading in self._sketched():
            own = [each for each in self._readings if each.slot == reading.slot]
            yield from self._sketch(own)

    def answers(self) -> list[Answers]:
        """Where each feature is found."""
        plain = [each for each in self._view.features if self._view.slot_of(each).state != _SKETCH]
        found = [Answers(self._name("answers"), self._defaults(plain))] if plain else []
        for reading in self._sketched():
            own = [each for each in self._view.features if self._view.slot_of(each) == reading.slot]
            found.append(Answers(self._name("answers", reading.value), self._defaults(own)))
        return found

    def matches(self, answers: str) -> str:
        """When a label row has asked what was answered."""
        same = [
            f"{written} IS NOT DISTINCT FROM {answers}.{name}"
            if name.startswith("own_")
            else f"{written} = {answers}.{name}"
            for name, written in zip(self._ask, self._asked(), strict=True)
        ]
        return " AND ".join(same)

    def _name(self, role: str, value: str = "") -> str:
        return f"{self._view.name}__{value}_{role}" if value else f"{self._view.name}__{role}"

    def _sketched(self) -> list[Reading]:
        """One reading of each slot that is a sketch."""
        return list({each.value: each for each in self._readings if each.slot.state == _SKETCH}.values())

    def _defaults(self, features: Iterable[FeatureSpec]) -> dict[str, str | None]:
        return {self._feature(each): "0" if each.aggregate == "count" else None for each in features}

    def _feature(self, feature: FeatureSpec) -> str:
        return names.qualified_feature(self._view.name, feature.name)

    def _events(self) -> exp.Select:
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
            *_aliased(self._keys, keys),
            f"EPOCH_US(events.event_time) AS {_TIME}",
            f"EPOCH_US(events.arrival) AS {_ARRIVAL}",
            f"events.event_id AS {_ID}",
            *_aliased(self._values.values(), self._slot_values(data)),
        ).from_(table)
        if self._labels.span is not None:
            interval = needed([each.window for each in self._readings], *self._labels.span)
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

    def _asks(self) -> exp.Select:
        rows = sqlglot.select(*_aliased(self._ask, self._asked())).from_(LABELS)
        checked = [f"{self._labels.checked(_T)} AS {_T}" if name == _T else name for name in self._ask]
        return (
            sqlglot.select(*checked)
            .distinct()
            .from_(rows.subquery("asked"))
            .where(*[f"{key} IS NOT NULL" for key in self._keys])
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

    def _parts_table(self) -> exp.Values:
        return exp.values([part.values for part in self._parts], alias="parts", columns=COLUMNS)

    def _reads(self) -> exp.Select:
        spans = (
            sqlglot.select(
                *self._ask,
                _PART,
                f"{_floor(*_AFTER_OF_ASK)} AS {_AFTER}",
                f"{_floor('t_us - reach_us', _CELL)} AS first_cell_us",
                f"{_floor('t_us - lag_us', _CELL)} AS last_cell_us",
            )
            .from_(self._name("asks"))
            .join(self._parts_table(), join_type="cross")
        )
        first = "CASE WHEN first_cell_us < after_us AND first_cell_us < last_cell_us THEN first_cell_us END"
        return (
            sqlglot.select(*self._ask, _PART, _AFTER, _CELL)
            .from_(spans.subquery("spans"))
            .join(f"UNNEST(ARRAY(last_cell_us, {first})) AS cells({_CELL})", join_type="cross")
        )

    def _own(self) -> exp.Select:
        seen = [f"asks.{key} = events.{key}" for key in self._keys]
        seen += [f"asks.{_OWN_ID} = events.{_ID}", f"events.{_TIME} < asks.{_T}"]
        if self._as_known:
            seen.append(f"events.{_ARRIVAL} <= asks.{_T}")
        data = {column: f"asks.own_{column}" for column in self._view.columns}
        asks = [f"asks.{name}" for name in self._ask]
        return (
            sqlglot.select(
                *asks,
                *_aliased(self._values.values(), self._slot_values(data)),
                f"MAX(events.{_TIME}) AS {_SEEN}",
            )
            .from_(f"{self._name('asks')} AS asks")
            .join(f"{self._name('events')} AS events", on=" AND ".join(seen), join_type="left")
            .where(f"asks.{_OWN_ID} IS NOT NULL")
            .group_by(*asks)
        )

    def _plain(self, readings: Sequence[Reading]) -> Iterator[Named]:
        """From items to answers, of the slots whose states are columns."""
        slots = {each.value: each.slot for each in readings}
        fields = {
            f"{value}_{name}": (self._stamped(slot, value, _TIME, _ID), field)
            for value, slot in slots.items()
            for name, field in states.state(slot.state).fields.items()
        }
        own = {
            f"{value}_{name}": field.lift(self._stamped(slot, value, _T, _OWN_ID))
            for value, slot in slots.items()
            for name, field in states.state(slot.state).fields.items()
        }
        gathered = {column: field.gather(stamped) for column, (stamped, field) in fields.items()}
        yield Named(self._name("items"), self._items(gathered))
        yield Named(self._name("found"), self._found(self._name("items"), list(gathered), own))
        merged = [
            f"{field.merge(f'{reading.value}_{name}', self._of(reading))} AS {reading.column(name)}"
            for reading in readings
            for name, field in states.state(reading.slot.state).fields.items()
        ]
        grouped = (
            sqlglot.select(*self._ask, *merged).from_(self._name("found")).group_by(*self._ask)
        )
        yield Named(self._name("states"), grouped)
        finished = [
            self._finished(feature)
            for feature in self._view.features
            if self._view.slot_of(feature).state != _SKETCH
        ]
        yield Named(
            self._name("answers"), sqlglot.select(*self._ask, *finished).from_(self._name("states"))
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
        yield Named(self._name("items", value), items)
        found = self._found(self._name("items", value), [_REGISTER, _RANK], own, f"{value} IS NOT NULL")
        yield Named(self._name("found", value), found)
        ranks = [
            f"MAX({_RANK}) FILTER (WHERE {self._of(reading)}) AS {reading.column(_RANK)}"
            for reading in readings
        ]
        registers = (
            sqlglot.select(*self._ask, _REGISTER, *ranks)
            .from_(self._name("found", value))
            .group_by(*self._ask, _REGISTER)
        )
        yield Named(self._name("registers", value), registers)
        sums = [
            column
            for reading in readings
            for column in (
                f"SUM(POWER(2, -{reading.column(_RANK)})) AS {reading.column('sum')}",
                f"CAST({hyperloglog.REGISTERS} - COUNT({reading.column(_RANK)}) AS DOUBLE) "
                f"/ {hyperloglog.REGISTERS} AS {reading.column('empty')}",
            )
        ]
        grouped = (
            sqlglot.select(*self._ask, *sums)
            .from_(self._name("registers", value))
            .group_by(*self._ask)
        )
        yield Named(self._name("states", value), grouped)
        estimates = [
            f"{states.estimate(reading.column('sum'), reading.column('empty'))} AS {self._feature(feature)}"
            for feature in self._view.features
            for reading in [self._reading(feature)]
            if reading in readings
        ]
        yield Named(
            self._name("answers", value),
            sqlglot.select(*self._ask, *estimates).from_(self._name("states", value)),
        )

    def _reading(self, feature: FeatureSpec) -> Reading:
        wanted = (self._view.slot_of(feature), feature.window)
        return next(each for each in self._readings if (each.slot, each.window) == wanted)

    def _of(self, reading: Reading) -> str:
        """Whether a state belongs to a reading's window."""
        return f"{_PART} IN ({', '.join(map(str, self._parts.of(reading.window)))})"

    def _stamped(self, slot: SlotSpec, value: str, time_us: str, event_id: str) -> Stamped:
        kind = self._kinds[slot].removeprefix("list[").removesuffix("]")
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
        start = _floor(f"{_TIME} - 1", "tile_us")
        readable = f"{start} + tile_us + lag_us"
        known = f"GREATEST({_ARRIVAL}, {readable})" if self._as_known else readable
        places = {
            **{key: key for key in self._keys},
            _PART: _PART,
            _CELL: _floor(f"{_TIME} - 1", f"parts.{_CELL}"),
            _START: start,
            _KNOWN: known,
            **(by or {}),
        }
        return (
            sqlglot.select(*_aliased(places, places.values()), *_aliased(gathered, gathered.values()))
            .from_(self._name("events"))
            .join(self._parts_table(), join_type="cross")
            .where(*filter(None, [where]))
            .group_by(*[str(number + 1) for number in range(len(places))])
        )

    def _found(
        self, items: str, columns: Sequence[str], own: dict[str, str], where: str = ""
    ) -> exp.Query:
        """States with those who see them.

        Args:
            items: Name of the items.
            columns: Of the states.
            own: The same columns, of the single event that asks.
            where: Which of those events count.
        """
        same = [f"reads.{name} = items.{name}" for name in (*self._keys, _PART, _CELL)]
        same += [f"items.{_START} >= reads.{_AFTER}", f"items.{_KNOWN} <= reads.{_T}"]
        found: exp.Query = (
            sqlglot.select(
                *[f"reads.{name}" for name in (*self._ask, _PART)],
                *[f"items.{column}" for column in columns],
            )
            .from_(f"{self._name('reads')} AS reads")
            .join(f"{items} AS items", on=" AND ".join(same))
        )
        if not self._view.include_current:
            return found
        unseen = f"{_SEEN} IS NULL OR {_SEEN} <= {_floor(*_AFTER_OF_ASK)}"
        asking = (
            sqlglot.select(*self._ask, _PART, *_aliased(columns, [own[column] for column in columns]))
            .from_(self._name("own"))
            .join(self._parts_table(), join_type="cross")
            .where(f"{_PART} IN ({', '.join(map(str, self._parts.own()))})", unseen, *filter(None, [where]))
        )
        return found.union(asking, distinct=False)


def _aliased(aliases: Iterable[str], written: Iterable[str]) -> list[str]:
    return [f"{each} AS {name}" for name, each in zip(aliases, written, strict=True)]


def _floor(instant: str, width: str) -> str:
    """The largest multiple of a width that is not after an instant, before 1970 too."""
    return f"({instant}) - ((({instant}) % {width}) + {width}) % {width}"


def _instant(instant_us: int) -> str:
    text = from_us(instant_us).strftime("%Y-%m-%d %H:%M:%S.%f UTC")
    return f"CAST('{text}' AS TIMESTAMPTZ(6))"
