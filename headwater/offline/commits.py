"""Commits to Iceberg tables that hold only if nobody else committed in between."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pyarrow as pa

from headwater.errors import ConflictError

if TYPE_CHECKING:
    from pyiceberg.table import Table

ATTEMPTS = 10
_RETRIES = "commit.retry.num-retries"


def append_fresh(what: str, load: Callable[[], "Table"], fresh: Callable[["Table"], pa.Table]) -> int:
    """Append rows that were chosen by what the table held, as long as it still holds that.

    Left to itself, an append whose commit meets another is put behind it: rows that both found missing would
    then be there twice.

    Args:
        what: Names the table to people.
        load: Loads the table.
        fresh: Gives the rows to append to it, of a table as it was loaded.

    Returns:
        How many rows were appended.

    Raises:
        ConflictError: Other writers were first too often; nothing was written.
    """
    # Spark's log takes the number of attempts from here, and Glue has no pyiceberg.
    from pyiceberg.exceptions import CommitFailedException  # noqa: PLC0415

    rows = 0
    for _ in range(ATTEMPTS):
        table = _without_retries(load())
        found = fresh(table)
        rows = int(found.num_rows)
        if not rows:
            return 0
        try:
            table.append(found)
        except CommitFailedException:
            continue
        return rows
    raise ConflictError(
        f"{what}: {rows} rows not committed in {ATTEMPTS} attempts because other writers were first; append them again"
    )


def _without_retries(table: "Table") -> "Table":
    # Only here, not in the table: other writers may well retry.
    properties = {**table.metadata.properties, _RETRIES: "0"}
    table.metadata = table.metadata.model_copy(update={"properties": properties})
    return table
