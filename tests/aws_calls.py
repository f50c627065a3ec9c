"""Answers a client's calls with functions of a test, by everything that botocore does to a call but sending it.

Parameters and answers are checked against botocore's model of the service; answers are written by moto's serializers
and read by botocore's parsers; errors go through its retries. What no function answers is left to whoever else listens:
moto, within `mock_aws`. Every call is recorded, those that are repeated once.
"""

import json
import threading
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.validate import validate_parameters
from moto.core.serialize import SERIALIZERS, get_serializer_class
from moto.core.utils import get_service_model

from dr.regions import Region

Answer = Callable[[str, dict[str, Any]], Mapping[str, Any]]
"""Takes the region and the parameters of a call; returns the answer, or raises `AwsError`."""


_NOWHERE = "https://answered.invalid/"


class AwsError(Exception):
    """An error of a service.

    Args:
        code: Its code.
        status: HTTP status.
    """

    def __init__(self, code: str, status: int = 400) -> None:
        super().__init__(code)
        self.code = code
        self.status = status


class Call(NamedTuple):
    """One call: ``elasticache:DescribeReplicationGroups`` in a region."""

    operation: str
    region: str


class AwsCalls:
    """Calls of clients that are watched.

    Args:
        answers: By ``service:Operation``.
    """

    def __init__(self, answers: Mapping[str, Answer] | None = None) -> None:
        self.answers = dict(answers or {})
        self.made: list[Call] = []
        self.sent: list[Call] = []
        """Each try of a call that was answered here."""
        self._now = threading.local()

    def watch(self, client: Any, region: str) -> Any:
        """Watch a client; return it."""
        service = client.meta.service_model.service_name

        def begin(params: dict[str, Any], model: Any, **_more: Any) -> None:
            self._now.params = dict(params)
            self.made += [Call(f"{service}:{name}", region) for name in _named(model.name, params)]

        def call(model: Any, **_more: Any) -> Any:
            answer = self.answers.get(f"{service}:{model.name}")
            if answer is None or get_service_model(service).protocol in SERIALIZERS:
                return None
            self.sent.append(Call(f"{service}:{model.name}", region))
            return _parsed(model, lambda: answer(region, self._now.params))

        def send(event_name: str, request: Any, **_more: Any) -> AWSResponse | None:
            operation = event_name.rpartition(".")[2]
            answer = self.answers.get(f"{service}:{operation}")
            if answer is None:
                return None
            self.sent.append(Call(f"{service}:{operation}", region))
            # Whoever else listens is asked as well: there is nothing for them here.
            request.url = _NOWHERE
            model = client.meta.service_model.operation_model(operation)
            try:
                found = answer(region, self._now.params)
            except AwsError as error:
                return _failed(model, error)
            if model.output_shape is not None:
                validate_parameters(dict(found), model.output_shape)
            # moto's serializers want moto's reading of the same model.
            same = get_service_model(service)
            made = get_serializer_class(service, same.protocol)(same.operation_model(operation)).serialize(
                dict(found)
            )
            return _response(made["status_code"], dict(made["headers"]), made["body"])

        client.meta.events.register("provide-client-params", begin)
        client.meta.events.register_first("before-call", call)
        client.meta.events.register_first("before-send", send)
        return client


class WatchedRegion(Region):
    """A region of AWS whose clients are watched."""

    calls: AwsCalls

    def _client(self, service: str, config: Config) -> Any:
        return self.calls.watch(super()._client(service, config), self.name)


def _named(operation: str, params: dict[str, Any]) -> list[str]:
    """What IAM calls an operation, by what it is asked for."""
    if operation == "GetObject" and "VersionId" in params:
        return ["GetObjectVersion"]
    if operation != "BatchExecuteStatement":
        return [operation]
    words = {statement["Statement"].split()[0].capitalize() for statement in params["Statements"]}
    return sorted(f"PartiQL{word}" for word in words)


def _parsed(model: Any, answer: Callable[[], Mapping[str, Any]]) -> tuple[AWSResponse, dict[str, Any]]:
    """An answer as botocore's parser would give it, of a protocol that moto does not write: nothing is tried again."""
    try:
        found = dict(answer())
    except AwsError as error:
        return _response(error.status, {}, b""), {
            "Error": {"Code": error.code, "Message": error.code},
            "ResponseMetadata": {"HTTPStatusCode": error.status},
        }
    validate_parameters(found, model.output_shape)
    return _response(200, {}, b""), found


def _failed(model: Any, error: AwsError) -> AWSResponse:
    if model.service_model.protocol == "query":
        body = f"<ErrorResponse><Error><Code>{error.code}</Code><Message>{error.code}</Message></Error></ErrorResponse>"
        return _response(error.status, {}, body)
    return _response(
        error.status,
        {"x-amzn-errortype": error.code},
        json.dumps({"__type": error.code, "message": error.code}),
    )


class _Raw:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, **_more: Any) -> Any:
        """The body, once."""
        yield self._body


def _response(status: int, headers: dict[str, str], body: str | bytes) -> AWSResponse:
    content = body.encode() if isinstance(body, str) else body
    return AWSResponse(_NOWHERE, status, headers, _Raw(content))  # type: ignore[arg-type]
