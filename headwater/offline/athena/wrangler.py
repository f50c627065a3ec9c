"""The engine on AWS: Athena, through awswrangler, which has an environment of its own (`make athena`)."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import boto3
import pyarrow as pa
from sqlglot import exp

from headwater import names
from headwater.environment import LOCAL_CREDENTIALS, Environment
from headwater.errors import InputError, NotSupportedLocallyError, SettingsError, StoreError
from headwater.offline.athena.dialects import Dialect, parse_relation, render
from headwater.offline.types import INSTANT

_ENDPOINTS = ("athena", "glue", "s3", "sts")
_NOT_ANSWERS = ["-manifest.csv", ".metadata"]
"""What Athena leaves beside the files of an answer."""

_READERS: dict[str, Callable[[str], Any]] = {
    "bigint": int,
    "integer": int,
    "double": float,
    "varchar": str,
    "boolean": lambda text: text == "true",
}
_ARROW = {
    "bigint": pa.int64(),
    "integer": pa.int64(),
    "double": pa.float64(),
    "varchar": pa.string(),
    "boolean": pa.bool_(),
}


class AthenaEngine:
    """Athena, with the event log of an environment.

    What is asked is kept as Parquet in the environment's bucket, with a table in its database, and what Athena
    answers as Parquet beside it. Both are gone afterwards.

    Args:
        outputs: Of the environment's stack.
        workgroup: Of Athena: what may be scanned, and who pays.
        run: Names what is kept meanwhile; default: unique.

    Raises:
        SettingsError: awswrangler is not there.
    """

    dialect: Dialect = "athena"

    def __init__(self, outputs: Environment, *, workgroup: str = "primary", run: str = "") -> None:
        self.database = outputs.glue_database
        self._wr = _wrangler()
        self._session = _session(outputs)
        for service in _ENDPOINTS if outputs.endpoint_url else ():
            setattr(self._wr.config, f"{service}_endpoint_url", outputs.endpoint_url)
        self._workgroup = workgroup
        self._run = run or uuid.uuid4().hex
        self._folder = f"s3://{outputs.bucket_name}/{names.athena_prefix()}{self._run}/"

    def label_rows(self, relation: str, timestamp_column: str) -> pa.Table:
        """Label rows that are in Athena.

        Args:
            relation: A table with its database, or a SELECT.
            timestamp_column: Its instants, as whole microseconds; they come back as timestamps.

        Raises:
            InputError: It is neither, or the instants are something else.
            StoreError: Athena did not run the query.
        """
        found = parse_relation(relation)
        query = found if isinstance(found, exp.Query) else exp.select("*").from_(found)
        with self._tidied():
            rows = self._answered(render(query, self.dialect), "labels")
        place = rows.column_names.index(timestamp_column) if timestamp_column in rows.column_names else None
        if place is None or not pa.types.is_integer(rows[timestamp_column].type):
            raise InputError(
                f"labels {relation!r}: found the columns {', '.join(rows.column_names)}, expected {timestamp_column!r} "
                "among them, a bigint of microseconds since the epoch; convert the instants in a SELECT"
            )
        instants = rows[timestamp_column].cast(pa.int64()).cast(INSTANT)
        return rows.set_column(place, timestamp_column, instants)

    def run(self, asked: pa.Table, statement: Callable[[str], exp.Select]) -> pa.Table:
        """See `SqlEngine.run`.

        Raises:
            StoreError: Athena did not run the statement.
        """
        table = names.athena_labels_table(self._run)
        with self._tidied(table):
            self._wr.s3.to_parquet(
                _frame(asked),
                path=f"{self._folder}asked/",
                dataset=True,
                database=self.database,
                table=table,
                boto3_session=self._session,
            )
            name = exp.table_(table, db=self.database, quoted=True).sql()
            text = render(statement(name), self.dialect)
            return self._answered(text, "answered")

    @contextmanager
    def _tidied(self, *tables: str) -> Iterator[None]:
        """Leave neither files nor these tables behind, and name what Athena would not run."""
        try:
            yield
        except self._wr.exceptions.QueryFailed as error:
            raise StoreError(
                f"Athena, workgroup {self._workgroup!r}, database {self.database!r}: {error}; see the query in its history"
            ) from error
        finally:
            for table in tables:
                self._wr.catalog.delete_table_if_exists(self.database, table, boto3_session=self._session)
            self._wr.s3.delete_objects(self._folder, boto3_session=self._session)

    def _answered(self, text: str, role: str) -> pa.Table:
        """Run a statement, and read the files it leaves in a folder of that name."""
        folder = f"{self._folder}{role}/"
        self._wr.athena.unload(
            text,
            path=folder,
            database=self.database,
            workgroup=self._workgroup,
            boto3_session=self._session,
        )
        found = self._wr.s3.read_parquet(
            folder,
            path_ignore_suffix=_NOT_ANSWERS,
            dtype_backend="pyarrow",
            boto3_session=self._session,
        )
        return pa.Table.from_pandas(found, preserve_index=False)


class LocalAthenaEngine(AthenaEngine):
    """What a local cloud has for Athena: DuckDB, over tables of Parquet files.

    It knows neither UNLOAD nor CREATE TABLE AS nor Iceberg. Answers are fetched as rows, so there are no lists, and
    the database has to hold exports of the event log.
    """

    dialect: Dialect = "duckdb"

    def _answered(self, text: str, role: str) -> pa.Table:
        started = self._wr.athena.start_query_execution(
            text,
            database=self.database,
            workgroup=self._workgroup,
            s3_output=f"{self._folder}{role}/",
            boto3_session=self._session,
        )
        self._wr.athena.wait_query(started, boto3_session=self._session)
        client = self._session.client("athena", endpoint_url=self._wr.config.athena_endpoint_url)
        pages = list(client.get_paginator("get_query_results").paginate(QueryExecutionId=started))
        columns = pages[0]["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
        # The first row of the first page is the names.
        rows = [row["Data"] for page in pages for row in page["ResultSet"]["Rows"]][1:]
        return pa.table(
            {
                column["Name"]: _column(column, [row[place].get("VarCharValue") for row in rows])
                for place, column in enumerate(columns)
            }
        )


def _session(outputs: Environment) -> boto3.Session:
    if outputs.endpoint_url is None:
        return boto3.Session(region_name=outputs.region)
    key, secret = LOCAL_CREDENTIALS["aws_access_key_id"], LOCAL_CREDENTIALS["aws_secret_access_key"]
    return boto3.Session(key, secret, region_name=outputs.region)


def _column(column: dict[str, Any], texts: list[str | None]) -> pa.Array:
    kind = column["Type"]
    if kind not in _READERS:
        raise NotSupportedLocallyError(
            f"Athena of the local cloud, column {column['Name']!r}: its type is {kind}, which its rows do not carry; "
            "run services with such features on AWS"
        )
    read = _READERS[kind]
    return pa.array([None if text is None else read(text) for text in texts], _ARROW[kind])


def _frame(table: pa.Table) -> Any:
    import pandas as pd  # noqa: PLC0415 (comes with awswrangler)

    return table.to_pandas(types_mapper=pd.ArrowDtype)


def _wrangler() -> ModuleType:
    try:
        import awswrangler  # noqa: PLC0415 (has an environment of its own)
    except ModuleNotFoundError as error:
        raise SettingsError(
            f"{error}, which runs statements on Athena; run `make athena`, and this command with .athena/bin/headwater"
        ) from error
    found: ModuleType = awswrangler
    return found
