"""Feast's side of the online comparison. Runs in Feast's environment, by file name."""

import os
import random
import sys
import time
from datetime import timedelta
from pathlib import Path

os.environ["FEAST_USAGE"] = "False"

sys.path.insert(0, str(Path(__file__).parents[1]))

import pandas as pd
import redis
from feast import Entity, FeatureStore, FeatureView, Field, FileSource, RepoConfig, ValueType
from feast.types import Float64

from benchmarks.open_loop import THREADS, offer
from benchmarks.worker import save_json, serve


def main(features: str, users: str, calls: str, file: str, address: str) -> None:
    """Answer commands."""
    columns = [f"c{number}" for number in range(int(features))]
    repo = Path(file).parent / f"feast-{features}"
    repo.mkdir(exist_ok=True)
    project = f"bench{features}"
    config = RepoConfig(
        project=project,
        registry=str(repo / "registry.db"),
        provider="local",
        online_store={"type": "redis", "connection_string": address},
        entity_key_serialization_version=3,
    )
    entity = Entity(name="user", join_keys=["user"], value_type=ValueType.INT64)
    view = FeatureView(
        name="account",
        entities=[entity],
        ttl=timedelta(days=3650),
        schema=[Field(name=column, dtype=Float64) for column in columns],
        source=FileSource(path=file, timestamp_field="event_time"),
    )
    feast = FeatureStore(config=config)
    feast.apply([entity, view])
    rows = pd.read_parquet(file)
    feast.write_to_online_store("account", rows)
    wanted = [f"account:{column}" for column in columns]

    def look_up(asked: list[int]) -> dict[str, list[float]]:
        found: dict[str, list[float]] = feast.get_online_features(
            features=wanted, entity_rows=[{"user": user} for user in asked]
        ).to_dict()
        return found

    host, _, port = address.partition(":")
    with redis.Redis(host, int(port)) as client:
        key = next(key for key in client.scan_iter(count=1_000) if key.endswith(project.encode()))
        size = len(key) + sum(len(field) + len(value) for field, value in client.hgetall(key).items())
    chance = random.Random(3)  # noqa: S311 (not for secrets)

    def offered(rate: str, seconds: str) -> dict[str, object]:
        asked = [chance.sample(range(len(rows)), int(users)) for _ in range(1_000)]
        one = offer(
            lambda number: look_up(asked[number % len(asked)]),
            rate=float(rate),
            seconds=float(seconds),
            threads=THREADS,
        )
        return dict(one._asdict())

    def run(load: str = "") -> dict[str, object]:
        if load:
            return offered(*load.split())
        spent = []
        for _ in range(int(calls)):
            asked = chance.sample(range(len(rows)), int(users))
            started = time.perf_counter_ns()
            look_up(asked)
            spent.append((time.perf_counter_ns() - started) / 1000)
        found = look_up(list(range(int(users))))
        values = [
            {f"account__{column}": found[column][row] for column in columns} for row in range(int(users))
        ]
        return {"feast": spent, "values": values, "bytes_per_feature": size / len(columns)}

    serve(run, save_json)


if __name__ == "__main__":
    main(*sys.argv[1:])
