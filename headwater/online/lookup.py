"""Answers lookup requests: checks them, reads the vectors, and words the errors."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from headwater.envelope import EnvelopeDecoder
from headwater.errors import CorruptValueError, RequestError, StoreError
from headwater.instants import from_us, to_us
from headwater.online import checks
from headwater.online.contract import (
    ErrorDetail,
    LookupFailure,
    LookupRequest,
    LookupResponse,
    Metadata,
    Row,
)
from headwater.online.on_demand import OnDemandFeatures
from headwater.online.reader import FeatureReader
from headwater.online.vectors import Answer, Status
from headwater.registry import Registry, content_hash


class Lookup:
    """The lookup service behind the Lambda function and the CLI.

    Args:
        reader: Reads the stored features.
        registry: Definitions, to check requests against.

    Raises:
        RegistryError: A function on demand is not there, or is not the one that was compiled.
    """

    def __init__(self, reader: FeatureReader, registry: Registry) -> None:
        self._reader = reader
        self._registry = registry
        self._version = content_hash(registry)
        self._on_demand = {service: OnDemandFeatures(registry, service) for service in registry.services}
        self._envelopes = EnvelopeDecoder(registry)

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
        service = self._registry.service(request.service)
        views = self._registry.views_of(service)
        on_demand = self._on_demand[service.name]
        checks.check_entities(request.entities, views)
        fields = checks.request_fields(request, on_demand.request)
        as_of = (request.as_of or now).astimezone(UTC)
        t_us = to_us(as_of)
        current = checks.current_events(request, views, self._envelopes, t_us)
        found = self._reader.read(request.service, request.entities, t_us, current)
        if on_demand.views:
            _append_computed(found, on_demand, fields)
        _show_instants(found, self._registry.vector_types(service))
        freshest = found.freshest_event_us
        return LookupResponse(
            features=found.features,
            rows=[
                Row(values, list(statuses))
                for values, statuses in zip(found.values, found.statuses, strict=True)
            ],
            metadata=Metadata(
                service=request.service,
                registry_version=self._version,
                as_of=as_of,
                freshest_event_age_ms=None if freshest is None else (t_us - freshest) / 1000,
            ),
        )


def _append_computed(found: Answer, on_demand: OnDemandFeatures, fields: Mapping[str, Sequence[Any]]) -> None:
    columns = list(zip(*found.values, strict=True))
    computed = on_demand.compute(dict(zip(found.features, columns, strict=True)), fields)
    found.features.extend(on_demand.features)
    for row, values in enumerate(found.values):
        own = [computed[feature][row] for feature in on_demand.features]
        values.extend(own)
        said: list[Status] = ["missing" if value is None else "present" for value in own]
        found.statuses[row] = [*found.statuses[row], *said]


def _show_instants(found: Answer, types: Sequence[str]) -> None:
    """Instants leave as RFC 3339, as they came."""
    for place, kind in enumerate(types):
        if "timestamp" in kind:
            for values in found.values:
                values[place] = _shown(values[place])


def _shown(value: Any) -> Any:
    if isinstance(value, list):
        return [from_us(each) for each in value]
    return None if value is None else from_us(value)


def _parse(request: Mapping[str, Any]) -> LookupRequest:
    try:
        return msgspec.convert(request, LookupRequest)
    except msgspec.ValidationError as error:
        raise RequestError(
            "invalid_request",
            f"the request is not a lookup request: {error}",
            'send {"service": name, "entities": [{key: value, ...}, ...]}; see docs/lookup.md',
        ) from error
