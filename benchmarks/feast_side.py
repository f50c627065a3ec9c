"""Feast's side of the as-of comparison. Runs in Feast's environment, by file name."""

import os
import sys
from datetime import timedelta
from pathlib import Path

os.environ["FEAST_USAGE"] = "False"

sys.path.insert(0, str(Path(__file__).parents[1]))

import pandas as pd
from feast import Entity, FeatureStore, FeatureView, Field, FileSource, RepoConfig, ValueType
from feast.types import Float64

from benchmarks.worker import serve

COLUMNS = [f"c{number}" for number in range(10)]


def main(store: str, folder: str) -> None:
    """Answer commands."""
    data = Path(folder)
    repo = data / f"feast-{store}"
    repo.mkdir(exist_ok=True)
    config = RepoConfig(
        project="bench",
        registry=str(repo / "registry.db"),
        provider="local",
        offline_store={"type": store},
        online_store={"type": "sqlite", "path": str(repo / "online.db")},
        entity_key_serialization_version=3,
    )
    entity = Entity(name="entity", join_keys=["entity"], value_type=ValueType.INT64)
    source = FileSource(path=str(data / "events.parquet"), timestamp_field="event_time")
    view = FeatureView(
        name="view",
        entities=[entity],
        ttl=timedelta(days=31),
        schema=[Field(name=column, dtype=Float64) for column in COLUMNS],
        source=source,
    )
    feast = FeatureStore(config=config)
    feast.apply([entity, view])
    labels = pd.read_parquet(data / "labels.parquet").rename(columns={"event_time": "event_timestamp"})

    def run() -> pd.DataFrame:
        job = feast.get_historical_features(
            entity_df=labels, features=[f"view:{column}" for column in COLUMNS]
        )
        return job.to_df()

    def save(result: pd.DataFrame, file: str) -> None:
        result[["row", *COLUMNS]].to_parquet(file, index=False)

    serve(run, save)


if __name__ == "__main__":
    main(*sys.argv[1:])
