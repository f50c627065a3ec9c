"""Iceberg's Avro files, read and written as they are: all fields, whoever wrote them, whether or not they are known here.

pyiceberg's own readers of manifests keep the fields that pyiceberg knows.
"""

from io import BytesIO
from typing import NamedTuple

from pyiceberg.avro.file import SYNC_SIZE, AvroFile, AvroOutputFile
from pyiceberg.io import InputFile, InputStream, OutputFile, OutputStream
from pyiceberg.schema import Schema
from pyiceberg.typedef import Record


class Avro(NamedTuple):
    """What a file holds.

    Attributes:
        schema: Of the records, with Iceberg's field ids.
        meta: What the file says of itself.
        records: The records, their fields in the order of the schema.
    """

    schema: Schema
    meta: dict[str, str]
    records: list[Record]


def read(content: bytes) -> Avro:
    """Read a file."""
    with AvroFile[Record](_In(content)) as file:
        return Avro(file.schema, dict(file.header.meta), list(file))


def write(avro: Avro, name: str, sync: bytes) -> bytes:
    """Write a file.

    Args:
        avro: What it is to hold.
        name: Of its records, as Iceberg calls them.
        sync: What is written between blocks; usually random, which would make two files of equal ones.
    """
    out = _Out()
    file = AvroOutputFile[Record](out, avro.schema, name, metadata=avro.meta)
    file.sync_bytes = sync[:SYNC_SIZE]
    with file:
        file.write_block(avro.records)
    return out.stream.content


class _In(InputFile):
    """A file in memory."""

    def __init__(self, content: bytes) -> None:
        super().__init__("")
        self._content = content

    def __len__(self) -> int:
        return len(self._content)

    def exists(self) -> bool:
        return True

    def open(self, seekable: bool = True) -> InputStream:  # noqa: ARG002, FBT001, FBT002 (as pyiceberg has it)
        return BytesIO(self._content)


class _Stream(BytesIO):
    """A stream whose content stays when it is closed."""

    content = b""

    def close(self) -> None:
        if not self.closed:
            self.content = self.getvalue()
        super().close()


class _Out(OutputFile):
    """A file that is written to memory."""

    def __init__(self) -> None:
        super().__init__("")
        self.stream = _Stream()

    def __len__(self) -> int:
        return len(self.stream.content)

    def exists(self) -> bool:
        return False

    def to_input_file(self) -> InputFile:
        return _In(self.stream.content)

    def create(self, overwrite: bool = False) -> OutputStream:  # noqa: ARG002, FBT001, FBT002 (as pyiceberg has it)
        return self.stream
