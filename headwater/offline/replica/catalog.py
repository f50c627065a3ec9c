"""The Glue catalog, with the one thing that replicas need beyond pyiceberg's: to let a table be another metadata file."""

from typing import Any

from pyiceberg.catalog.glue import GlueCatalog, _construct_table_input
from pyiceberg.exceptions import (
    CommitFailedException,
    NoSuchNamespaceError,
    NoSuchTableError,
    TableAlreadyExistsError,
)
from pyiceberg.table.metadata import TableMetadataUtil
from pyiceberg.typedef import EMPTY_DICT

from headwater.errors import ConflictError, SettingsError
from headwater.offline.replica.states import Json

Entry = Any
"""What Glue has of a table, with its version."""


class Pointers:
    """Which metadata file each table of a database is.

    Args:
        catalog: Glue, in the region of the database.
        database: Its name.
    """

    def __init__(self, catalog: GlueCatalog, database: str) -> None:
        self._catalog = catalog
        self._database = database

    @property
    def database(self) -> str:
        """Name of the database."""
        return self._database

    def tables(self) -> list[str]:
        """Names of the Iceberg tables."""
        return [name for _, name in self._catalog.list_tables(self._database)]

    def entry(self, table: str) -> Entry | None:
        """What Glue has of a table; None: nothing."""
        try:
            return self._catalog._get_glue_table(self._database, table)  # noqa: SLF001 (as below)
        except NoSuchTableError:
            return None

    @staticmethod
    def path_of(entry: Entry) -> str:
        """Path of the metadata file that a table is."""
        return str(entry["Parameters"]["metadata_location"])

    def point(self, table: str, path: str, metadata: Json, expected: Entry | None) -> None:
        """Let a table be a metadata file, if it is still what it was.

        Args:
            table: Name of the table.
            path: Of the metadata file.
            metadata: What it holds.
            expected: What Glue had of the table; None: nothing.

        Raises:
            ConflictError: Somebody was first; nothing was changed.
            SettingsError: There is no such database.
        """
        # pyiceberg lets a table be another metadata file only by commits to the one it is. What a table looks like in
        # Glue, to Athena among others, should still be decided in one place: there.
        described = _construct_table_input(
            table,
            path,
            EMPTY_DICT,
            TableMetadataUtil.parse_obj(metadata),
            expected,
            None if expected is None else self.path_of(expected),
        )
        try:
            if expected is None:
                self._catalog._create_glue_table(self._database, table, described)  # noqa: SLF001
            else:
                self._catalog._update_glue_table(self._database, table, described, expected["VersionId"])  # noqa: SLF001
        except (CommitFailedException, TableAlreadyExistsError, NoSuchTableError) as error:
            raise ConflictError(
                f"table {table!r} of database {self._database!r}: somebody changed it meanwhile; run again"
            ) from error
        except NoSuchNamespaceError as error:
            raise SettingsError(
                f"database {self._database!r}: Glue has none of that name; bring the environment's stack up first"
            ) from error
