"""Our side of the online benchmarks, and the floor under it: call by call in turns, or under load."""

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import boto3
import msgspec
import numpy as np
import redis

from benchmarks.harness import UnequalError
from benchmarks.online_data import NOW_US, USERS, columns_of, payments, rows, table_events, tiles
from benchmarks.open_loop import THREADS, counting, offer
from benchmarks.worker import save_json, serve
from headwater.environment import LOCAL_CREDENTIALS
from headwater.online.changes import all_tilers
from headwater.online.client import FeatureClient
from headwater.online.dynamodb import DynamoDBStore
from headwater.online.reader import FeatureReader
from headwater.online.redis import RedisStore
from headwater.online.stores import Loaded, OnlineStore
from headwater.online.writer import PageWriter
from headwater.registry import Registry

Call = Callable[[list[int]], list[Any]]
"""Looks the vectors of some users up; gives rows that can be compared."""

_TILE_USERS = 200
_DYNAMODB_USERS = 200


class Sides(NamedTuple):
    """Ours and the floor, for users from 0 on, and how large what they read is."""

    ours: Call
    floor: Call
    users: int
    sizes: dict[str, float]


def write(registry: Registry, store: OnlineStore, environment: str, events: Sequence[Any]) -> None:
    """Bring events into a store as the stream does."""
    writer = PageWriter(store, environment)
    for start in range(0, len(events), 1_000):
        for tiler in all_tilers(registry):
            batch = events[start : start + 1_000]
            writer.write(tiler.tile_set, tiler.collect(batch).deltas, batch[-1].arrival_us)


def _client(store: OnlineStore, registry: Registry, environment: str) -> FeatureClient:
    return FeatureClient(FeatureReader(store, registry, environment), registry, clock_us=lambda: NOW_US)


def _lookup(client: FeatureClient) -> Call:
    return lambda users: client.get("service", [{"user": user} for user in users]).rows()


def redis_rows(features: int, file: str, url: str) -> Sides:
    """Ours and the packed floor on Redis, and how large the values are."""
    registry, columns = rows(features), columns_of(features)
    store = RedisStore.from_url(url, timeout_s=10)
    environment = f"b{features}"
    events = table_events(features, Path(file))
    write(registry, store, environment, events)
    raw: Any = redis.Redis.from_url(url)
    for event in events:
        raw.set(
            f"packed{features}:{event.sequence}", msgspec.msgpack.encode([event.data[c] for c in columns])
        )
    names = [f"account__{column}" for column in columns]
    decode = msgspec.msgpack.Decoder(list[Any]).decode

    def floor(users: list[int]) -> list[Any]:
        if len(users) == 1:
            return [dict(zip(names, decode(raw.get(f"packed{features}:{users[0]}")), strict=True))]
        found = raw.mget([f"packed{features}:{user}" for user in users])
        return [dict(zip(names, decode(value), strict=True)) for value in found]

    own = next(key for key in raw.scan_iter(match=f"{environment}/*"))
    size = len(own) + raw.strlen(own)
    ours = _lookup(_client(store, registry, environment))
    return Sides(ours, floor, USERS, {"bytes_per_feature": size / features})


def redis_tiles(url: str) -> Sides:
    """Windows from tiles, beside one MGET of the same pages, not decoded."""
    registry = tiles()
    store = RedisStore.from_url(url, timeout_s=10)
    events = sorted(payments(_TILE_USERS), key=lambda event: event.event_time_us)
    renumbered = [event._replace(sequence=number) for number, event in enumerate(events)]
    write(registry, store, "bt", renumbered)
    keys = keys_read(store, registry, "bt", 0)
    raw: Any = redis.Redis.from_url(url)
    ours = _lookup(_client(store, registry, "bt"))

    def floor(users: list[int]) -> list[Any]:
        raw.mget([key.replace("/0/", f"/{users[0]}/", 1) for key in keys])
        return []

    read = [value for value in raw.mget(keys) if value is not None]
    sizes = {"pages": float(len(read)), "bytes": float(sum(map(len, read)))}
    return Sides(ours, floor, _TILE_USERS, sizes)


def keys_read(store: OnlineStore, registry: Registry, environment: str, user: int) -> list[str]:
    """Keys that a lookup of one user reads."""
    asked: list[str] = []

    class Noting:
        def load(self, keys: Sequence[str], deadline_s: float | None = None) -> Loaded:
            asked.extend(keys)
            return store.load(keys, deadline_s)

    reader = FeatureReader(Noting(), registry, environment)
    FeatureClient(reader, registry, clock_us=lambda: NOW_US).get("service", [{"user": user}])
    return asked


def dynamodb_rows(features: int, file: str, url: str) -> Sides:
    """Ours beside one raw BatchGetItem of the same values, on the emulator."""
    registry = rows(features)
    make: Callable[..., Any] = boto3.client
    client = make("dynamodb", endpoint_url=url, region_name="us-east-1", **LOCAL_CREDENTIALS)
    store = DynamoDBStore(client, "online")
    events = table_events(features, Path(file))[:_DYNAMODB_USERS]
    write(registry, store, "bd", events)
    [key] = keys_read(store, registry, "bd", 0)
    ours = _lookup(_client(store, registry, "bd"))

    def floor(users: list[int]) -> list[Any]:
        keys = [{"k": {"S": key.replace("/0/", f"/{user}/", 1)}} for user in users]
        wanted = {"Keys": keys, "ProjectionExpression": "k, v, r, e"}
        answer = client.batch_get_item(RequestItems={"online": wanted}, ReturnConsumedCapacity="TOTAL")
        if len(answer["Responses"]["online"]) != len(users):
            raise UnequalError("the floor does not read what ours reads")
        return []

    return Sides(ours, floor, _DYNAMODB_USERS, {})


def _complete(found: list[Any]) -> None:
    if any(None in row.values() for row in found):
        raise UnequalError(f"found {found[0]}, expected a value of every feature")


def main(kind: str, users: str, calls: str, *arguments: str) -> None:
    """Answer commands."""
    count, times = int(users), int(calls)
    made = {"rows": redis_rows, "tiles": redis_tiles, "dynamodb": dynamodb_rows}[kind]
    sides: Sides = made(*[int(a) if a.isdigit() else a for a in arguments])  # type: ignore[operator]
    random = np.random.default_rng(3)

    def offered(side: str, rate: str, seconds: str, counting_us: str = "") -> dict[str, Any]:
        if counting_us:  # the control: one thread, which nothing of ours can be in the way of
            call_it = counting(float(counting_us))
            return offer(call_it, rate=float(rate), seconds=float(seconds), threads=1)._asdict()
        call = getattr(sides, side)
        asked = [random.choice(sides.users, count, replace=False).tolist() for _ in range(1_000)]
        one = offer(
            lambda number: _complete(call(asked[number % len(asked)])),
            rate=float(rate),
            seconds=float(seconds),
            threads=THREADS,
        )
        return one._asdict()

    def run(load: str = "") -> dict[str, Any]:
        if load:
            return offered(*load.split())
        found: dict[str, Any] = {"ours": [], "floor": [], **sides.sizes}
        for _ in range(times):
            asked = random.choice(sides.users, count, replace=False).tolist()
            for name, call in (("ours", sides.ours), ("floor", sides.floor)):
                started = time.perf_counter_ns()
                call(asked)
                found[name].append((time.perf_counter_ns() - started) / 1000)
        fixed = list(range(count))
        found["values"] = sides.ours(fixed)
        found["floor_values"] = sides.floor(fixed)
        return found

    serve(run, save_json)


if __name__ == "__main__":
    main(*sys.argv[1:])
