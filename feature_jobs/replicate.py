"""Keeps the tables of one region readable in another."""

from collections.abc import Iterable
from typing import NamedTuple

from headwater.environment import Environment
from headwater.errors import (
    ConflictError,
    DivergedError,
    HeadwaterError,
    InputError,
    LeadingError,
    StoreError,
)
from headwater.offline.replica.regions import open_region, tables_of
from headwater.offline.replica.relocation import Fence, Merge, advance
from headwater.offline.replica.reports import Report


class Outcome(NamedTuple):
    """What became of several tables.

    Attributes:
        reports: Of those that could be brought along.
        refused: Why others could not.
        leads: Why the rest was left alone: the target follows nobody; None: it follows.
    """

    reports: list[Report]
    refused: list[HeadwaterError]
    leads: LeadingError | None = None

    def check(self) -> None:
        """Pass.

        Raises:
            HeadwaterError: A table could not be brought along: the reason, or all of them.
        """
        if self.refused:
            raise self.refused[0] if len(self.refused) == 1 else StoreError("\n".join(map(str, self.refused)))


class Replication:
    """From an environment to another.

    Args:
        source: Where tables are written.
        target: Where their files are copied to.
        source_is_lost: Do with what is in the target: the source is not asked.
        merge: What to do about commits of the target that the source lacks; None: refuse.
        fence: Asked before anything is looked at, and again before each table changes; raises `LeadingError` where the
            target follows nobody. None: nobody is asked.
    """

    def __init__(
        self,
        source: Environment,
        target: Environment,
        *,
        source_is_lost: bool = False,
        merge: Merge | None = None,
        fence: Fence | None = None,
    ) -> None:
        self._source, self._target = open_region(source), open_region(target)
        self._source_is_lost = source_is_lost
        self._merge = merge
        self._fence = fence

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
            table,
            self._source,
            self._target,
            source_is_lost=self._source_is_lost,
            merge=self._merge,
            fence=self._fence,
        )

    def run_each(self, given: Iterable[str] = ()) -> Outcome:
        """Bring tables along, and those that can be although others cannot; none once the target leads.

        Raises:
            UnavailableError: A region does not answer.
        """
        found = Outcome([], [])
        try:
            if self._fence is not None:
                # A source that is lost is not asked: it would not answer.
                self._fence()
            for table in self.tables(given):
                self._run_into(found, table)
        except LeadingError as error:
            return found._replace(leads=error)
        return found

    def _run_into(self, found: Outcome, table: str) -> None:
        try:
            found.reports.append(self.run(table))
        except (DivergedError, ConflictError, InputError) as error:
            # A table that waits for a person holds no other back.
            found.refused.append(error)
