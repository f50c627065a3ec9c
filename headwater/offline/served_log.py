"""The log of what was served, in one Iceberg table: vectors as they left, with the definitions' version.

Entity, values and statuses are JSON: services differ in theirs, and skew detection reads one service
and version at a time.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg.catalog import Catalog
from pyiceberg.exceptions import NoSuchTableError
from pyiceberg.table import Table
from pyiceberg.transforms import DayTransform

from headwater import names
from headwater.environment import Environment
from headwater.offline.commits import append_fresh
from headwater.offline.event_log import open_glue_catalog
from headwater.offline.layout import PROPERTIES
from headwater.offline.served_rows import IDENTITY, SCHEMA


def open_served_log(outputs: Environment) -> "ServedLog":
    """Open the table of an environment."""
    catalog = open_glue_catalog(outputs.bucket_name, region=outputs.region, endpoint_url=outputs.endpoint_url)
    return ServedLog(catalog, outputs.glue_database)


class ServedLog:
    """The table of what was served.

    Args:
        catalog: Where it is registered.
        namespace: Its database.
    """

    def __init__(self, catalog: Catalog, namespace: str) -> None:
        self._catalog = catalog
        self._name = (namespace, names.served_table())

    def ensure_table(self) -> None:
        """Create the table if it is not there yet, partitioned by the day of serving."""
        try:
            self._table()
        except NoSuchTableError:
            table = self._catalog.create_table(self._name, schema=SCHEMA, properties=PROPERTIES)
            with table.update_spec() as spec:
                spec.add_field("served_at", DayTransform(), "served_day")

    def append_new(self, rows: Iterable[dict[str, Any]]) -> int:
        """Append the rows that are not there yet; returns how many were new.

        A row is the same as another if lookup and place in it are: request ids are the callers', who may use
        one for several lookups.
        """
        distinct = {tuple(row[name] for name in IDENTITY): row for row in rows}
        if not distinct:
            return 0
        first = min(row["served_at"] for row in distinct.values())

        def fresh(table: Table) -> pa.Table:
            known = _scan(table, IDENTITY, first)
            there = set(zip(*(known[name].to_pylist() for name in IDENTITY), strict=True))
            missing = [row for identity, row in distinct.items() if identity not in there]
            return pa.Table.from_pylist(missing, schema=SCHEMA)

        return append_fresh("log of what was served", self._table, fresh)

    def read(self, columns: Iterable[str], since: datetime) -> pa.Table:
        """Some columns of what was served at or after an instant, by request and row."""
        found = _scan(self._table(), {"request_id", "row", *columns}, since)
        order = pc.sort_indices(found, sort_keys=[("request_id", "ascending"), ("row", "ascending")])
        return found.take(order)

    def _table(self) -> Table:
        return self._catalog.load_table(self._name)


def _scan(table: Table, columns: Iterable[str], since: datetime) -> pa.Table:
    return table.scan(
        row_filter=f"served_at >= '{since.isoformat()}'", selected_fields=tuple(columns)
    ).to_arrow()
