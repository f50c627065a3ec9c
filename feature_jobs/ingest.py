"""Moves archived events from where they landed into the event log.

An object is removed only after its events are committed, and events already in the log are left
out. Killed at any point and run again, the log ends up the same.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import pyarrow as pa

from feature_jobs.landing import Landing
from headwater import names
from headwater.envelope import data_type, sources_of
from headwater.errors import InputError
from headwater.offline.served_rows import rows_of
from headwater.offline.types import log_schema
from headwater.registry import Registry

if TYPE_CHECKING:
    # Not at run time: jobs on Glue take reports from here, and have no pyiceberg.
    from headwater.offline.event_log import IcebergEventLog
    from headwater.offline.served_log import ServedLog


class IngestReport(NamedTuple):
    """What a run moved: objects and rows read, rows that were new to the log."""

    objects: int
    rows: int
    new_rows: int


class _Line(msgspec.Struct):
    source: str
    event_id: str
    event_time: datetime
    arrival: datetime
    shard: str
    sequence: str
    data: msgspec.Raw


_DECODER = msgspec.json.Decoder(_Line)
_ENVELOPE = ("event_time", "arrival", "event_id", "shard", "sequence")


def ingest(registry: Registry, log: "IcebergEventLog", landing: Landing) -> IngestReport:
    """Move everything that has landed.

    Args:
        registry: Sources and their columns.
        log: Where events go.
        landing: Where they are.

    Raises:
        InputError: An object holds something else than archived events; names object and line. Nothing
            was moved.
    """
    keys = landing.keys(names.landing_prefix())
    objects = landing.contents(keys)
    sources = sources_of(registry)
    decoders = {name: msgspec.json.Decoder(data_type(source)) for name, source in sources.items()}
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in sources}
    for key, content in zip(keys, objects, strict=True):
        for source, row in _rows(key, content, decoders):
            rows[source].append(row)
    new_rows = 0
    for source, found in rows.items():
        table = pa.Table.from_pylist(found, schema=log_schema(sources[source]))
        new_rows += log.append_new(source, table)
    landing.remove(keys)
    return IngestReport(len(keys), sum(map(len, rows.values())), new_rows)


def ingest_served(log: "ServedLog", landing: Landing) -> IngestReport:
    """Move everything that was served and has landed into its table.

    Args:
        log: The table.
        landing: Where they are.

    Raises:
        InputError: An object holds something else; names object and line. Nothing was moved.
    """
    keys = landing.keys(names.served_prefix())
    rows = [
        row
        for key, content in zip(keys, landing.contents(keys), strict=True)
        for row in rows_of(key, content)
    ]
    new_rows = log.append_new(rows)
    landing.remove(keys)
    return IngestReport(len(keys), len(rows), new_rows)


def _rows(key: str, content: bytes, decoders: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, text in enumerate(content.splitlines(), start=1):
        try:
            line = _DECODER.decode(text)
            decoder = decoders.get(line.source)
            if decoder is None:
                raise InputError(
                    f"landed object {key!r}, line {number}: source {line.source!r} is not in the registry; "
                    "deploy the registry that has it"
                )
            data = msgspec.structs.asdict(decoder.decode(line.data))
        except msgspec.MsgspecError as error:
            raise InputError(
                f"landed object {key!r}, line {number}: {error}; expected what the stream archives; "
                "move the object away and look at who wrote it"
            ) from error
        envelope = {name: getattr(line, name) for name in _ENVELOPE}
        yield line.source, envelope | data
