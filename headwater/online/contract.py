"""The lookup contract: what a request and its answers look like in JSON.

`docs/lookup.schema.json` is generated from these types.
"""

from datetime import datetime
from typing import Annotated, Any

import msgspec

from headwater.online.vectors import Status

MAX_ENTITIES = 1000

Instant = Annotated[
    datetime, msgspec.Meta(tz=True, description="RFC 3339 with an offset, such as 2013-12-01T10:00:00Z.")
]


class LookupRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Ask for the feature vectors of some entities."""

    service: Annotated[str, msgspec.Meta(description="Name of a feature service.")]
    entities: Annotated[
        list[dict[str, Any]],
        msgspec.Meta(
            description="One object per row with every entity key of the service; a null key is unknown."
        ),
    ]
    request: Annotated[
        dict[str, Any] | None,
        msgspec.Meta(
            description="Request fields, for services with features on demand: one value for all rows, or a list of "
            "one per row."
        ),
    ] = None
    current: Annotated[
        list[dict[str, Any] | None] | None,
        msgspec.Meta(
            description="For services that count the event that asks: per row that event, in the envelope it has "
            "on the stream, or null. Its event_time lies at most an hour before as_of, never after it."
        ),
    ] = None
    as_of: Annotated[
        Instant | None,
        msgspec.Meta(
            description="Instant the vectors are asked for; events strictly before it count. Default: now."
        ),
    ] = None
    request_id: Annotated[
        str,
        msgspec.Meta(
            max_length=128, description="By which the lookup is found in the serving log, if it is logged."
        ),
    ] = ""
    deadline_ms: Annotated[
        Annotated[float, msgspec.Meta(gt=0)] | None,
        msgspec.Meta(
            description="Milliseconds from the request's arrival; what cannot be read by then has status unavailable. "
            "Default: the stores' own timeouts.",
        ),
    ] = None


class Row(msgspec.Struct):
    """The vector of one entity; as long as, and in the order of, ``features``."""

    values: list[Any]
    statuses: list[Status]


class Metadata(msgspec.Struct):
    """What the answer was made with."""

    service: str
    registry_version: str
    as_of: datetime
    freshest_event_age_ms: Annotated[
        float | None,
        msgspec.Meta(
            description="Age at as_of of the latest event among what was read; null if there was none."
        ),
    ]


class LookupResponse(msgspec.Struct):
    """Feature names once, and one row per entity in the order asked."""

    features: list[str]
    rows: list[Row]
    metadata: Metadata


class ErrorDetail(msgspec.Struct):
    """Why there is no answer, and what to do."""

    code: Annotated[
        str,
        msgspec.Meta(
            description="invalid_request, unknown_service, missing_key, unknown_key, wrong_type, no_entities, "
            "too_many_entities, unknown_request_field, missing_request_field, wrong_current, on_demand_failed, "
            "as_of_too_old, corrupt_value or store_unavailable."
        ),
    ]
    message: str
    hint: str


class LookupFailure(msgspec.Struct):
    """Answer to a request that could not be served."""

    error: ErrorDetail


class FeatureDescription(msgspec.Struct):
    """One feature of a vector. ``type`` is string, int64, float64, bool, timestamp or a list of one of them."""

    name: str
    type: str


class ServiceDescription(msgspec.Struct):
    """What a feature service takes and answers."""

    name: str
    keys: Annotated[dict[str, str], msgspec.Meta(description="Type of every entity key.")]
    request: Annotated[dict[str, str], msgspec.Meta(description="Type of every request field.")]
    counts_current: Annotated[bool, msgspec.Meta(description="Whether `current` has to be sent.")]
    features: list[FeatureDescription]
    description: str
    owner: str


class Services(msgspec.Struct):
    """Every feature service."""

    services: list[ServiceDescription]
