"""The envelope an event travels in, and what makes one undecodable.

    {"source": "departures", "event_id": "…", "event_time": "2013-12-01T10:00:00Z",
     "arrival": "2013-12-01T10:00:00Z", "data": {"origin": "JFK", …}}

``arrival`` is optional and honoured only where events are replayed; elsewhere arrival is what the
stream says. ``replay_of`` is optional, too: it says which record of the stream this one is a copy of,
``<shard>:<sequence>``, and of all copies of one record the first counts. Columns that the registry does not know are ignored, absent ones are null.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, NamedTuple

import msgspec

from headwater.errors import PoisonRecordError
from headwater.expressions import MAX_FLOAT, MAX_INT, MAX_STRING_BYTES, MIN_INT
from headwater.instants import to_us
from headwater.page_size import MAX_ID_BYTES
from headwater.registry import Registry, SourceSpec

ArrivalFrom = Literal["stream", "record"]

_Instant = Annotated[datetime, msgspec.Meta(tz=True)]
TYPES: dict[str, Any] = {
    "string": str,
    "int64": Annotated[int, msgspec.Meta(ge=MIN_INT, le=MAX_INT)],
    "float64": Annotated[float, msgspec.Meta(ge=-MAX_FLOAT, le=MAX_FLOAT)],
    "bool": bool,
    "timestamp": _Instant,
}
"""What a value of each column type is in JSON, once parsed."""


class LoggedEvent(NamedTuple):
    """One event with its place in the stream. Times are microseconds since the epoch.

    ``replay_of`` is the record that it is a copy of, if it was put on the stream again.
    """

    source: str
    event_id: str
    event_time_us: int
    arrival_us: int
    shard: str
    sequence: int
    data: Mapping[str, Any]
    replay_of: str | None = None


class EnvelopeDecoder:
    """Decodes and checks envelopes of a registry's sources.

    Args:
        registry: Definitions of the sources.
        arrival_from: ``stream``: arrival is when the stream received the record. ``record``: the
            envelope's own ``arrival``, where it has one; for replays.
    """

    def __init__(self, registry: Registry, arrival_from: ArrivalFrom = "stream") -> None:
        sources = sources_of(registry)
        self._type = _union([_envelope(source) for source in sources.values()])
        self._decoder = msgspec.json.Decoder(self._type)
        self._instants = {
            name: [column for column, kind in source.columns.items() if kind == "timestamp"]
            for name, source in sources.items()
        }
        self._strings = {
            name: [column for column, kind in source.columns.items() if kind == "string"]
            for name, source in sources.items()
        }
        self._by_record = arrival_from == "record"

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
            raise _poison(shard, sequence, error) from error
        if self._by_record and envelope.arrival is not None:
            arrival_us = to_us(envelope.arrival)
        try:
            return self._event(envelope, shard, sequence, arrival_us)
        except msgspec.ValidationError as error:
            raise _poison(shard, sequence, error) from error

    def convert(self, envelope: Mapping[str, Any], arrival_us: int) -> LoggedEvent:
        """Check an envelope that is parsed already and is on no stream, such as a request's own event.

        Raises:
            msgspec.ValidationError: It is no envelope of a known source, or a value has the wrong type.
        """
        return self._event(msgspec.convert(envelope, self._type), "", 0, arrival_us)

    def _event(self, envelope: Any, shard: str, sequence: int, arrival_us: int) -> LoggedEvent:
        source = envelope.__struct_config__.tag
        values = msgspec.structs.asdict(envelope.data)
        _check_length("event_id", envelope.event_id, MAX_ID_BYTES)
        for column in self._strings[source]:
            if values[column] is not None:
                _check_length(column, values[column], MAX_STRING_BYTES)
        for column in self._instants[source]:
            if values[column] is not None:
                values[column] = to_us(values[column])
        time_us = to_us(envelope.event_time)
        return LoggedEvent(
            source, envelope.event_id, time_us, arrival_us, shard, sequence, values, envelope.replay_of
        )


def _check_length(column: str, value: str, at_most: int) -> None:
    # A character has four bytes at most: short strings need no encoding to be told.
    if len(value) * 4 > at_most and len(value.encode()) > at_most:
        raise msgspec.ValidationError(
            f"{column} has {len(value.encode())} bytes, expected at most {at_most}; hash or shorten it"
        )


def _poison(shard: str, sequence: int, error: Exception) -> PoisonRecordError:
    return PoisonRecordError(f"record {sequence} of shard {shard}: {error}; correct the producer")


def sources_of(registry: Registry) -> dict[str, SourceSpec]:
    """Sources that events may come from: the registry's, and those of the next one."""
    return registry.sources | (registry.next.sources if registry.next else {})


def data_type(source: SourceSpec) -> type[msgspec.Struct]:
    """What the data of a source's events is in JSON, once parsed: absent columns are null."""
    columns = [(column, TYPES[kind] | None, None) for column, kind in source.columns.items()]
    return msgspec.defstruct(f"Data_{source.name}", columns)


def _envelope(source: SourceSpec) -> type[msgspec.Struct]:
    return msgspec.defstruct(
        f"Envelope_{source.name}",
        [
            ("event_id", Annotated[str, msgspec.Meta(min_length=1)]),
            ("event_time", _Instant),
            ("data", data_type(source)),
            ("arrival", _Instant | None, None),
            ("replay_of", str | None, None),
        ],
        tag_field="source",
        tag=source.name,
    )


def _union(types: list[type[msgspec.Struct]]) -> Any:
    united: Any = types[0]
    for other in types[1:]:
        united |= other
    return united
