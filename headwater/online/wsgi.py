"""`HttpApi` as a WSGI application, and a server of it for this machine."""

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

import waitress.server

from headwater.online.http import MAX_BODY_BYTES, HttpApi

HOST = "127.0.0.1"
_THREADS = 4
"""Lookups under way at once."""


def application(api: HttpApi) -> Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]:
    """The WSGI application of an API."""

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        length = environ.get("CONTENT_LENGTH") or "0"
        # One byte more than is taken, so that the API sees that it is too much.
        size = min(int(length), MAX_BODY_BYTES + 1) if length.isdigit() else 0
        path = environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8", "replace")
        answer = api.answer(environ["REQUEST_METHOD"], path, environ["wsgi.input"].read(size))
        status = f"{answer.status} {HTTPStatus(answer.status).phrase}"
        start_response(status, [*answer.headers.items(), ("content-length", str(len(answer.body)))])
        return [answer.body]

    return app


def server(api: HttpApi, port: int) -> Any:
    """A waitress server of an API on this machine, not started; port 0 takes a free one."""
    return waitress.server.create_server(
        application(api),
        host=HOST,
        port=port,
        threads=_THREADS,
        # What is a little too long is refused by the API, in its own words.
        max_request_body_size=2 * MAX_BODY_BYTES,
    )
