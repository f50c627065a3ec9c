"""Answers lookup requests: checks them, reads the vectors, and words the errors."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from headwater.errors import CorruptValueError, RequestError, StoreError
from headwater.instants import to_us
from headwater.online.contract import (
    MAX_ENTITIES,
    ErrorDetail,
    LookupFailure,
    LookupRequest,
    LookupResponse,
    Metadata,
    Row,
)
from headwater.online.reader import FeatureReader
from headwater.registry import Registry, content_hash


class Lookup:
    """The lookup service behind the Lambda function and the CLI.

    Args:
        reader: Reads the vectors.
        registry: Definitions, to check requests against.
    """

    def __init__(self, reader: FeatureReader, registry: Registry) -> None:
        self._reader = reader
        self._registry = registry
        self._version = content_hash(registry)

    def answer(self, request: Mapping[str, Any], now: datetime) -> LookupResponse | LookupFailure:
        """Answer a request given as parsed JSON; mistakes and outages become a `LookupFailure`."""
        try:
            return self._answer(_parse(request), now)
        except RequestError as error:
            return LookupFailure(ErrorDetail(error.code, str(error), error.hint))
        except CorruptValueError as error:
            return LookupFailure(ErrorDetail("corrupt_value", str(error), "backfill the view the key names"))
        except StoreError as error:
            return LookupFailure(
                ErrorDetail(
                    "store_unavailable", str(error), "try again; if it lasts, look at the store's dashboard"
                )
            )

    def _answer(self, request: LookupRequest, now: datetime) -> LookupResponse:
        self._check(request)
        as_of = (request.as_of or now).astimezone(UTC)
        t_us = to_us(as_of)
        found = self._reader.read(request.service, request.entities, t_us)
        freshest = found.freshest_event_us
        return LookupResponse(
            features=found.features,
            rows=[
                Row(values, statuses) for values, statuses in zip(found.values, found.statuses, strict=True)
            ],
            metadata=Metadata(
                service=request.service,
                registry_version=self._version,
                as_of=as_of,
                freshest_event_age_ms=None if freshest is None else (t_us - freshest) / 1000,
            ),
        )

    def _check(self, request: LookupRequest) -> None:
        service = self._registry.service(request.service)
        if not request.entities:
            raise RequestError("no_entities", "entities is empty", "send at least one entity")
        if len(request.entities) > MAX_ENTITIES:
            raise RequestError(
                "too_many_entities",
                f"{len(request.entities)} entities, at most {MAX_ENTITIES} are answered at once",
                "split the request",
            )
        if request.request:
            raise RequestError(
                "unknown_request_field",
                f"service {request.service!r} has no features on demand, found request fields "
                f"{', '.join(sorted(request.request))}",
                "leave `request` out",
            )
        keys = {key.name: key.type for view in self._registry.views_of(service) for key in view.keys}
        for position, row in enumerate(request.entities):
            _check_row(position, row, keys)


def _parse(request: Mapping[str, Any]) -> LookupRequest:
    try:
        return msgspec.convert(request, LookupRequest)
    except msgspec.ValidationError as error:
        raise RequestError(
            "invalid_request",
            f"the request is not a lookup request: {error}",
            'send {"service": name, "entities": [{key: value, ...}, ...]}; see docs/lookup.md',
        ) from error


def _check_row(position: int, row: Mapping[str, Any], keys: Mapping[str, str]) -> None:
    for name, kind in keys.items():
        if name not in row:
            raise RequestError(
                "missing_key",
                f"entities[{position}] has no key {name!r}",
                f"send every one of {', '.join(keys)}; null where it is unknown",
            )
        value = row[name]
        fits = value is None or (
            isinstance(value, str)
            if kind == "string"
            else isinstance(value, int) and not isinstance(value, bool)
        )
        if not fits:
            raise RequestError(
                "wrong_type",
                f"entities[{position}], key {name!r}: found {type(value).__name__} {value!r}, expected {kind}",
                f"send {'a string' if kind == 'string' else 'a whole number'}, or null",
            )
    unknown = [name for name in row if name not in keys]
    if unknown:
        raise RequestError(
            "unknown_key",
            f"entities[{position}] has {', '.join(map(repr, unknown))}, which no view of the service has as a key",
            f"send only {', '.join(keys)}",
        )
