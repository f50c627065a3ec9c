"""The programs that the capacity benchmark times: the library, the HTTP API, and its server."""

import json
import sys
import threading
import time
from collections.abc import Callable, Sequence
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import redis

from benchmarks.online_data import NOW_US, USERS, payments, rows, table_events, tiles, write_table
from benchmarks.online_ours import keys_read, write
from benchmarks.worker import save_json, serve
from headwater.instants import to_text
from headwater.online import wsgi
from headwater.online.client import FeatureClient
from headwater.online.http import LOOKUP_PATH, HttpApi
from headwater.online.lookup import Lookup
from headwater.online.reader import FeatureReader
from headwater.online.redis import RedisStore
from headwater.registry import Registry

_FEATURES = 50
_TILE_USERS = 200
_ATTRIBUTES_BYTES = 13
"""Of an item in DynamoDB beside its key and value: four names of a letter, a revision, an expiry."""
WARM_UP = 10
"""One call in so many more is made first and not counted."""


class Shape(NamedTuple):
    """A kind of lookup.

    Attributes:
        features: How many it answers with.
        users: Entities that have values, numbered from 0.
        registry: Makes its definitions.
        events: Makes what its values come from.
    """

    features: int
    users: int
    registry: Callable[[], Registry]
    events: Callable[[], Sequence[Any]]


def _table() -> Sequence[Any]:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "table.parquet"
        write_table(_FEATURES, file)
        return table_events(_FEATURES, file)


def _payments() -> Sequence[Any]:
    events = sorted(payments(_TILE_USERS), key=lambda event: event.event_time_us)
    return [event._replace(sequence=number) for number, event in enumerate(events)]


SHAPES = {
    "rows": Shape(_FEATURES, USERS, lambda: rows(_FEATURES), _table),
    "windows": Shape(20, _TILE_USERS, tiles, _payments),
}


def fill(shape: str, url: str) -> dict[str, Any]:
    """Write a shape's values to Redis; says what one lookup reads.

    Returns:
        features; bytes, of values; item_bytes, of each of its items in DynamoDB.
    """
    chosen = SHAPES[shape]
    definitions = chosen.registry()
    store = RedisStore.from_url(url, timeout_s=10)
    write(definitions, store, shape, chosen.events())
    raw: Any = redis.Redis.from_url(url)
    keys = keys_read(store, definitions, shape, 0)
    sizes = {key: len(value) for key, value in zip(keys, raw.mget(keys), strict=True) if value is not None}
    raw.close()
    store.close()
    items = [len(key) + size + _ATTRIBUTES_BYTES for key, size in sizes.items()]
    return {"features": chosen.features, "bytes": sum(sizes.values()), "item_bytes": items}


def body(user: int) -> dict[str, Any]:
    """A lookup request of one entity."""
    return {"service": "service", "entities": [{"user": user}], "as_of": to_text(NOW_US)}


def timed(call: Callable[[int], object], users: int, calls: int) -> dict[str, list[float]]:
    """Time calls, one after another: their thread's processor time and what passed on the clock."""
    cpu_us, wall_us = [], []
    for number in range(-(calls // WARM_UP), calls):
        cpu, wall = time.thread_time_ns(), time.perf_counter_ns()
        call(number % users)
        took = ((time.thread_time_ns() - cpu) / 1000, (time.perf_counter_ns() - wall) / 1000)
        if number >= 0:
            cpu_us.append(took[0])
            wall_us.append(took[1])
    return {"cpu_us": cpu_us, "wall_us": wall_us}


def _client(definitions: Registry, shape: str, url: str) -> FeatureClient:
    reader = FeatureReader(RedisStore.from_url(url, timeout_s=10), definitions, shape)
    return FeatureClient(reader, definitions, clock_us=lambda: NOW_US)


def _library(shape: str, url: str) -> Callable[[int], object]:
    client = _client(SHAPES[shape].registry(), shape, url)
    return lambda user: client.get("service", [{"user": user}]).rows()


def _api(shape: str, url: str) -> HttpApi:
    definitions = SHAPES[shape].registry()
    return HttpApi(Lookup(_client(definitions, shape, url)), definitions)


def http_bytes(shape: str, url: str) -> int:
    """Bytes of the bodies of a request and its answer."""
    asked = json.dumps(body(0)).encode()
    return len(asked) + len(_api(shape, url).answer("POST", LOOKUP_PATH, asked).body)


def _over_http(shape: str, url: str) -> Callable[[int], object]:
    api = _api(shape, url)
    bodies = [json.dumps(body(user)).encode() for user in range(SHAPES[shape].users)]

    def call(user: int) -> None:
        answer = api.answer("POST", LOOKUP_PATH, bodies[user])
        if answer.status != HTTPStatus.OK:
            raise RuntimeError(f"lookup: {answer.status}: {answer.body.decode()}")

    return call


def _serve(shape: str, url: str) -> Callable[[], dict[str, float]]:
    """Run the server of `headwater serve`; the result says its port, and the processor time until now."""
    server = wsgi.server(_api(shape, url), 0)
    threading.Thread(target=server.run, daemon=True).start()
    return lambda: {"port": server.effective_port, "cpu_s": time.process_time()}


def main(kind: str, shape: str, url: str, calls: str) -> None:
    """Answer commands."""
    if kind == "server":
        serve(_serve(shape, url), save_json)
        return
    call = {"library": _library, "api": _over_http}[kind](shape, url)
    serve(lambda: timed(call, SHAPES[shape].users, int(calls)), save_json)


if __name__ == "__main__":
    main(*sys.argv[1:])
