"""The HTTP API against its own description, with requests that schemathesis makes up."""

import base64
import json
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings

from headwater.compiler import compile_services
from headwater.definitions import Entity, FeatureService, FeatureView, TableSource, latest
from headwater.online import wsgi
from headwater.online.client import FeatureClient
from headwater.online.http import (
    LOOKUP_PATH,
    MAX_BODY_BYTES,
    SERVICES_PATH,
    HttpApi,
    openapi,
)
from headwater.online.lookup import Lookup
from headwater.online.memory import MemoryStore
from headwater.online.reader import FeatureReader
from lambdas.lookup import http_events

ROOT = Path(__file__).parents[2]
REGISTRY = compile_services(
    [
        FeatureService(
            name="model",
            description="What it is for",
            owner="a-team",
            views=[
                FeatureView(
                    name="account",
                    entity=Entity(name="user", keys={"user": "int64"}),
                    source=TableSource(name="accounts", columns={"user": "int64", "plan": "string"}),
                    features=latest(["plan"], ttl="30d"),
                )
            ],
        )
    ]
)
API = HttpApi(Lookup(FeatureClient(FeatureReader(MemoryStore(), REGISTRY, "test"), REGISTRY)), REGISTRY)
# Who signed the request is AWS' business, before the function is invoked.
schema = schemathesis.openapi.from_dict({key: value for key, value in openapi().items() if key != "security"})
schema.app = wsgi.application(API)


@schema.parametrize()
@settings(
    max_examples=150,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_as_described(case: "schemathesis.Case[Any]") -> None:
    case.call_and_validate()


def test_the_committed_description_is_that_of_the_code() -> None:
    assert json.loads((ROOT / "docs" / "openapi.json").read_text()) == openapi()


def _ask(method: str, path: str, body: bytes = b"") -> tuple[int, Any]:
    answer = API.answer(method, path, body)
    return answer.status, json.loads(answer.body)


def test_services_say_what_they_take_and_answer() -> None:
    status, found = _ask("GET", SERVICES_PATH)
    assert status == 200
    assert found["services"] == [
        {
            "name": "model",
            "keys": {"user": "int64"},
            "request": {},
            "counts_current": False,
            "features": [{"name": "account__plan", "type": "string"}],
            "description": "What it is for",
            "owner": "a-team",
        }
    ]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("POST", LOOKUP_PATH, b"", 400, "invalid_request"),
        ("POST", LOOKUP_PATH, b"\xff", 400, "invalid_request"),
        ("POST", LOOKUP_PATH, b'{"service": "x", "entities": []}', 404, "unknown_service"),
        ("POST", LOOKUP_PATH, b" " * (MAX_BODY_BYTES + 1), 413, "too_large"),
        ("GET", LOOKUP_PATH, b"", 405, "wrong_method"),
        ("GET", "/", b"", 404, "unknown_path"),
    ],
)
def test_each_mistake_has_a_status(method: str, path: str, body: bytes, status: int, code: str) -> None:
    found, answer = _ask(method, path, body)
    assert (found, answer["error"]["code"]) == (status, code)
    assert answer["error"]["hint"]


@pytest.fixture
def connection() -> Iterator[HTTPConnection]:
    """To the server of `headwater serve`."""
    serving = wsgi.server(API, 0)
    thread = threading.Thread(target=serving.run)
    thread.start()
    made = HTTPConnection(wsgi.HOST, serving.effective_port, timeout=10)
    yield made
    made.close()
    serving.trigger.pull_trigger(serving.close)
    thread.join()


def _said(connection: HTTPConnection) -> tuple[int, Any]:
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


def test_a_connection_is_kept_for_the_next_lookup(connection: HTTPConnection) -> None:
    asked = json.dumps({"service": "model", "entities": [{"user": 1}]})
    connection.request("POST", LOOKUP_PATH, asked)
    assert _said(connection)[0] == 200
    first = connection.sock
    assert first is not None
    connection.request("POST", LOOKUP_PATH, asked)
    assert _said(connection)[1]["rows"] == [{"values": [None], "statuses": ["missing"]}]
    assert connection.sock is first


def test_a_server_is_no_worse_off_after_a_request_that_is_too_long(connection: HTTPConnection) -> None:
    connection.request("POST", LOOKUP_PATH, b" " * (MAX_BODY_BYTES + 1))
    status, answer = _said(connection)
    assert (status, answer["error"]["code"]) == (413, "too_large")
    connection.request("GET", SERVICES_PATH)
    assert _said(connection)[0] == 200


@pytest.mark.parametrize("encoded", [False, True])
def test_a_function_url_hands_on_the_same(*, encoded: bool) -> None:
    body = '{"service": "model", "entities": [{"user": 1}]}'
    event = {
        "requestContext": {"http": {"method": "POST"}},
        "rawPath": LOOKUP_PATH,
        "body": base64.b64encode(body.encode()).decode() if encoded else body,
        "isBase64Encoded": encoded,
    }
    assert http_events.is_http(event)
    answer = http_events.answer(API, event)
    assert answer["statusCode"] == 200
    assert json.loads(answer["body"])["rows"] == [{"values": [None], "statuses": ["missing"]}]


def test_a_lookup_request_is_no_http_request() -> None:
    assert not http_events.is_http({"service": "model", "entities": []})
    assert not http_events.is_http([])
