"""From the paths of one bucket to those of another: replication keeps an object's key, and Iceberg the whole path."""

from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

from headwater import names
from headwater.errors import InputError

_REVISION = "1"
"""Of how files are written again: another one gives them other names, and all are written once more."""


class Move(NamedTuple):
    """The way of one table from bucket to bucket.

    Attributes:
        source: Bucket that the table's paths name.
        target: Bucket that its files were copied to.
        folder: Prefix of the table's keys in both, with its last slash.
    """

    source: str
    target: str
    folder: str

    @property
    def arrivals(self) -> tuple[str, str]:
        """Prefixes below which files of the table arrive: its own, and what made it readable in the source."""
        return self.folder, f"{names.replica_prefix(self.source)}{self.folder}"

    @property
    def own(self) -> str:
        """Prefix of what is written in the target to make the table readable."""
        return f"{names.replica_prefix(self.target)}{self.folder}"

    def key(self, path: str) -> str:
        """Key of the object that a path of the source names.

        Raises:
            InputError: The path is of another bucket.
        """
        if not self.is_of_source(path):
            raise InputError(
                f"table {self.folder!r}: found the file {path!r}, expected all files below {self.of('')}; write the "
                "table's rows into a table whose files are all in its bucket"
            )
        return path.removeprefix(self.of(""))

    def of(self, key: str) -> str:
        """Path of an object of the source."""
        return f"s3://{self.source}/{key}"

    def is_of_source(self, path: str) -> bool:
        """Whether a path is of the source."""
        return path.startswith(self.of(""))

    def moved(self, path: str) -> str:
        """Path of the copy of a file."""
        return self.at(self.key(path))

    def at(self, key: str) -> str:
        """Path of an object of the target."""
        return f"s3://{self.target}/{key}"

    def copied_key(self, path: str) -> str:
        """Key of the object that a path of the target names."""
        return path.removeprefix(self.at(""))

    def is_own(self, path: str) -> bool:
        """Whether a path is of what was written in the target to make the table readable."""
        return path.startswith(self.at(self.own))

    def own_key(self, path: str, ending: str) -> str:
        """Key of what is written in the target in place of a file: the same file, the same key."""
        return f"{self.own}metadata/{fingerprint(f'{_REVISION} {path}'.encode())}{ending}"


def fingerprint(content: bytes) -> UUID:
    """An id that only this content has."""
    return UUID(bytes=sha256(content).digest()[:16])
