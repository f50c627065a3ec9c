"""Training sets of label rows at hand: what the statement needs goes to an engine, features come back.

Only a row number, keys, instants and the event that asks are handed out, and only features come back, so that
whatever else label rows hold is kept as it is. Instants go and come as microseconds, which every table and file has.
"""

from collections.abc import Callable
from typing import Any, Protocol

import pyarrow as pa
from sqlglot import exp

from headwater import names
from headwater.errors import StoreError
from headwater.offline import frames
from headwater.offline.athena import statement
from headwater.offline.athena.label_table import LabelTable, Span
from headwater.offline.label_rows import check_labels, instants_of
from headwater.offline.on_demand import append_on_demand
from headwater.offline.point_in_time import Mode
from headwater.offline.types import ARROW_TYPES, INSTANT, arrow_type
from headwater.registry import Registry, ServiceSpec

ROW, ASKED = "hw_row", "hw_asked_us"
"""Columns of what is handed out: number of the label row, and its instant."""


class SqlEngine(Protocol):
    """An engine that has the event log."""

    database: str
    """Of the event log."""

    def run(self, asked: pa.Table, statement: Callable[[str], exp.Select]) -> pa.Table:
        """Keep a table where the engine finds it, and run a statement over it.

        Args:
            asked: Row numbers, instants, keys, and the events that ask.
            statement: Given the table's name in the engine, what to run.

        Returns:
            What the statement gives, in any order, with at least the row numbers and the features.
        """


def training_set(
    labels: Any,
    registry: Registry,
    service: str,
    engine: SqlEngine,
    *,
    timestamp_column: str = "event_time",
    mode: Mode = "as_known",
) -> Any:
    """Add the features of a service to label rows.

    Args:
        labels: As `headwater.offline.point_in_time.training_set` takes them.
        registry: Definitions.
        service: Name of the service.
        engine: Has the event log, and runs the statement.
        timestamp_column: Column of ``labels`` with the instants, in UTC.
        mode: ``as_known`` or ``as_happened``.

    Returns:
        The label rows in their order with all their columns, then one column per feature, named
        ``<view>__<feature>``; null where there was no value. Of the type of ``labels``.

    Raises:
        RequestError: The service is unknown.
        InputError: A column of ``labels`` is missing, of the wrong type, or is named as a feature.
        StoreError: The engine gave back other rows than it was given.
    """
    found = registry.service(service)
    rows = frames.to_arrow(labels)
    instants = instants_of(rows, timestamp_column)
    check_labels(rows, registry, found)
    span = Span(int(instants.min()), int(instants.max())) if len(instants) else Span(0, 0)
    asked = _asked(rows, registry, found).append_column(ASKED, pa.array(instants))

    def asking(table: str) -> exp.Select:
        given = LabelTable(table, ASKED, instants="microseconds", span=span)
        return statement.training_set(registry, service, engine.database, given, mode=mode)

    # Of no rows, files say no types.
    answered = engine.run(asked, asking).sort_by(ROW) if rows.num_rows else _no_answer(registry, found)
    if answered[ROW].to_pylist() != asked[ROW].to_pylist():
        raise StoreError(
            f"training set of {service!r}: asked for {rows.num_rows} rows, found {answered.num_rows} or others; the "
            "table of labels was changed while the statement ran, so run it again"
        )
    result = with_features(rows, answered, registry, found)
    return frames.like(labels, append_on_demand(result, registry, found))


def with_features(rows: pa.Table, answered: pa.Table, registry: Registry, service: ServiceSpec) -> pa.Table:
    """Put the stored features of an answer, instants in microseconds, beside the rows they belong to."""
    for view in registry.views_of(service):
        for feature in view.features:
            name = names.qualified_feature(view.name, feature.name)
            column = answered[name]
            rows = rows.append_column(
                name, column.cast(_as_given(feature.type)).cast(arrow_type(feature.type))
            )
    return rows


def _as_given(kind: str) -> pa.DataType:
    return arrow_type(kind.replace("timestamp", "int64"))


def _no_answer(registry: Registry, service: ServiceSpec) -> pa.Table:
    stored = [
        (names.qualified_feature(view.name, feature.name), _as_given(feature.type))
        for view in registry.views_of(service)
        for feature in view.features
    ]
    return pa.schema([(ROW, pa.int64()), *stored]).empty_table()


def _asked(rows: pa.Table, registry: Registry, service: ServiceSpec) -> pa.Table:
    """The columns of label rows that a statement reads."""
    columns: dict[str, Any] = {ROW: pa.array(range(rows.num_rows), pa.int64())}
    for view in registry.views_of(service):
        wanted = {key.name: key.type for key in view.keys}
        if view.include_current:
            mapped = {key.column for key in view.keys}
            types = registry.sources[view.source].columns
            wanted |= {"event_id": "string"}
            wanted |= {column: types[column] for column in view.columns if column not in mapped}
        for name, kind in wanted.items():
            columns[name] = _plain(rows[name], kind)
    return pa.table(columns)


def _plain(column: pa.ChunkedArray, kind: str) -> pa.ChunkedArray:
    if kind == "timestamp":
        return column.cast(INSTANT, safe=False).cast(pa.int64())
    return column.cast(ARROW_TYPES[kind])
