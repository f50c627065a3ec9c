"""Keeps the tables of one region readable in another."""

from collections.abc import Iterable

from headwater.environment import Environment
from headwater.offline.replica.regions import open_region, tables_of
from headwater.offline.replica.relocation import Merge, advance
from headwater.offline.replica.reports import Report


class Replication:
    """From an environment to another.

    Args:
        source: Where tables are written.
        target: Where their files are copied to.
        source_is_lost: Do with what is in the target: the source is not asked.
        merge: What to do about commits of the target that the source lacks; None: refuse.
    """

    def __init__(
        self,
        source: Environment,
        target: Environment,
        *,
        source_is_lost: bool = False,
        merge: Merge | None = None,
    ) -> None:
        self._source, self._target = open_region(source), open_region(target)
        self._source_is_lost = source_is_lost
        self._merge = merge

    def tables(self, given: Iterable[str] = ()) -> list[str]:
        """Names of the tables to bring along: those given, or all that are known.

        Raises:
            UnavailableError: The region that knows them does not answer.
        """
        known = self._target if self._source_is_lost else self._source
        return list(dict.fromkeys(given)) or tables_of(known)

    def run(self, table: str) -> Report:
        """Bring a table as far as its files have arrived; see `advance`."""
        return advance(
            table, self._source, self._target, source_is_lost=self._source_is_lost, merge=self._merge
        )
