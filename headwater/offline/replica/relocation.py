"""Brings a table of one region as far as its files have arrived in another, and no further."""

from collections.abc import Callable

from headwater.errors import ConflictError
from headwater.offline.commits import ATTEMPTS
from headwater.offline.replica import committed, lineage
from headwater.offline.replica.choices import Choice, arrived_states, choose, is_ahead
from headwater.offline.replica.regions import Region, Sight, look
from headwater.offline.replica.relocated_metadata import encode, relocate
from headwater.offline.replica.reports import Report, report_of
from headwater.offline.replica.snapshots import Snapshots
from headwater.offline.replica.states import State

Fence = Callable[[], None]
"""Raises what a table must not be changed for."""

Merge = Callable[[str, State, int | None], int]
"""Takes the name of a table, what it is in the target, and a snapshot of it; brings the rows that came after that
snapshot into the source, and returns how many were new there."""


def advance(
    table: str,
    source: Region,
    target: Region,
    *,
    source_is_lost: bool = False,
    merge: Merge | None = None,
    fence: Fence | None = None,
) -> Report:
    """Let a table of the target be the newest committed one of the source whose files have all arrived.

    May run any number of times, at once and killed at any instant: files that are written are the same each time, and
    the table changes last, if it is still what it was.

    Args:
        table: Name of the table.
        source: Where the table is written.
        target: Where its files are copied to.
        source_is_lost: Do with what is in the target: the source is not asked.
        merge: What to do about commits of the target that the source lacks; None: refuse.
        fence: Asked at the last moment before the table changes; None: nobody is asked.

    Raises:
        DivergedError: The target was written itself; nothing was changed.
        ConflictError: Others changed the table too often meanwhile; run again.
        InputError: There is no such table, or one that cannot be followed.
        UnavailableError: The source does not answer.
    """
    for _ in range(ATTEMPTS):
        sight = look(table, source, target, source_is_lost=source_is_lost)
        try:
            return _advance(sight, target, merge, fence)
        except ConflictError:
            continue
    raise ConflictError(
        f"table {table!r} in bucket {target.bucket}: not changed in {ATTEMPTS} attempts because others were first; "
        "run again"
    )


def _advance(sight: Sight, target: Region, merge: Merge | None, fence: Fence | None) -> Report:
    if sight.source is not None:
        committed.remember(sight.source, sight.move, target.objects, sight.own)
    newest = sight.source or _newest_arrived(sight, target)
    if newest is None:
        return report_of(sight.table, None, sight.target, advanced=False)
    merged, lost_tags = _reconcile(sight, newest, merge)
    snapshots = Snapshots(sight.move, target.objects, sight.arrived, sight.own)
    choice = choose(
        (state for state in arrived_states(sight, target.objects) if lineage.is_same(state, newest)),
        snapshots,
    )
    made = sight.target
    if choice is not None and is_ahead(choice, sight.target, sight.move):
        made = _register(choice, sight, target, fence)
    report = report_of(sight.table, newest, made, advanced=made is not sight.target)
    return report._replace(manifests=snapshots.manifests_written, merged_rows=merged, lost_tags=lost_tags)


def _newest_arrived(sight: Sight, target: Region) -> State | None:
    """Newest committed metadata that has arrived; of several histories, of that which the target has."""
    first = None
    for state in arrived_states(sight, target.objects):
        if lineage.descends(state, sight.target, sight.move):
            return state
        first = first or state
    return first


def _reconcile(sight: Sight, newest: State, merge: Merge | None) -> tuple[int, tuple[str, ...]]:
    """Check that the target has nothing that the source lacks, or bring it there.

    Returns:
        Rows that were brought there, and tags that cannot be.
    """
    there = sight.target
    if there is None or lineage.descends(newest, there, sight.move):
        return 0, ()
    fork = lineage.fork_of(newest, there, sight.move)
    if merge is None or fork is None:
        raise lineage.refusal(sight.table, newest, there, sight.move)
    lost_tags = tuple(sorted(set(there.tags) - set(newest.tags)))
    return merge(sight.table, there, fork.snapshot_id), lost_tags


def _register(choice: Choice, sight: Sight, target: Region, fence: Fence | None) -> State | None:
    made = relocate(choice.state, choice.head, choice.lists, sight.move)
    if sight.target is not None and made.path == sight.target.path:
        return sight.target
    key = sight.move.copied_key(made.path)
    if key not in sight.own:
        target.objects.write(key, encode(made.metadata))
    if fence is not None:
        fence()
    target.pointers.point(sight.table, made.path, made.metadata, sight.entry)
    return made
