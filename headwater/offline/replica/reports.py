"""How far a table of the target is, and behind what."""

import time
from typing import NamedTuple

from headwater.offline.replica.states import Json, State, sequence_of


class Report(NamedTuple):
    """One run over one table.

    Attributes:
        table: Its name.
        path: Metadata file that the table is now in the target; None: nothing of it can be read there yet.
        advanced: Whether this run changed it.
        snapshot_id: What readers see; None: an empty table, or none.
        commits_behind: Commits of rows that the source is known to have and the target does not show.
        rows_behind: By how many rows the table of the source is longer.
        seconds_behind: Age of the oldest of those commits; 0: there are none.
        manifests: How many were written.
        snapshots: As many can be read, by time travel and by tags.
        merged_rows: Rows of the target that were brought into the source.
        lost_tags: Tags of the target that the source does not have, after a merge.
    """

    table: str
    path: str | None
    advanced: bool
    snapshot_id: int | None
    commits_behind: int
    rows_behind: int
    seconds_behind: float
    manifests: int = 0
    snapshots: int = 0
    merged_rows: int = 0
    lost_tags: tuple[str, ...] = ()


def report_of(table: str, source: State | None, target: State | None, *, advanced: bool) -> Report:
    """Compare a table of the target with what is known of the source.

    Args:
        table: Its name.
        source: Newest that is known; None: nothing.
        target: What the table is now; None: nothing.
        advanced: Whether it was changed.
    """
    head = None if target is None else target.head
    missing = [
        snapshot
        for snapshot in (source.snapshots.values() if source else ())
        if sequence_of(snapshot) > sequence_of(head)
    ]
    oldest_ms = min((snapshot["timestamp-ms"] for snapshot in missing), default=None)
    return Report(
        table=table,
        path=None if target is None else target.path,
        advanced=advanced,
        snapshot_id=None if target is None else target.head_id,
        commits_behind=len(missing),
        rows_behind=_rows(source.head) - _rows(head) if source and missing else 0,
        seconds_behind=0.0 if oldest_ms is None else max(time.time() - oldest_ms / 1000, 0.0),
        snapshots=0 if target is None else len(target.snapshots),
    )


def _rows(snapshot: Json | None) -> int:
    return 0 if snapshot is None else int(snapshot.get("summary", {}).get("total-records", 0))
