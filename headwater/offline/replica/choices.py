"""What a table of the target may become: committed states of the source, as far as their files have arrived."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from headwater.offline.replica import committed, lineage
from headwater.offline.replica.move import Move
from headwater.offline.replica.objects import Objects
from headwater.offline.replica.regions import Sight
from headwater.offline.replica.relocated_metadata import statistics_of
from headwater.offline.replica.snapshots import Snapshots
from headwater.offline.replica.states import Json, State, parse, sequence_of


class Choice(NamedTuple):
    """A table for the target.

    Attributes:
        state: Metadata of the source.
        head: Its newest snapshot whose files are all there; None: the table is empty.
        lists: Path of the list of manifests in the target of each snapshot whose files are all there.
    """

    state: State
    head: Json | None
    lists: dict[int, str]


def arrived_states(sight: Sight, objects: Objects) -> Iterator[State]:
    """Metadata files of the source that were committed and have arrived, newest first."""
    if sight.source is not None:
        paths = committed.named_by(sight.source)
    else:
        paths = committed.known_without_source(sight.move, objects, sight.arrived, sight.own)
    for path in paths:
        key = sight.move.key(path)
        if key in sight.arrived:
            yield parse(path, objects.read(key))


def choose(states: Iterable[State], snapshots: Snapshots) -> Choice | None:
    """Choose the newest snapshot that is whole.

    Args:
        states: Metadata files, newest first.
        snapshots: Of the table.

    Returns:
        None: no state has one.
    """
    best: tuple[State, Json | None] | None = None
    for state in states:
        if best is not None and sequence_of(state.head) <= sequence_of(best[1]):
            # Whatever came before is older still.
            break
        head = _newest_whole(state, snapshots)
        if head is None and state.head is not None:
            continue
        if best is None or sequence_of(head) > sequence_of(best[1]):
            best = (state, head)
    if best is None:
        return None
    state, head = best
    lists = {
        number: path
        for number, snapshot in state.snapshots.items()
        if sequence_of(snapshot) <= sequence_of(head)
        and (path := _whole(state, snapshot, snapshots)) is not None
    }
    return Choice(state, head, lists)


def is_ahead(choice: Choice, target: State | None, move: Move) -> bool:
    """Whether the target would not go back by a choice."""
    if target is None or not lineage.descends(choice.state, target, move):
        # There is nothing, or what is there has been brought into the source.
        return True
    found, there = sequence_of(choice.head), sequence_of(target.head)
    if found < there and choice.head != choice.state.head:
        # The source has not gone back either: what came after is on its way.
        return False
    return (choice.state.number, found) >= (target.number, there)


def _newest_whole(state: State, snapshots: Snapshots) -> Json | None:
    snapshot = state.head
    while snapshot is not None and _whole(state, snapshot, snapshots) is None:
        snapshot = state.snapshots.get(snapshot.get("parent-snapshot-id") or -1)
    return snapshot


def _whole(state: State, snapshot: Json, snapshots: Snapshots) -> str | None:
    """Path of a snapshot's list in the target, if all its files are there."""
    for path, size in statistics_of(state, snapshot["snapshot-id"]):
        if not snapshots.has_arrived(path, size):
            return None
    return snapshots.relocated(snapshot["manifest-list"])
