"""The statement for Athena on DuckDB: the same tree, in DuckDB's dialect."""

from collections.abc import Callable, Mapping

import duckdb
import pyarrow as pa
from sqlglot import exp

from headwater import names
from headwater.offline.athena.dialects import render


class DuckDbEngine:
    """An engine of tables in memory, by source.

    Args:
        logs: Event logs.
    """

    database = "headwater_test"

    def __init__(self, logs: Mapping[str, pa.Table]) -> None:
        self._connection = duckdb.connect(config={"threads": 1})
        self._connection.execute(f'CREATE SCHEMA "{self.database}"')
        for source, events in logs.items():
            self.create(names.event_log_table(source), events)

    def run(self, asked: pa.Table, statement: Callable[[str], exp.Select]) -> pa.Table:
        """See `SqlEngine.run`."""
        name = self.create("labels", asked)
        return self.query(render(statement(name), "duckdb"))

    def create(self, table: str, rows: pa.Table) -> str:
        """Make a table of rows; gives its name."""
        self._connection.register("given", rows)
        self._connection.execute(f'CREATE OR REPLACE TABLE "{self.database}"."{table}" AS FROM given')
        self._connection.unregister("given")
        return exp.table_(table, db=self.database, quoted=True).sql()

    def query(self, text: str) -> pa.Table:
        """Run a statement."""
        return self._connection.sql(text).to_arrow_table()
