"""What is known of a table in two regions at one moment, and what of it has arrived."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple, cast

from botocore.exceptions import BotoCoreError, ClientError
from pyiceberg.catalog.glue import GlueCatalog
from pyiceberg.exceptions import NoSuchNamespaceError

from headwater import names
from headwater.environment import Environment
from headwater.errors import InputError, UnavailableError
from headwater.offline.event_log import open_glue_catalog
from headwater.offline.replica.catalog import Entry, Pointers
from headwater.offline.replica.move import Move
from headwater.offline.replica.objects import BucketObjects, Objects
from headwater.offline.replica.states import State, parse


class Region(NamedTuple):
    """A region's tables.

    Attributes:
        bucket: Name of their bucket.
        objects: Of the bucket.
        pointers: To what each table is.
    """

    bucket: str
    objects: Objects
    pointers: Pointers

    def state(self, entry: Entry) -> State:
        """What a table is."""
        path = self.pointers.path_of(entry)
        return parse(path, self.objects.read(path.removeprefix(f"s3://{self.bucket}/")))


def open_region(outputs: Environment) -> Region:
    """Open the tables of an environment."""
    catalog = open_glue_catalog(outputs.bucket_name, region=outputs.region, endpoint_url=outputs.endpoint_url)
    objects = BucketObjects(outputs.client("s3"), outputs.bucket_name)
    return Region(outputs.bucket_name, objects, Pointers(cast("GlueCatalog", catalog), outputs.glue_database))


class Sight(NamedTuple):
    """A table in two regions.

    Attributes:
        table: Its name.
        move: Its way.
        source: What it is where it is written; None: the source is lost.
        target: What it is in the target; None: nothing yet.
        entry: The same as Glue has it, to be changed only if it is still this.
        arrived: Bytes of each of its files that has arrived, by key.
        own: Bytes of each object written in the target to make it readable.
    """

    table: str
    move: Move
    source: State | None
    target: State | None
    entry: Entry | None
    arrived: dict[str, int]
    own: dict[str, int]


def look(table: str, source: Region, target: Region, *, source_is_lost: bool) -> Sight:
    """Look at a table. What has arrived is seen after what the table is, so that nobody takes it back.

    Raises:
        InputError: The source has no such table.
        UnavailableError: The source does not answer.
    """
    entry = target.pointers.entry(table)
    there = None if entry is None else target.state(entry)
    here = None if source_is_lost else _state_of(table, source)
    folder = _folder(here or there) or names.table_folder(source.pointers.database, table)
    move = Move(source.bucket, target.bucket, folder)
    own = target.objects.sizes(move.own)
    arrived = {key: size for prefix in move.arrivals for key, size in target.objects.sizes(prefix).items()}
    return Sight(table, move, here, there, entry, arrived, own)


def tables_of(region: Region) -> list[str]:
    """Names of a region's tables.

    Raises:
        UnavailableError: The region does not answer.
    """
    with _asked(region):
        return sorted(region.pointers.tables())


def _state_of(table: str, source: Region) -> State:
    with _asked(source):
        found = source.pointers.entry(table)
        if found is not None:
            return source.state(found)
        raise InputError(
            f"table {table!r}: database {source.pointers.database!r} has none of that name; name one of "
            f"{', '.join(source.pointers.tables()) or 'those that it will have'}"
        )


@contextmanager
def _asked(region: Region) -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError, NoSuchNamespaceError) as error:
        raise UnavailableError(
            f"tables of bucket {region.bucket!r}: their region does not answer as expected ({error}); run again, or, if it "
            "is lost, with --source-is-lost"
        ) from error


def _folder(state: State | None) -> str:
    return "" if state is None else state.location.split("/", 3)[3].rstrip("/") + "/"
