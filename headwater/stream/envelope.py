"""The envelope an event travels in, and what makes one undecodable.

    {"source": "departures", "event_id": "…", "event_time": "2013-12-01T10:00:00Z",
     "arrival": "2013-12-01T10:00:00Z", "data": {"origin": "JFK", …}}

``arrival`` is optional and honoured only where events are replayed; elsewhere arrival is what the
stream says. Columns that the registry does not know are ignored, absent ones are null.
"""

import math
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from headwater.errors import PoisonRecordError
from headwater.instants import to_us
from headwater.online.changes import LoggedEvent
from headwater.registry import Registry, SourceSpec

ArrivalFrom = Literal["stream", "record"]

_Instant = Annotated[datetime, msgspec.Meta(tz=True)]
_Int64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
_TYPES: dict[str, Any] = {
    "string": str,
    "int64": _Int64,
    "float64": float,
    "bool": bool,
    "timestamp": _Instant,
}


class EnvelopeDecoder:
    """Decodes and checks envelopes of a registry's sources.

    Args:
        registry: Definitions of the sources.
        arrival_from: ``stream``: arrival is when the stream received the record. ``record``: the
            envelope's own ``arrival``, where it has one; for replays.
    """

    def __init__(self, registry: Registry, arrival_from: ArrivalFrom) -> None:
        envelopes = [_envelope(source) for source in registry.sources.values()]
        self._decoder = msgspec.json.Decoder(_union(envelopes))
        self._arrival_from = arrival_from

    def decode(self, data: bytes, *, shard: str, sequence: int, arrival_us: int) -> LoggedEvent:
        """Decode one record.

        Args:
            data: The record's bytes: one JSON envelope.
            shard: Where it was read.
            sequence: Its position there.
            arrival_us: When the stream received it.

        Raises:
            PoisonRecordError: It is no envelope of a known source, or a value has the wrong type.
        """
        try:
            envelope = self._decoder.decode(data)
        except msgspec.MsgspecError as error:
            raise PoisonRecordError(
                f"record {sequence} of shard {shard}: {error}; correct the producer"
            ) from error
        values: dict[str, Any] = {}
        for column in envelope.data.__struct_fields__:
            value = getattr(envelope.data, column)
            if isinstance(value, float) and not math.isfinite(value):
                raise PoisonRecordError(
                    f"record {sequence} of shard {shard}: column {column!r} is {value}, expected a finite number or "
                    "null; correct the producer"
                )
            values[column] = to_us(value) if isinstance(value, datetime) else value
        if self._arrival_from == "record" and envelope.arrival is not None:
            arrival_us = to_us(envelope.arrival)
        return LoggedEvent(
            source=envelope.__struct_config__.tag,
            event_id=envelope.event_id,
            event_time_us=to_us(envelope.event_time),
            arrival_us=arrival_us,
            shard=shard,
            sequence=sequence,
            data=values,
        )


def _envelope(source: SourceSpec) -> type[msgspec.Struct]:
    columns = [(column, _TYPES[kind] | None, None) for column, kind in source.columns.items()]
    return msgspec.defstruct(
        f"Envelope_{source.name}",
        [
            ("event_id", Annotated[str, msgspec.Meta(min_length=1)]),
            ("event_time", _Instant),
            ("data", msgspec.defstruct(f"Data_{source.name}", columns)),
            ("arrival", _Instant | None, None),
        ],
        tag_field="source",
        tag=source.name,
    )


def _union(types: list[type[msgspec.Struct]]) -> Any:
    united: Any = types[0]
    for other in types[1:]:
        united |= other
    return united
