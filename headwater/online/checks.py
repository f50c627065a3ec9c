"""What a lookup request must be, beyond its JSON: keys, request fields and the event that asks."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from headwater.envelope import TYPES, EnvelopeDecoder, LoggedEvent
from headwater.errors import RequestError
from headwater.expressions import MAX_INT, MIN_INT
from headwater.instants import to_text, to_us
from headwater.online.contract import MAX_ENTITIES
from headwater.online.writer import GRACE_US
from headwater.registry import ViewSpec
from headwater.windows import SECOND_US


class EntityChecker:
    """Checks the entities of requests for one service.

    Args:
        views: The service's views.
    """

    def __init__(self, views: Sequence[ViewSpec]) -> None:
        self._keys = {key.name: key.type for view in views for key in view.keys}
        self._strings = [name for name, kind in self._keys.items() if kind == "string"]
        self._numbers = [name for name, kind in self._keys.items() if kind == "int64"]
        self._simple = len(self._strings) + len(self._numbers) == len(self._keys)

    def __call__(self, entities: Sequence[Mapping[str, Any]]) -> None:
        """Check that every row has every key of the service, and nothing else.

        Raises:
            RequestError: ``no_entities``, ``too_many_entities``, ``missing_key``, ``wrong_type`` or
                ``unknown_key``.
        """
        if not entities:
            raise RequestError("no_entities", "entities is empty", "send at least one entity")
        if len(entities) > MAX_ENTITIES:
            raise RequestError(
                "too_many_entities",
                f"{len(entities)} entities, at most {MAX_ENTITIES} are answered at once",
                "split the request",
            )
        for position, row in enumerate(entities):
            if not (self._simple and self._is_plain(row)):
                _check_row(position, row, self._keys)

    def _is_plain(self, row: Mapping[str, Any]) -> bool:
        """Whether a row is good at first sight, as nearly all are."""
        if len(row) != len(self._keys):
            return False
        for name in self._strings:
            if type(row.get(name)) is not str:
                return False
        for name in self._numbers:
            value = row.get(name)
            if type(value) is not int or not MIN_INT <= value <= MAX_INT:
                return False
        return True


def _check_row(position: int, row: Mapping[str, Any], keys: Mapping[str, str]) -> None:
    for name, kind in keys.items():
        if name not in row:
            raise RequestError(
                "missing_key",
                f"entities[{position}] has no key {name!r}",
                f"send every one of {', '.join(keys)}; null where it is unknown",
            )
        try:
            _value(row[name], kind)
        except msgspec.ValidationError as error:
            raise RequestError(
                "wrong_type",
                f"entities[{position}], key {name!r}: found {type(row[name]).__name__} {row[name]!r}, expected {kind}",
                f"send {'a string' if kind == 'string' else 'a whole number'}, or null",
            ) from error
    unknown = [name for name in row if name not in keys]
    if unknown:
        raise RequestError(
            "unknown_key",
            f"entities[{position}] has {', '.join(map(repr, unknown))}, which no view of the service has as a key",
            f"send only {', '.join(keys)}",
        )


def request_fields(
    service: str, request: Mapping[str, Any] | None, rows: int, wanted: Mapping[str, str]
) -> dict[str, list[Any]]:
    """Return a request's fields, one value per row.

    Args:
        service: The service asked.
        request: Fields as they were sent.
        rows: How many.
        wanted: Field to type, of the service's on-demand views.

    Raises:
        RequestError: ``unknown_request_field``, ``missing_request_field`` or ``wrong_type``.
    """
    given = request or {}
    unknown = sorted(set(given) - set(wanted))
    if unknown:
        raise RequestError(
            "unknown_request_field",
            f"service {service!r}: no feature on demand takes request fields {', '.join(unknown)}",
            f"send only {', '.join(wanted)}" if wanted else "leave `request` out",
        )
    fields: dict[str, list[Any]] = {}
    for name, kind in wanted.items():
        if name not in given:
            raise RequestError(
                "missing_request_field",
                f"request has no field {name!r}",
                f"send every one of {', '.join(wanted)}; null where it is unknown",
            )
        value = given[name]
        values = value if isinstance(value, list) else [value] * rows
        if len(values) != rows:
            raise RequestError(
                "wrong_type",
                f"request field {name!r}: {len(values)} values for {rows} entities",
                "send one value for all rows, or a list of one per row",
            )
        fields[name] = [_field(name, each, kind) for each in values]
    return fields


def _value(value: Any, kind: str) -> Any:
    """The value as events carry it.

    Raises:
        msgspec.ValidationError: It is of another type.
    """
    found = msgspec.convert(value, TYPES[kind] | None)
    return to_us(found) if isinstance(found, datetime) else found


def _field(name: str, value: Any, kind: str) -> Any:
    try:
        return _value(value, kind)
    except msgspec.ValidationError as error:
        raise RequestError(
            "wrong_type",
            f"request field {name!r}: found {type(value).__name__} {value!r}, expected {kind}: {error}",
            f"send {kind}, or null",
        ) from error


def current_events(
    service: str,
    current: Sequence[Mapping[str, Any] | None] | None,
    rows: int,
    views: Sequence[ViewSpec],
    envelopes: EnvelopeDecoder,
    t_us: int,
) -> list[LoggedEvent | None] | None:
    """Return the events that ask, by row; None where the service does not count them.

    Raises:
        RequestError: ``wrong_current``: there are none although the service counts them, or the other way
            round, or one is no event of such a source, or does not fit the instant.
    """
    sources = sorted({view.source for view in views if view.include_current})
    if not sources:
        if current is not None:
            raise _wrong("no view of the service counts the event that asks", "leave `current` out")
        return None
    if current is None:
        raise _wrong(
            f"service {service!r} counts the event that asks, and the request has none",
            "send `current`: per row the event in its envelope, or null where there is none",
        )
    if len(current) != rows:
        raise _wrong(f"{len(current)} events for {rows} entities", "send one per row, or null")
    return [
        None if envelope is None else _current(position, envelope, sources, envelopes, t_us)
        for position, envelope in enumerate(current)
    ]


def _current(
    position: int,
    envelope: Mapping[str, Any],
    sources: Sequence[str],
    envelopes: EnvelopeDecoder,
    t_us: int,
) -> LoggedEvent:
    try:
        event = envelopes.convert(envelope, t_us)
    except msgspec.ValidationError as error:
        raise _wrong(f"current[{position}]: {error}", "send the envelope that goes on the stream") from error
    if event.source not in sources:
        raise _wrong(
            f"current[{position}]: source {event.source!r}, expected one of {', '.join(sources)}",
            "send an event of such a source, or null",
        )
    if not t_us - GRACE_US <= event.event_time_us <= t_us:
        raise _wrong(
            f"current[{position}]: event_time {to_text(event.event_time_us)}, as_of {to_text(t_us)}; expected at most "
            f"{GRACE_US // SECOND_US} s before it and not after",
            "ask right when the event happens",
        )
    return event


def _wrong(message: str, hint: str) -> RequestError:
    return RequestError("wrong_current", message, hint)
