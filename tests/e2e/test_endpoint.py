"""Which emulator end-to-end tests run against, and when they do not."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import NoReturn

import pytest

from tests import servers
from tests.e2e.endpoint import VARIABLES, Endpoint, check, held, named


class _RefusedError(Exception):
    """What `check` does not let through."""


def _refuse(reason: str) -> NoReturn:
    raise _RefusedError(reason)


@pytest.fixture(autouse=True)
def _unnamed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is named, until a test names it."""
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture
def own(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    """An emulator like those that tests start, named in the environment."""
    folder: Path = tmp_path_factory.mktemp("emulator")
    with servers.emulator(folder) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        yield Endpoint()


class _NoService(BaseHTTPRequestHandler):
    """Answers as LocalStack does for a service that it does not offer."""

    def do_POST(self) -> None:
        self.send_response(501)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST  # noqa: N815 (http.server's name)

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@pytest.fixture
def without_services(monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    """An emulator that offers nothing."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _NoService) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
        yield Endpoint()
        server.shutdown()


def test_without_a_name_tests_start_their_own() -> None:
    assert named() is None


def test_an_endpoint_is_named_as_the_aws_tools_know_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1234")
    found = named()
    assert found
    assert found.url == "http://127.0.0.1:1234"


def test_a_host_is_named_as_localstack_knows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCALSTACK_HOST", "emulator.test")
    found = named()
    assert found
    assert found.url == "http://emulator.test:4566"


def test_the_emulator_that_tests_start_lacks_nothing(own: Endpoint) -> None:
    """So a test never passes over it."""
    check(own, _refuse, _refuse)


def test_an_emulator_that_holds_work_is_refused_with_what_it_holds(own: Endpoint) -> None:
    own.client("s3").create_bucket(Bucket="of-somebody")
    with pytest.raises(_RefusedError, match="holds 1 of s3, and end-to-end tests empty it"):
        check(own, _refuse, pytest.skip)


def test_an_emulator_is_empty_again_afterwards(own: Endpoint) -> None:
    own.client("s3").create_bucket(Bucket="of-a-test")
    own.empty()
    assert held(own.client) == {}


def test_services_that_an_emulator_lacks_are_named_when_it_is_passed_over(without_services: Endpoint) -> None:
    with pytest.raises(_RefusedError, match=r"lacks athena: .*stepfunctions: .*lambda: "):
        check(without_services, pytest.fail, _refuse)


def test_an_emulator_that_cannot_be_emptied_says_so(without_services: Endpoint) -> None:
    with pytest.raises(RuntimeError, match="cannot start afresh"):
        without_services.empty()
