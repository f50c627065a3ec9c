"""Which Glue jobs there are, and what tells one from another."""

from collections.abc import Sequence
from dataclasses import dataclass

from headwater import names


@dataclass(frozen=True, kw_only=True)
class JobSpec:
    """A job, named like its script.

    Attributes:
        name: File name of the script, without its ending.
        what: One line for people.
        timeout_minutes: Longest run.
        flex: Run on spare capacity, at two thirds of the price, and wait for it: for what nobody waits for.
        concurrent: Most runs at a time.
        moves_landed: Reads and removes what has landed.
        writes_online: Writes the online stores, and so has to be in their network.
        reads_lake: Reads tables of the lake.
        reads: Further folders of the bucket it reads.
        writes: Further folders it replaces.
        follows: Lets tables follow another region's: only where there is one to follow, and it writes no other table.
    """

    name: str
    what: str
    timeout_minutes: int
    flex: bool = False
    concurrent: int = 1
    moves_landed: bool = False
    writes_online: bool = False
    reads_lake: bool = False
    reads: Sequence[str] = ()
    writes: Sequence[str] = ()
    follows: bool = False

    @property
    def slug(self) -> str:
        """The name as it stands in names of resources."""
        return self.name.replace("_", "-")


JOBS = (
    JobSpec(
        name="ingest",
        what="Move what has landed into the event log",
        timeout_minutes=60,
        moves_landed=True,
    ),
    JobSpec(
        name="materialize",
        what="Bring the online stores up to date from tables of the lake",
        timeout_minutes=120,
        writes_online=True,
        reads_lake=True,
    ),
    JobSpec(
        name="backfill",
        what="Fill the online stores from the event log, up to a cut-over",
        timeout_minutes=720,
        writes_online=True,
    ),
    JobSpec(
        name="training_set",
        what="Add a service's features to label rows, point in time",
        timeout_minutes=480,
        flex=True,
        concurrent=5,
        reads=(names.labels_prefix(),),
        writes=(names.training_prefix(),),
    ),
    JobSpec(
        name="compact",
        what="Join small files of the event logs, and expire old snapshots",
        timeout_minutes=240,
        flex=True,
    ),
    JobSpec(
        name="replicate",
        what="Let tables be what has arrived of those of the first region",
        timeout_minutes=30,
        follows=True,
    ),
)
"""Every job. A script without an entry here is not deployed, and a test says so."""


def specs_where(*, follows: bool) -> list[JobSpec]:
    """Jobs of a region.

    Args:
        follows: Whether its tables follow another region's.
    """
    return [spec for spec in JOBS if follows or not spec.follows]
