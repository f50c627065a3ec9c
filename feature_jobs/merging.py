"""Brings back what a lost region had and never sent: through the ways in that recognise what a table has already."""

from collections.abc import Callable

import pyarrow as pa
from pyiceberg.catalog import Catalog
from pyiceberg.table import Table

from headwater import names
from headwater.envelope import sources_of
from headwater.environment import Environment
from headwater.errors import ConflictError
from headwater.offline.commits import append_fresh
from headwater.offline.event_log import IcebergEventLog, open_glue_catalog
from headwater.offline.replica.states import State
from headwater.offline.replica.unarrived import rows_since
from headwater.offline.served_log import ServedLog
from headwater.offline.types import log_schema
from headwater.registry import Registry


class Merging:
    """Brings rows of one region's tables into another's, which recognises those that it has.

    Args:
        source: Into whose tables.
        target: Whose rows.
        registry: Sources and their columns.
    """

    def __init__(self, source: Environment, target: Environment, registry: Registry) -> None:
        self._into, self._database = _catalog(source), source.glue_database
        self._from, self._from_database = _catalog(target), target.glue_database
        self._registry = registry
        self._logs = {names.event_log_table(each.name): each for each in sources_of(registry).values()}

    def __call__(self, table: str, there: State, fork: int | None) -> int:
        """Bring the rows that came after a snapshot; see `headwater.offline.replica.relocation.Merge`."""
        found = self._from.load_table((self._from_database, table))
        if found.metadata_location != there.path:
            raise ConflictError(f"table {table!r}: somebody changed it meanwhile; run again")
        append = self._append(table)
        return sum(append(rows) for rows in rows_since(found, fork))

    def _append(self, table: str) -> Callable[[pa.Table], int]:
        if table in self._logs:
            source = self._logs[table]
            log = IcebergEventLog(self._into, self._database, self._registry)
            # The last thing that never arrived may be a column.
            log.ensure_tables()
            return lambda rows: log.append_new(source.name, _fitted(rows, log_schema(source)))
        if table == names.served_table():
            served = ServedLog(self._into, self._database)
            return lambda rows: served.append_new(rows.to_pylist())
        return lambda rows: self._append_by_content(table, rows)

    def _append_by_content(self, table: str, rows: pa.Table) -> int:
        """Append the rows of a small table that has no equal ones yet."""

        def fresh(found: Table) -> pa.Table:
            there = set(map(_content, found.scan().to_arrow().select(rows.column_names).to_pylist()))
            missing = [row for row in rows.to_pylist() if _content(row) not in there]
            return pa.Table.from_pylist(missing, schema=found.schema().as_arrow())

        return append_fresh(f"table {table!r}", lambda: self._into.load_table((self._database, table)), fresh)


def _content(row: dict[str, object]) -> str:
    return repr(sorted(row.items()))


def _fitted(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    """Rows with the columns of a schema: they may be of before a source gained some."""
    columns = [
        rows[field.name].cast(field.type)
        if field.name in rows.column_names
        else pa.nulls(rows.num_rows, field.type)
        for field in schema
    ]
    return pa.table(columns, schema=schema)


def _catalog(outputs: Environment) -> Catalog:
    return open_glue_catalog(outputs.bucket_name, region=outputs.region, endpoint_url=outputs.endpoint_url)
