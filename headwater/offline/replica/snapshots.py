"""Snapshots whose files have all arrived, written again with the paths of the target.

Bottom up: deletes, then the manifest that lists them, then the list of manifests. A file is written only when all it
names has arrived, so that one which is there says that everything below it is: it is neither read nor written
again, and a run costs what is new.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from pyiceberg.typedef import Record

from headwater.errors import InputError
from headwater.offline.replica import avro
from headwater.offline.replica.manifests import Manifest
from headwater.offline.replica.move import Move, fingerprint
from headwater.offline.replica.objects import Objects

_THREADS = 8
_PATH, _LENGTH = 500, 501
"""Ids of fields of a manifest in the list, as Iceberg's specification has them."""


class _Copy(NamedTuple):
    """A manifest of the target: its path and bytes."""

    path: str
    size: int


class Snapshots:
    """Snapshots of one table.

    Args:
        move: The way of the table.
        objects: Of the target's bucket.
        arrived: Files of the table that have arrived: bytes by key.
        own: What was written in the target before: the same.
    """

    def __init__(
        self, move: Move, objects: Objects, arrived: Mapping[str, int], own: Mapping[str, int]
    ) -> None:
        self._move = move
        self._objects = objects
        self._arrived = arrived
        self._own = own
        self._lists: dict[str, str | None] = {}
        self._manifests: dict[str, _Copy | None] = {}
        self._written: list[str] = []

    @property
    def manifests_written(self) -> int:
        """How many manifests were written until now."""
        return len(self._written)

    def relocated(self, manifest_list: str) -> str | None:
        """Write what makes a snapshot readable in the target.

        Args:
            manifest_list: Path of the snapshot's list of manifests, in the source.

        Returns:
            Path of the list in the target; None: a file of the snapshot has not arrived.

        Raises:
            InputError: The snapshot has a file that cannot be followed to the target.
        """
        if manifest_list not in self._lists:
            self._lists[manifest_list] = self._relocate_list(manifest_list)
        return self._lists[manifest_list]

    def has_arrived(self, path: str, size: int) -> bool:
        """Whether a file of the source is there, whole."""
        return self._arrived.get(self._move.key(path)) == size

    def _relocate_list(self, path: str) -> str | None:
        own = self._move.own_key(path, "-list.avro")
        if own in self._own:
            return self._move.at(own)
        key = self._move.key(path)
        if key not in self._arrived:
            return None
        found = avro.read(self._objects.read(key))
        at = {field.field_id: place for place, field in enumerate(found.schema.fields)}
        if not {_PATH, _LENGTH} <= set(at):
            raise InputError(
                f"manifest list {path!r}: found no paths and lengths, expected Iceberg's fields; look at who wrote it"
            )

        def copy(manifest: Record) -> _Copy | None:
            return self._manifest(manifest[at[_PATH]], manifest[at[_LENGTH]])

        with ThreadPoolExecutor(_THREADS) as threads:
            copies = list(threads.map(copy, found.records))
        for manifest, made in zip(found.records, copies, strict=True):
            if made is None:
                return None
            manifest[at[_PATH]], manifest[at[_LENGTH]] = made
        self._objects.write(own, avro.write(found, "manifest_file", fingerprint(path.encode()).bytes))
        return self._move.at(own)

    def _manifest(self, path: str, length: int) -> _Copy | None:
        # Snapshots share most of their manifests.
        if path not in self._manifests:
            self._manifests[path] = self._relocate_manifest(path, length)
        return self._manifests[path]

    def _relocate_manifest(self, path: str, length: int) -> _Copy | None:
        own = self._move.own_key(path, "-manifest.avro")
        if own in self._own:
            return _Copy(self._move.at(own), self._own[own])
        if not self.has_arrived(path, length):
            return None
        manifest = Manifest(self._objects.read(self._move.key(path)), path)
        if not all(self.has_arrived(*file) for file in manifest.files()):
            return None
        content = manifest.rewrite(self._move, self._objects, fingerprint(path.encode()).bytes)
        self._objects.write(own, content)
        self._written.append(own)
        return _Copy(self._move.at(own), len(content))
