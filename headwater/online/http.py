"""Lookups over HTTP: three paths, whoever serves them.

A function URL, `headwater serve` and the tests all answer with `HttpApi`; `openapi` describes it.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from headwater.online.contract import (
    ErrorDetail,
    FeatureDescription,
    LookupFailure,
    LookupRequest,
    LookupResponse,
    ServiceDescription,
    Services,
)
from headwater.online.lookup import Lookup
from headwater.registry import Registry, ServiceSpec

LOOKUP_PATH = "/v1/lookup"
SERVICES_PATH = "/v1/services"
DESCRIPTION_PATH = "/v1/openapi.json"
MAX_BODY_BYTES = 6_000_000
"""What Lambda takes as a request."""

_STATUS_CODES = {
    "unknown_service": 404,
    "unknown_path": 404,
    "wrong_method": 405,
    "too_large": 413,
    "on_demand_failed": 500,
    "corrupt_value": 500,
    "store_unavailable": 503,
}
"""Of errors; all others are mistakes of the request: 400."""


class HttpAnswer(NamedTuple):
    """An answer; the body is JSON."""

    status: int
    headers: dict[str, str]
    body: bytes


class HttpApi:
    """Answers HTTP requests.

    Args:
        lookup: Answers lookups.
        definitions: What services there are.
    """

    def __init__(self, lookup: Lookup, definitions: Registry) -> None:
        self._lookup = lookup
        services = [_described(definitions, service) for service in definitions.services.values()]
        self._services = Services(services)
        self._routes: dict[str, tuple[str, Callable[[bytes], Any]]] = {
            LOOKUP_PATH: ("POST", self._look_up),
            SERVICES_PATH: ("GET", lambda _body: self._services),
            DESCRIPTION_PATH: ("GET", lambda _body: openapi()),
        }

    def answer(self, method: str, path: str, body: bytes) -> HttpAnswer:
        """Answer a request.

        Args:
            method: Such as ``POST``.
            path: Without the query, which is ignored.
            body: As it was sent.
        """
        wanted, serve = self._routes.get(path, ("", None))
        if serve is None:
            return _failed("unknown_path", f"path {path!r} is unknown", f"ask {', '.join(self._routes)}")
        if method != wanted:
            return _failed("wrong_method", f"{path} was asked with {method}", f"use {wanted}", allow=wanted)
        if len(body) > MAX_BODY_BYTES:
            size = f"the body has {len(body)} bytes, at most {MAX_BODY_BYTES} are taken"
            return _failed("too_large", size, "split the request")
        answer = serve(body)
        if isinstance(answer, LookupFailure):
            return _failure(answer)
        return HttpAnswer(200, {"content-type": "application/json"}, msgspec.json.encode(answer))

    def _look_up(self, body: bytes) -> LookupResponse | LookupFailure:
        try:
            request = msgspec.json.decode(body)
        except msgspec.DecodeError as error:
            return LookupFailure(
                ErrorDetail("invalid_request", f"the body is no JSON: {error}", "send a lookup request")
            )
        return self._lookup.answer(request)


def _described(definitions: Registry, service: ServiceSpec) -> ServiceDescription:
    views = definitions.views_of(service)
    names = definitions.vector_names(service)
    return ServiceDescription(
        name=service.name,
        keys={key.name: key.type for view in views for key in view.keys},
        request={
            field: kind for view in definitions.on_demand_of(service) for field, kind in view.request.items()
        },
        counts_current=any(view.include_current for view in views),
        features=[
            FeatureDescription(name, kind)
            for name, kind in zip(names, definitions.vector_types(service), strict=True)
        ],
        description=service.description,
        owner=service.owner,
    )


def _failed(code: str, message: str, hint: str, **headers: str) -> HttpAnswer:
    return _failure(LookupFailure(ErrorDetail(code, message, hint)), **headers)


def _failure(failure: LookupFailure, **headers: str) -> HttpAnswer:
    status = _STATUS_CODES.get(failure.error.code, 400)
    if failure.error.code == "store_unavailable":
        headers["retry-after"] = "1"
    return HttpAnswer(status, {"content-type": "application/json", **headers}, msgspec.json.encode(failure))


def openapi() -> dict[str, Any]:
    """The OpenAPI description, as committed in ``docs/openapi.json``."""
    types = (LookupRequest, LookupResponse, LookupFailure, Services)
    (request, response, failure, services), schemas = msgspec.json.schema_components(
        types, ref_template="#/components/schemas/{name}"
    )

    def content(description: str, schema: dict[str, Any]) -> dict[str, Any]:
        return {"description": description, "content": {"application/json": {"schema": schema}}}

    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Headwater lookups",
            "version": "1",
            "description": "Feature vectors as a model was trained on them.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "security": [{"aws": []}],
        "paths": {
            LOOKUP_PATH: {
                "post": {
                    "operationId": "look_up",
                    "summary": "Look feature vectors up.",
                    "requestBody": {"required": True, "content": {"application/json": {"schema": request}}},
                    "responses": {
                        "200": content("One row per entity, in the order asked.", response),
                        "400": content("The request is wrong; its code says how.", failure),
                        "404": content("The service is unknown.", failure),
                        "413": content("The request is too large.", failure),
                        "500": content("A stored value is damaged, or a function on demand failed.", failure),
                        "503": content("No store could be read; try again.", failure),
                    },
                }
            },
            SERVICES_PATH: {
                "get": {
                    "operationId": "list_services",
                    "summary": "List the feature services: what they take, and what they answer.",
                    "responses": {"200": content("Every service.", services)},
                }
            },
            DESCRIPTION_PATH: {
                "get": {
                    "operationId": "describe",
                    "summary": "This description.",
                    "responses": {"200": content("An OpenAPI description.", {"type": "object"})},
                }
            },
        },
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "aws": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "AWS Signature Version 4, service `lambda`.",
                    "x-amazon-apigateway-authtype": "awsSigv4",
                }
            },
        },
    }
