"""The statement: what Athena is asked to run, and what it refuses and saves."""

import re
from datetime import UTC, datetime, timedelta
from functools import reduce
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
import sqlglot
from sqlglot import exp

from headwater import hyperloglog, registry
from headwater.aggregates import AGGREGATES
from headwater.commands import REGISTRY
from headwater.compiler import compile_services
from headwater.definitions import (
    Aggregation,
    Entity,
    EventSource,
    FeatureService,
    FeatureView,
    aggregations,
    col,
)
from headwater.errors import InputError, RequestError
from headwater.instants import from_us, to_us
from headwater.offline import point_in_time
from headwater.offline.athena.dialects import render
from headwater.offline.athena.engine import training_set as fill
from headwater.offline.athena.label_table import LabelTable, Span
from headwater.offline.athena.statement import training_set
from headwater.offline.types import INSTANT, log_schema
from headwater.registry import Registry
from tests.athena import DuckDbEngine

GOLDEN = Path(__file__).parents[4] / "golden" / "athena_flight_delay.sql"
NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
DECEMBER = Span(to_us(datetime(2013, 12, 1, tzinfo=UTC)), to_us(datetime(2014, 1, 1, tzinfo=UTC)))

TRINO = frozenset(
    re.findall(
        r"\w+",
        "abs array_agg array_sort coalesce concat count date_trunc flatten from_base from_unixtime_nanos greatest "
        "length max md5 min power reverse round slice sqrt substr sum to_base to_hex to_unixtime to_utf8 transform",
    )
)
"""Functions of Trino that the statement calls, as its documentation names them."""

_NO_FUNCTIONS = frozenset(
    re.findall(
        r"\w+",
        "and array as by case cast decimal else end filter from in join not on or row select then timestamp try unnest "
        "values when where with",
    )
)
"""Words that stand before a bracket and call nothing, and the special forms CAST and TRY."""


def _everything() -> Registry:
    """Every aggregate of a column of every type it takes, with conditions and derived columns."""
    columns = {
        "shop": "string",
        "whole": "int64",
        "real": "float64",
        "text": "string",
        "flag": "bool",
        "due": "timestamp",
    }
    of_type = {kind: name for name, kind in columns.items() if name != "shop"}
    features = [
        Aggregation(
            column=None if kind is None else of_type[kind],
            function=function,
            n=3 if function == "last_n" else None,
            window=window,
            delay=delay,
            where=(col("whole") + 1 > 2) & (col("real") / 3 < 1e9) & ~col("text").is_in(["a'b"]),
            name=f"{function}_{kind or 'events'}_{window}",
        )
        for function, aggregate in AGGREGATES.items()
        for kind in aggregate.states
        for window, delay in (("6h", None), ("1d", "1h"))
    ]
    view = FeatureView(
        name="sales",
        entity=Entity(name="shop", keys={"shop": "string"}),
        source=EventSource(name="sales", columns=columns),
        features=features,
        include_current=True,
    )
    return compile_services([FeatureService(name="model", views=[view])])


EVERYTHING = _everything()

_SHOP = Entity(name="shop", keys={"shop": "string"})
_SALES = EventSource(name="sales", columns={"shop": "string", "due": "timestamp"})
SALES = compile_services(
    [
        FeatureService(
            name="model",
            views=[
                FeatureView(
                    name="sales",
                    entity=_SHOP,
                    source=_SALES,
                    features=[
                        *aggregations(None, ["count"], over=["30d"], resolution="5m"),
                        Aggregation(column="due", function="last", window="1d", name="due"),
                        Aggregation(column="due", function="last_n", n=2, window="1d", name="dues"),
                    ],
                )
            ],
        )
    ]
)


def _sales(count: int, every: timedelta) -> pa.Table:
    rows = [
        {
            "event_time": NOON - every * (number + 1),
            "arrival": NOON - every * (number + 1),
            "event_id": str(number),
            "shard": "s",
            "sequence": str(number),
            "shop": "a",
            "due": NOON + timedelta(microseconds=number),
        }
        for number in range(count)
    ]
    return pa.Table.from_pylist(rows, schema=log_schema(_SALES_SPEC))


_SALES_SPEC = SALES.sources["sales"]


def _labels(*instants: datetime | None) -> pa.Table:
    return pa.table({"shop": ["a"] * len(instants), "event_time": pa.array(instants, INSTANT)})


def _run(engine: DuckDbEngine, labels: LabelTable, database: str = DuckDbEngine.database) -> pa.Table:
    return engine.query(render(training_set(SALES, "model", database, labels), "duckdb"))


def test_the_statement_of_the_flights_is_the_one_reviewed() -> None:
    """When it is meant to change, write the file anew with the command that its text comes from.

    headwater athena-sql flight_delay --labels-table lab.flights --from 2013-12-01T00:00:00Z \
        --until 2014-01-01T00:00:00Z > tests/golden/athena_flight_delay.sql
    """
    labels = LabelTable("lab.flights", span=DECEMBER)
    statement = training_set(registry.load(REGISTRY), "flight_delay", "headwater_prod", labels)
    assert render(statement, "athena") + "\n" == GOLDEN.read_text()


@pytest.mark.parametrize("mode", ["as_known", "as_happened"])
def test_the_statement_for_athena_calls_functions_of_trino_and_no_others(mode: point_in_time.Mode) -> None:
    text = render(training_set(EVERYTHING, "model", "db", LabelTable("db.labels"), mode=mode), "athena")
    without_literals = re.sub(r"'(?:[^']|'')*'|\"[^\"]*\"", "?", text)
    called = {word.lower() for word in re.findall(r"(\w+)\s*\(", without_literals)}
    assert called - _NO_FUNCTIONS - {name.lower() for name in _aliases(text)} == TRINO


