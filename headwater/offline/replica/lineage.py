"""Which table descends from which: what keeps a relocator from overwriting what a region has written itself.

A relocated table remembers, in its properties, of which metadata and snapshot it is the copy. Writers carry properties
along, so that a table that was written after it became the table of its region still says where it branched off.
"""

from typing import NamedTuple

from headwater.errors import DivergedError
from headwater.offline.replica.move import Move
from headwater.offline.replica.states import Json, State

COPY_OF = "headwater.replica.copy-of"
"""Metadata file and snapshot that the table was copied from."""

SOURCE_COPY_OF = "headwater.replica.source-copy-of"
"""What that table was copied from itself: its history before, if regions have changed places."""


def mark(state: State, head_id: int | None) -> str:
    """Names a table at one moment, with what was read of it."""
    return f"{state.path}#{'' if head_id is None else head_id}"


def marks(source: State, head: Json | None) -> dict[str, str]:
    """Properties of the copy of a table, with ``head`` as what readers see."""
    found = {COPY_OF: mark(source, None if head is None else head["snapshot-id"])}
    before = source.properties.get(COPY_OF)
    return found if before is None else found | {SOURCE_COPY_OF: before}


class Fork(NamedTuple):
    """Where the source went on without the target.

    Attributes:
        snapshot_id: The last that both have; None: the table was empty, or the two were made apart.
    """

    snapshot_id: int | None


def fork_of(source: State, target: State, move: Move) -> Fork | None:
    """Where the source went on without the target; None: it is the other way round."""
    if source.uuid != target.uuid:
        return Fork(None)
    path, _, head = source.properties.get(COPY_OF, "").rpartition("#")
    if not path.startswith(move.at("")):
        return None
    return Fork(int(head) if head else None)


def is_copy(target: State, move: Move) -> bool:
    """Whether the target is as a relocator left it: nobody has written it since."""
    return move.is_own(target.path)


def descends(source: State, target: State | None, move: Move) -> bool:
    """Whether the source has everything that the target has, so that the target may follow it."""
    if target is None:
        return True
    if source.uuid != target.uuid:
        return False
    branched = source.properties.get(COPY_OF)
    if is_copy(target, move):
        return branched == target.properties.get(SOURCE_COPY_OF)
    return branched == mark(target, target.head_id)


def is_same(left: State, right: State) -> bool:
    """Whether two states of the source are of one history: a region that is failed back to has an earlier one."""
    return left.uuid == right.uuid and left.properties.get(COPY_OF) == right.properties.get(COPY_OF)


def refusal(table: str, source: State, target: State, move: Move) -> DivergedError:
    """Says why the target does not follow the source, and what to do."""
    if source.uuid != target.uuid:
        return DivergedError(
            f"table {table!r} in bucket {move.target}: found table {target.uuid}, expected a copy of table {source.uuid} in "
            f"bucket {move.source}; they were made apart: drop the one that is not wanted, or run again with --fail-back, "
            "which brings the rows of the former into the latter first"
        )
    if fork_of(source, target, move) is not None:
        return DivergedError(
            f"table {table!r} in bucket {move.target}: found commits up to {target.path} that the table in bucket "
            f"{move.source} lacks, expected none; run again with --fail-back, which brings their rows there first"
        )
    return DivergedError(
        f"table {table!r} in bucket {move.target}: found commits of its own up to {target.path}, expected a copy that "
        "nobody has written; it is the table now: exchange --env and --to-env to bring its rows back, and let no schedule "
        "run this direction until then"
    )
