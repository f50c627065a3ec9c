"""What can only be measured: times of the work, and what a commit to the event log leaves behind.

The figures are those of one machine at one date, kept in ``measured.json`` and written by
`make bench NAME=metering`. An estimate says which machine that was.
"""

from datetime import date
from pathlib import Path

import msgspec

from cost.errors import CostError

FILE = Path(__file__).parent / "measured.json"


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """The file.

    Attributes:
        measured: When.
        machine: On what.
        registry: File of the definitions that were worked with.
        lookup_ms: One row, read from a Redis on the same machine, through the lookup itself; a tenth of them took less.
        lookup_row_ms: Each further row of a lookup.
        lookup_log_bytes: What the function prints for a lookup.
        stream_batch_ms: A batch of the stream, beside its events.
        stream_event_ms: Each event of a batch, applied to a Redis on the same machine and to a store in memory.
        stream_log_bytes: What the function prints for a batch.
        log_bytes_per_line_byte: Of the event log's files, for each byte of the archive's lines.
        commit_writes: Objects that a commit to one table of the event log leaves in the bucket.
    """

    measured: date
    machine: str
    registry: str
    lookup_ms: float
    lookup_row_ms: float
    lookup_log_bytes: float
    stream_batch_ms: float
    stream_event_ms: float
    stream_log_bytes: float
    log_bytes_per_line_byte: float
    commit_writes: float

    @property
    def source(self) -> str:
        """What to show beside a figure."""
        return f"measured {self.measured} on {self.machine}"


def load(file: Path = FILE) -> Measured:
    """Read the file.

    Raises:
        CostError: It is absent, or not as it should be.
    """
    try:
        return decode(file.read_bytes(), file.name)
    except OSError as error:
        raise CostError(
            f"measured figures {file}: {error}; make them with `make bench NAME=metering`"
        ) from error


def decode(content: bytes, name: str) -> Measured:
    """As `load`, of a file's content."""
    try:
        return msgspec.json.decode(content, type=Measured)
    except msgspec.MsgspecError as error:
        raise CostError(
            f"measured figures {name}: {error}; make them with `make bench NAME=metering`"
        ) from error
