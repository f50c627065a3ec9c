"""Ports of ours in front of a region's: open, shut, silent, or answering every request with an error.

Everything from outside a region goes through them, so that a region can be cut off that lives on inside.
"""

import asyncio
import json
import socket
import threading
from collections.abc import Coroutine
from typing import Any, Literal

Mode = Literal["open", "shut", "silent", "failing"]
"""Passes bytes; refuses connections; takes them and says nothing; answers HTTP requests with status 500."""

HOST = "127.0.0.1"
_CHUNK = 65_536
_FINISH_S = 5.0


class Gate:
    """One port in front of another. Used on the loop of `Gates` only.

    Args:
        port: Its own; 0: any.
        target: The port behind it.
    """

    def __init__(self, port: int, target: int) -> None:
        self.port = port
        self.target = target
        self.mode: Mode = "open"
        self._listener: socket.socket | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._serving: set[asyncio.Task[None]] = set()

    async def turn(self, mode: Mode) -> None:
        """Change the mode; connections that are open are cut, but when the gate falls silent."""
        self.mode = mode
        if mode != "silent":
            for writer in list(self._open):
                writer.transport.abort()
        loop = asyncio.get_running_loop()
        if mode == "shut" and self._listener is not None:
            loop.remove_reader(self._listener)
            self._listener.close()
            self._listener = None
        elif mode != "shut" and self._listener is None:
            self._listener = socket.create_server((HOST, self.port))
            self._listener.setblocking(False)
            self.port = self._listener.getsockname()[1]
            # asyncio's own server leaves a connection open that it was taking when it was closed.
            loop.add_reader(self._listener, self._take, self._listener)

    def _take(self, listener: socket.socket) -> None:
        try:
            connection, _ = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            # Whoever called is gone already.
            return
        # asyncio sets it for sockets that say that they are TCP's, which those of `create_server` do not. Without it an
        # answer in two writes waits 40 ms for the caller's acknowledgement.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        task = asyncio.get_running_loop().create_task(self._serve(connection))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, connection: socket.socket) -> None:
        reader, writer = await asyncio.open_connection(sock=connection)
        self._open.add(writer)
        try:
            if self.mode == "failing":
                await _answer_errors(reader, writer)
            elif self.mode == "silent":
                await reader.read()
            elif self.mode == "shut":
                # Taken just before, and not among those that were cut.
                writer.transport.abort()
            else:
                await self._join(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            # The other end is gone, as ends are when regions are lost.
            writer.transport.abort()
        finally:
            self._open.discard(writer)
            writer.close()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection(HOST, self.target)
        self._open.add(there_writer)
        try:
            await asyncio.gather(self._pump(reader, there_writer), self._pump(there_reader, writer))
        finally:
            self._open.discard(there_writer)
            there_writer.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(_CHUNK):
            if self.mode == "silent":
                continue
            writer.write(data)
            await writer.drain()
        writer.close()


class Gates:
    """Gates on a thread of their own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="gates", daemon=True)
        self._thread.start()
        self._gates: list[Gate] = []

    def add(self, target: int) -> Gate:
        """Open a gate in front of a port."""
        gate = Gate(0, target)
        self._gates.append(gate)
        self.turn(gate, "open")
        return gate

    def turn(self, gate: Gate, mode: Mode) -> None:
        """Change a gate's mode; it has changed when this returns."""
        self._do(gate.turn(mode))

    def close(self) -> None:
        """Shut every gate and end the thread."""
        for gate in self._gates:
            self.turn(gate, "shut")
        self._do(self._finish())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _finish(self) -> None:
        # Every connection was cut: whoever serves one notices. One that was being taken meanwhile is another task.
        while serving := asyncio.all_tasks() - {asyncio.current_task()}:
            _, left = await asyncio.wait(serving, timeout=_FINISH_S)
            for task in left:
                task.cancel()

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result()


async def _answer_errors(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer each request as DynamoDB does when it fails inside."""
    body = json.dumps({"__type": "com.amazonaws.dynamodb.v20120810#InternalServerError", "message": "drill"})
    answer = (
        "HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/x-amz-json-1.0\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()
    while True:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        lengths = [
            line.partition(":")[2] for line in head.split("\r\n") if line.startswith("content-length:")
        ]
        await reader.readexactly(int(lengths[0]) if lengths else 0)
        writer.write(answer)
        await writer.drain()
