"""Answers lookup requests that are JSON: parses them, asks the client, and words answers and errors."""

from collections.abc import Mapping
from typing import Any

import msgspec

from headwater.errors import CorruptValueError, RequestError, StoreError
from headwater.online.client import FeatureClient
from headwater.online.contract import (
    ErrorDetail,
    LookupFailure,
    LookupRequest,
    LookupResponse,
    Metadata,
    Row,
)


class Lookup:
    """The lookup service behind the Lambda function and the CLI.

    Args:
        client: Looks vectors up.
    """

    def __init__(self, client: FeatureClient) -> None:
        self._client = client

    def answer(self, request: Mapping[str, Any]) -> LookupResponse | LookupFailure:
        """Answer a request given as parsed JSON; mistakes and outages become a `LookupFailure`."""
        try:
            return self._answer(_parse(request))
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

    def _answer(self, request: LookupRequest) -> LookupResponse:
        found = self._client.get(
            request.service,
            request.entities,
            request=request.request,
            current=request.current,
            as_of=request.as_of,
            deadline_ms=request.deadline_ms,
            request_id=request.request_id,
        )
        freshest = found.freshest_event_us
        return LookupResponse(
            features=found.features,
            rows=[
                Row(values, list(statuses))
                for values, statuses in zip(found.values(), found.statuses, strict=True)
            ],
            metadata=Metadata(
                service=request.service,
                registry_version=found.registry_version,
                as_of=found.as_of,
                freshest_event_age_ms=None if freshest is None else (found.as_of_us - freshest) / 1000,
            ),
        )


def _parse(request: Mapping[str, Any]) -> LookupRequest:
    try:
        return msgspec.convert(request, LookupRequest)
    except msgspec.ValidationError as error:
        raise RequestError(
            "invalid_request",
            f"the request is not a lookup request: {error}",
            'send {"service": name, "entities": [{key: value, ...}, ...]}; see docs/lookup.md',
        ) from error
