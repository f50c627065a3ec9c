"""What lookups log: the rows of the table of what was served, and how they land.

No catalog is loaded here: jobs on Glue have none of pyiceberg's.
"""

from datetime import datetime
from typing import Any

import msgspec
import pyarrow as pa

from headwater.errors import InputError
from headwater.offline.types import INSTANT

SCHEMA = pa.schema(
    [
        pa.field("request_id", pa.string(), nullable=False),
        pa.field("row", pa.int32(), nullable=False),
        pa.field("served_at", INSTANT, nullable=False),
        pa.field("as_of", INSTANT, nullable=False),
        pa.field("service", pa.string(), nullable=False),
        pa.field("registry_version", pa.string(), nullable=False),
        pa.field("entity", pa.string(), nullable=False),
        pa.field("features", pa.list_(pa.string()), nullable=False),
        pa.field("values", pa.string(), nullable=False),
        pa.field("statuses", pa.list_(pa.string()), nullable=False),
    ]
)


class _Line(msgspec.Struct):
    request_id: str
    row: int
    served_at: datetime
    as_of: datetime
    service: str
    registry_version: str
    features: list[str]
    statuses: list[str]
    entity: msgspec.Raw
    values: msgspec.Raw


IDENTITY = ("request_id", "service", "served_at", "row")
_DECODER = msgspec.json.Decoder(_Line)


def rows_of(key: str, content: bytes) -> list[dict[str, Any]]:
    """Rows of an object as it landed.

    Raises:
        InputError: A line is something else; names object and line.
    """
    found = []
    for number, text in enumerate(content.splitlines(), start=1):
        try:
            line = _DECODER.decode(text)
        except msgspec.MsgspecError as error:
            raise InputError(
                f"landed object {key!r}, line {number}: {error}; expected what lookups log; move the object away and "
                "look at who wrote it"
            ) from error
        row = msgspec.structs.asdict(line)
        found.append(row | {"entity": bytes(line.entity).decode(), "values": bytes(line.values).decode()})
    return found