def _aliases(text: str) -> set[str]:
    """Names of tables in a statement that are followed by the names of their columns."""
    return {alias.name for alias in sqlglot.parse_one(text, dialect="athena").find_all(exp.TableAlias)}


def test_the_statement_for_athena_is_read_by_trinos_parser_as_it_was_written() -> None:
    text = render(training_set(EVERYTHING, "model", "db", LabelTable("db.labels")), "athena")
    assert sqlglot.parse_one(text, dialect="trino").sql(dialect="trino", pretty=True) == text


def test_only_the_days_that_the_windows_cover_are_read() -> None:
    labels = LabelTable("db.labels", span=Span(to_us(NOON), to_us(NOON + timedelta(days=1))))
    text = render(training_set(SALES, "model", "db", labels), "athena")
    assert "events.event_time > CAST('2024-04-01 12:00:00.000000 UTC' AS TIMESTAMP(6) WITH TIME ZONE)" in text
    assert (
        "events.event_time <= CAST('2024-05-02 11:59:59.999999 UTC' AS TIMESTAMP(6) WITH TIME ZONE)" in text
    )


@pytest.mark.parametrize("instant", [None, NOON - timedelta(microseconds=1), NOON + timedelta(hours=1)])
def test_a_label_row_outside_the_span_fails_the_statement(instant: datetime | None) -> None:
    engine = DuckDbEngine({"sales": _sales(1, timedelta(hours=1))})
    given = LabelTable(engine.create("given", _labels(instant)), span=Span(to_us(NOON), to_us(NOON)))
    found = "null" if instant is None else to_us(instant)
    with pytest.raises(
        duckdb.ConversionException, match=f"labels, column event_time: found {found}, expected"
    ):
        _run(engine, given)


def test_instants_are_timestamps_where_the_label_rows_have_them() -> None:
    engine = DuckDbEngine({"sales": _sales(3, timedelta(hours=1))})
    found = _run(engine, LabelTable(engine.create("given", _labels(NOON))))
    assert found["sales__due"].to_pylist() == [NOON]
    assert found["sales__dues"].to_pylist() == [[NOON, NOON + timedelta(microseconds=1)]]


def test_windows_reach_over_1970() -> None:
    events = _sales(1, timedelta(hours=1))
    for column in ("event_time", "arrival"):
        events = events.set_column(
            events.column_names.index(column), events.schema.field(column), pa.array([from_us(-1)], INSTANT)
        )
    engine = DuckDbEngine({"sales": events})
    found = _run(engine, LabelTable(engine.create("given", _labels(from_us(-1), from_us(0), from_us(1)))))
    assert found.sort_by("event_time")["sales__events_count_30d"].to_pylist() == [0, 1, 1]


def test_label_rows_may_come_from_a_query() -> None:
    engine = DuckDbEngine({"sales": _sales(3, timedelta(hours=1))})
    table = engine.create("given", _labels(NOON, NOON - timedelta(hours=2)))
    latest = sqlglot.select("shop", "MAX(event_time) AS event_time").from_(table).group_by("shop")
    found = _run(engine, LabelTable(latest.sql()))
    assert found["sales__events_count_30d"].to_pylist() == [3]


def test_what_a_label_meets_does_not_grow_with_its_events() -> None:
    """20,000 events in a window of 8,640 tiles are read as days, hours and five minutes: 200 states at most."""
    engine = DuckDbEngine({"sales": _sales(20_000, timedelta(minutes=2))})
    labels = LabelTable(engine.create("given", _labels(NOON)))
    counting = training_set(SALES, "model", engine.database, labels)
    counting.set("joins", [])
    counting = counting.select("COUNT(*) AS met", append=False).from_("sales__found")
    assert engine.query(render(counting, "duckdb"))["met"][0].as_py() < 200
    assert _run(engine, labels)["sales__events_count_30d"].to_pylist() == [20_000]


def test_a_sketch_of_many_values_is_the_librarys() -> None:
    """Few values, as in generated histories, say nothing of the ranks of registers."""
    shops = Entity(name="shop", keys={"shop": "string"})
    visits = EventSource(name="visits", columns={"shop": "string", "visitor": "int64"})
    seen = Aggregation(column="visitor", function="approx_count_distinct", window="6h", name="visitors")
    view = FeatureView(name="visits", entity=shops, source=visits, features=[seen])
    definitions = compile_services([FeatureService(name="model", views=[view])])
    rows = [
        {
            "event_time": NOON - timedelta(seconds=4 * number + 1),
            "arrival": NOON - timedelta(seconds=4 * number + 1),
            "event_id": str(number),
            "shard": "s",
            "sequence": str(number),
            "shop": "a",
            "visitor": number * number - 7,
        }
        for number in range(5_000)
    ]
    log = pa.Table.from_pylist(rows, schema=log_schema(definitions.sources["visits"]))
    engine = DuckDbEngine({"visits": log})
    found = fill(_labels(NOON), definitions, "model", engine)
    sketches = [hyperloglog.sketch_of(row["visitor"]) for row in rows]
    assert found["visits__visitors"].to_pylist() == [
        hyperloglog.estimate(reduce(hyperloglog.merge, sketches))
    ]


@pytest.mark.parametrize(
    "relation", ["", "a b c", "SELECT (", "DROP TABLE labels", "lab.labels; DROP TABLE x"]
)
def test_labels_that_are_neither_a_table_nor_a_query_are_refused(relation: str) -> None:
    with pytest.raises(InputError, match=r"give <database>\.<table>, or a SELECT"):
        training_set(SALES, "model", "db", LabelTable(relation))


def test_an_unknown_service_is_refused() -> None:
    with pytest.raises(RequestError, match="service 'other' is not in the registry"):
        training_set(SALES, "other", "db", LabelTable("db.labels"))
