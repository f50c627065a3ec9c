"""A table at one moment: what one of its metadata files says, as JSON, so that nothing is lost that is not known here."""

import gzip
import re
from typing import Any, NamedTuple

import msgspec

from headwater.errors import InputError

_NAME = re.compile(r"(\d+)-[^/]+\.metadata\.json")
_FORMAT_VERSION = 2

Json = dict[str, Any]


class State(NamedTuple):
    """A metadata file.

    Attributes:
        path: Of the file.
        metadata: What it holds.
    """

    path: str
    metadata: Json

    @property
    def number(self) -> int:
        """How many commits came before, of rows or anything else."""
        return number_of(self.path)

    @property
    def uuid(self) -> str:
        """Identity of the table, which it keeps whatever becomes of it."""
        return str(self.metadata["table-uuid"])

    @property
    def location(self) -> str:
        """Where the table's files are, unless they say otherwise."""
        return str(self.metadata["location"])

    @property
    def properties(self) -> dict[str, str]:
        """Properties of the table."""
        return dict(self.metadata.get("properties", {}))

    @property
    def snapshots(self) -> dict[int, Json]:
        """Snapshots by id."""
        return {snapshot["snapshot-id"]: snapshot for snapshot in self.metadata.get("snapshots", [])}

    @property
    def head(self) -> Json | None:
        """The snapshot that readers see; None: the table is empty."""
        # Iceberg in Java writes -1 for none.
        return self.snapshots.get(self.metadata.get("current-snapshot-id") or -1)

    @property
    def head_id(self) -> int | None:
        """Id of the snapshot that readers see."""
        return None if self.head is None else int(self.head["snapshot-id"])

    @property
    def tags(self) -> list[str]:
        """Names of its tags."""
        return [name for name, ref in self.metadata.get("refs", {}).items() if ref["type"] == "tag"]

    @property
    def predecessors(self) -> list[str]:
        """Paths of the metadata files before this one, newest first, as far as they are remembered."""
        return [entry["metadata-file"] for entry in reversed(self.metadata.get("metadata-log", []))]


def number_of(path: str) -> int:
    """Number of a metadata file, which its name begins with; -1: it is no metadata file of a catalog such as Glue.

    >>> number_of("s3://b/warehouse/d.db/t/metadata/00012-6c1ab982-1523-4733-986b-c27adf4f79dd.metadata.json")
    12
    """
    found = _NAME.fullmatch(path.rpartition("/")[2])
    return int(found[1]) if found else -1


def parse(path: str, content: bytes) -> State:
    """Read a metadata file.

    Raises:
        InputError: It is of a version of Iceberg's format that cannot be moved.
    """
    text = gzip.decompress(content) if path.endswith(".gz.metadata.json") else content
    metadata: Json = msgspec.json.decode(text)
    if metadata["format-version"] != _FORMAT_VERSION:
        raise InputError(
            f"table metadata {path!r}: found format version {metadata['format-version']}, expected {_FORMAT_VERSION}; "
            "tables of other versions are not relocated"
        )
    return State(path, metadata)


def sequence_of(snapshot: Json | None) -> int:
    """Place of a snapshot among the commits of its table; -1 for the empty table."""
    return -1 if snapshot is None else int(snapshot["sequence-number"])
