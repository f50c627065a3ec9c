"""The offline store of two local regions: tables that one writes and the other reads, and what is left of them."""

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.exceptions import NoSuchTableError

from dr.errors import FailoverError
from dr.local import table_jobs
from dr.regions import Region
from feature_jobs.merging import Merging
from feature_jobs.replicate import Replication
from headwater import names
from headwater.envelope import LoggedEvent, sources_of
from headwater.instants import from_us
from headwater.offline.event_log import open_event_log
from headwater.offline.types import log_schema
from headwater.registry import Registry

_PATIENCE_S = 60.0

Rows = Counter[tuple[Any, ...]]
"""How often each row is there, with all its values."""

Start = Callable[[str, list[str], str], Callable[[], None]]
"""Starts a process of a name and a region, or of none; returns what ends it."""


class Read(NamedTuple):
    """The tables of the region that goes on, beside those of the one that was lost.

    Attributes:
        tables: How many were read.
        rows: Rows in them.
        committed: Rows that the lost region had committed.
        missing: Of those, not in the region that goes on: their files had not arrived.
        unexpected: Rows by which a table differs from what it may be; see `differing`.
    """

    tables: int
    rows: int
    committed: int
    missing: int
    unexpected: int


class Tables:
    """The tables of both regions.

    Args:
        folder: Where is written down what was committed.
        definitions: Sources and their columns.
        registry_file: The same, as a file.
        start: Starts processes.
    """

    def __init__(self, folder: Path, definitions: Registry, registry_file: Path, start: Start) -> None:
        folder.mkdir(parents=True)
        self._folder = folder
        self._definitions = definitions
        self._registry_file = str(registry_file)
        self._start = start
        self._ends: list[Callable[[], None]] = []
        self._end_following: Callable[[], None] = lambda: None

    def create(self, home: Region, history: Iterable[LoggedEvent]) -> None:
        """Make the tables of the region that writes, with what was there before the stream."""
        log = open_event_log(home.outputs, self._definitions)
        log.ensure_tables()
        for source in sources_of(self._definitions).values():
            own = [_row(event) for event in history if event.source == source.name]
            if own:
                log.append(source.name, pa.Table.from_pylist(own, schema=log_schema(source)))
        table_jobs.note(home, self._definitions, self._folder)

    def ingest(self, region: str, inside: Path, *, noted: bool) -> None:
        """Begin to move what lands in a region to its tables, again and again; the job runs there.

        Args:
            region: The region.
            inside: Its outputs as they are inside.
            noted: Write down what is committed.
        """
        self._ends.append(self._run("ingest", str(inside), str(self._folder) if noted else "", region))

    def follow(self, source: Path, target: Path) -> None:
        """Begin to let tables of one region be readable in another."""
        self._end_following = self._run("follow", str(source), str(target), "")
        self._ends.append(self._end_following)

    def stop_following(self) -> None:
        """End the job that lets tables be readable in the other region."""
        self._end_following()

    def stop(self) -> None:
        """End the jobs that run."""
        for end in self._ends:
            end()
        self._ends.clear()

    def wait_for(self, site: Region, rows: int) -> None:
        """Wait until a region's tables have some rows.

        Raises:
            FailoverError: They do not come.
        """
        deadline = time.monotonic() + _PATIENCE_S
        while not self._has(site, rows):
            if time.monotonic() > deadline:
                raise FailoverError(
                    f"tables of {site.name}: not all there, or fewer than {rows} rows, after {_PATIENCE_S:.0f} s; look at "
                    "the logs"
                )
            time.sleep(0.5)

    def _has(self, site: Region, rows: int) -> bool:
        try:
            return self._rows(site).total() >= rows
        except NoSuchTableError:
            return False

    def take_over(self, lost: Region, survivor: Region) -> Read:
        """Let tables be what has arrived, without asking the region that is lost, and read all of them."""
        replication = Replication(lost.outputs, survivor.outputs, source_is_lost=True)
        noted: dict[str, list[table_jobs.Commit]] = {}
        for commit in table_jobs.commits(self._folder):
            noted.setdefault(commit.table, []).append(commit)
        there = survivor.bucket.sizes(names.warehouse_prefix())
        committed = missing = unexpected = rows = 0
        for table, its in noted.items():
            replication.run(table)
            found = _counted(table_jobs.rows_of(survivor.outputs, table))
            arrived = [commit for commit in its if commit.files.items() <= there.items()]
            last = _noted(its[-1])
            committed += last.total()
            missing += (last - found).total()
            unexpected += differing(found, [_noted(commit) for commit in arrived])
            rows += found.total()
        return Read(len(noted), rows, committed, missing, unexpected)

    def go_back(self, survivor: Region, home: Region) -> int:
        """Bring what only one of the regions has into the tables of both, written at home from now on.

        Returns:
            Rows that only the region that was lost had.

        Raises:
            FailoverError: Tables do not become equal.
        """
        table_jobs.run_ingest(survivor, self._definitions)
        merging = Merging(survivor.outputs, home.outputs, self._definitions)
        merged = 0
        replication = Replication(survivor.outputs, home.outputs, merge=merging)
        deadline = time.monotonic() + _PATIENCE_S
        while True:
            reports = [replication.run(table) for table in replication.tables()]
            merged += sum(report.merged_rows for report in reports)
            if all(one.path and not one.commits_behind and not one.advanced for one in reports):
                break
            if time.monotonic() > deadline:
                behind = {report.table: report.commits_behind for report in reports}
                raise FailoverError(f"tables of {home.name}: still behind: {behind}; look at the logs")
            time.sleep(0.5)
        table_jobs.run_ingest(home, self._definitions)
        return merged

    def compare(self, site: Region, events: Iterable[LoggedEvent]) -> tuple[int, int]:
        """Rows that a region's tables lack of some events, and rows that are there more than once or of no event."""
        found = self._rows(site)
        expected = Counter({(event.source, event.event_id) for event in events})
        return (expected - found).total(), (found - expected).total()

    def _rows(self, site: Region) -> "Counter[tuple[str, str]]":
        found: Counter[tuple[str, str]] = Counter()
        for source in sources_of(self._definitions).values():
            rows = table_jobs.rows_of(site.outputs, names.event_log_table(source.name))
            found.update((source.name, event_id) for event_id in rows["event_id"].to_pylist())
        return found

    def _run(self, what: str, first: str, second: str, region: str) -> Callable[[], None]:
        command = [sys.executable, "-m", "dr.local.table_jobs", what, first, second, self._registry_file]
        return self._start(what, command, region)


def differing(found: Rows, arrived: Sequence[Rows]) -> int:
    """Rows by which a table differs from the newest commit of which everything has arrived, or from the one before.

    Without the source nobody can say of the newest whether it was committed: what names it may not have arrived.

    Args:
        found: The table's rows.
        arrived: Rows of each commit of which everything has arrived, oldest first.

    >>> one, two = Counter([("a",)]), Counter([("a",), ("b",)])
    >>> differing(one, [one, two]), differing(Counter(), [one, two]), differing(Counter(), [one])
    (0, 1, 0)
    """
    possible = [Counter(), *arrived][-2:]
    return min(((found - rows) + (rows - found)).total() for rows in possible)


def _row(event: LoggedEvent) -> dict[str, Any]:
    return {
        "event_time": from_us(event.event_time_us),
        "arrival": from_us(event.arrival_us),
        "event_id": event.event_id,
        "shard": event.shard,
        "sequence": str(event.sequence),
        **event.data,
    }


def _noted(commit: table_jobs.Commit) -> Rows:
    return _counted(pq.read_table(commit.rows))


def _counted(rows: pa.Table) -> Rows:
    in_order = [rows[name].to_pylist() for name in sorted(rows.column_names)]
    return Counter(zip(*in_order, strict=True))
