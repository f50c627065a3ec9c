"""Manifests written again with the paths of the target, every other field as it was."""

from collections.abc import Iterator, Mapping
from typing import Any

from pyiceberg.manifest import DataFileContent, ManifestEntryStatus
from pyiceberg.typedef import Record
from pyiceberg.types import StructType

from headwater.errors import InputError
from headwater.offline.replica import avro, position_deletes
from headwater.offline.replica.move import Move
from headwater.offline.replica.objects import Objects

# Ids of fields, as Iceberg's specification has them.
_STATUS, _DATA_FILE = 0, 2
_CONTENT, _PATH, _FORMAT, _SIZE = 134, 100, 101, 104
_COLUMN_SIZES, _LOWER, _UPPER, _SPLITS, _REFERENCED = 108, 125, 128, 132, 143


class Manifest:
    """A manifest of the source.

    Args:
        content: The file.
        path: Of the file, for people.
    """

    def __init__(self, content: bytes, path: str) -> None:
        self._avro = avro.read(content)
        entry = _places(self._avro.schema.as_struct(), path, _STATUS, _DATA_FILE)
        self._status, self._file = entry[_STATUS], entry[_DATA_FILE]
        kept = self._avro.schema.as_struct().fields[self._file].field_type
        # A manifest of before there were deletes does not say that its files hold data.
        self._at = _places(kept, path, _PATH, _FORMAT, _SIZE) if isinstance(kept, StructType) else {}

    def files(self) -> Iterator[tuple[str, int]]:
        """Path and bytes of each file that the manifest says is there; it also lists some that are gone."""
        for entry in self._avro.records:
            if self._is_live(entry):
                file = entry[self._file]
                yield file[self._at[_PATH]], file[self._at[_SIZE]]

    def rewrite(self, move: Move, objects: Objects, sync: bytes) -> bytes:
        """The manifest for the target.

        Args:
            move: The way of the table.
            objects: Of the target's bucket: position deletes are read there, and written again.
            sync: As `avro.write` takes it.

        Raises:
            InputError: A file cannot be followed to the target.
        """
        for entry in self._avro.records:
            file = entry[self._file]
            if self._of(file, _REFERENCED) is not None:
                file[self._at[_REFERENCED]] = move.moved(file[self._at[_REFERENCED]])
            if self._of(file, _CONTENT) == DataFileContent.POSITION_DELETES:
                self._move_deletes(file, move, objects, is_live=self._is_live(entry))
            else:
                file[self._at[_PATH]] = move.moved(file[self._at[_PATH]])
        return avro.write(self._avro, "manifest_entry", sync)

    def _move_deletes(self, file: Record, move: Move, objects: Objects, *, is_live: bool) -> None:
        path = file[self._at[_PATH]]
        if file[self._at[_FORMAT]].upper() != "PARQUET":
            raise InputError(
                f"position deletes {path!r}: found {file[self._at[_FORMAT]]}, expected Parquet; compact the table, which "
                "applies its deletes"
            )
        own = move.own_key(path, "-deletes.parquet")
        file[self._at[_PATH]] = move.at(own)
        if not is_live:
            return
        made = position_deletes.rewrite(objects.read(move.key(path)), move)
        objects.write(own, made.content)
        file[self._at[_SIZE]] = len(made.content)
        for bounds, end in ((_LOWER, made.first), (_UPPER, made.last)):
            known: Mapping[int, bytes] | None = self._of(file, bounds)
            if known is not None:
                file[self._at[bounds]] = {**known, position_deletes.FILE_PATH_ID: end}
        # They were of the file as it was, and need not be said.
        for gone in (_COLUMN_SIZES, _SPLITS):
            if gone in self._at:
                file[self._at[gone]] = None

    def _is_live(self, entry: Record) -> bool:
        return bool(entry[self._status] != ManifestEntryStatus.DELETED)

    def _of(self, file: Record, field: int) -> Any:
        return file[self._at[field]] if field in self._at else None


def _places(struct: StructType, path: str, *needed: int) -> dict[int, int]:
    """Where fields stand in a record, by their ids."""
    found = {field.field_id: place for place, field in enumerate(struct.fields)}
    if not set(needed) <= set(found):
        raise InputError(
            f"manifest {path!r}: found no fields {needed}, expected Iceberg's; look at who wrote it"
        )
    return found
