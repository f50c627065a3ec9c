"""What a gate does to those who come through it."""

import asyncio
import http.client
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from dr.local.gates import Gate, Gates


class _Hello(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the server's name)
        """Say nothing."""


@pytest.fixture
def gates() -> Iterator[tuple[Gates, Gate]]:
    with HTTPServer(("127.0.0.1", 0), _Hello) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        made = Gates()
        yield made, made.add(server.server_port)
        made.close()
        server.shutdown()
        thread.join()


def _ask(gate: Gate) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", gate.port, timeout=0.5)
    try:
        connection.request("POST", "/", body=b"x" * 10)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def test_an_open_gate_passes_what_is_said(gates: tuple[Gates, Gate]) -> None:
    assert _ask(gates[1]) == (200, b"hello")


def test_an_answer_in_two_writes_does_not_wait_for_an_acknowledgement() -> None:
    """Or every call takes 40 ms more, and copies come seconds late."""

    async def taken() -> int:
        gate = Gate(0, 0)
        await gate.turn("silent")
        with socket.create_connection(("127.0.0.1", gate.port)):
            for _ in range(8):
                await asyncio.sleep(0)
            [writer] = gate._open
            option: int = writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        await gate.turn("shut")
        return option

    assert asyncio.run(taken())


@pytest.mark.parametrize("steps", range(8))
def test_a_connection_that_was_being_taken_when_the_gate_shut_is_cut(
    steps: int, gates: tuple[Gates, Gate]
) -> None:
    """However far the loop has got with it: else it would stay open for good."""
    target = gates[1].target

    async def taken() -> tuple[bytes | BaseException]:
        gate = Gate(0, target)
        await gate.turn("open")
        with socket.create_connection(("127.0.0.1", gate.port)) as client:
            client.setblocking(False)
            for _ in range(steps):
                await asyncio.sleep(0)
            await gate.turn("shut")
            received = asyncio.get_running_loop().sock_recv(client, 1)
            return await asyncio.gather(asyncio.wait_for(received, 2), return_exceptions=True)

    [end] = asyncio.run(taken())
    assert end == b"" or isinstance(end, ConnectionResetError)


def test_a_shut_gate_refuses_and_opens_again_at_the_same_port(gates: tuple[Gates, Gate]) -> None:
    made, gate = gates
    made.turn(gate, "shut")
    with pytest.raises(ConnectionRefusedError):
        _ask(gate)
    made.turn(gate, "open")
    assert _ask(gate) == (200, b"hello")


def test_a_silent_gate_answers_nothing(gates: tuple[Gates, Gate]) -> None:
    made, gate = gates
    made.turn(gate, "silent")
    with pytest.raises(TimeoutError):
        _ask(gate)


def test_a_gate_that_falls_silent_silences_connections_that_are_open(gates: tuple[Gates, Gate]) -> None:
    made, gate = gates
    with socket.create_connection(("127.0.0.1", gate.port), timeout=0.5) as open_one:
        made.turn(gate, "silent")
        open_one.sendall(b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n")
        with pytest.raises(TimeoutError):
            open_one.recv(10)


def test_a_failing_gate_answers_every_request_of_a_connection_with_an_error(
    gates: tuple[Gates, Gate],
) -> None:
    made, gate = gates
    made.turn(gate, "failing")
    connection = http.client.HTTPConnection("127.0.0.1", gate.port, timeout=2)
    for _ in range(2):
        connection.request("POST", "/", body=b"x" * 10)
        response = connection.getresponse()
        assert response.status == 500
        assert b"InternalServerError" in response.read()
    connection.close()
