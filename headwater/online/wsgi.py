"""`HttpApi` as a WSGI application, and a server of it for this machine."""

from collections.abc import Callable, Iterable
from http import HTTPStatus
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from headwater.online.http import MAX_BODY_BYTES, HttpApi

HOST = "127.0.0.1"


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the name is the base class's)
        """Requests are not printed: they hold entities."""


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


def server(api: HttpApi, port: int) -> WSGIServer:
    """A server of an API on this machine, not started; port 0 takes a free one."""
    return make_server(HOST, port, application(api), server_class=_Server, handler_class=_Quiet)
