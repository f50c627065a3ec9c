"""The lookup contract as JSON Schema."""

from typing import Any

import msgspec

from headwater.online.contract import LookupFailure, LookupRequest, LookupResponse

_PREFIX = "#/$defs/"


def lookup_schema() -> dict[str, Any]:
    """Schema of request, response and failure, as committed in ``docs/lookup.schema.json``."""
    types = (LookupRequest, LookupResponse, LookupFailure)
    (request, response, failure), definitions = msgspec.json.schema_components(
        types, ref_template=_PREFIX + "{name}"
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Headwater lookup",
        "anyOf": [request, response, failure],
        "$defs": definitions,
    }
