"""Scripts of Glue jobs, as commands of this machine: with a catalog in a folder, and Iceberg's own jar."""

import os
import subprocess
import sys
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from msgspec import structs

from headwater import registry
from headwater.compiler import compile_services
from headwater.definitions import Aggregation, Entity, EventSource, FeatureService, FeatureView
from headwater.envelope import LoggedEvent
from headwater.instants import to_us
from headwater.offline.point_in_time import training_set
from headwater.offline.types import INSTANT, log_schema
from headwater.online.reader import FeatureReader
from headwater.settings import open_environment
from headwater.stream.sinks import archive_line
from headwater.windows import Bounds
from tests import servers

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("spark_jars")]

ROOT = Path(__file__).parents[2]
START = datetime(2024, 5, 1, tzinfo=UTC)
REGISTRY = compile_services(
    [
        FeatureService(
            name="model",
            views=[
                FeatureView(
                    name="sales",
                    entity=Entity(name="shop", keys={"shop": "string"}),
                    source=EventSource(name="sales", columns={"shop": "string", "amount": "float64"}),
                    features=[
                        Aggregation(column=None, function="count", window="1h"),
                        Aggregation(column="amount", function="sum", window="1d"),
                    ],
                )
            ],
        )
    ]
)


def _events(first: int, count: int) -> pa.Table:
    rows = [
        {
            "event_time": START + timedelta(minutes=7 * number),
            "arrival": START + timedelta(minutes=7 * number, seconds=1),
            "event_id": str(number),
            "shard": "s",
            "sequence": str(number),
            "shop": "ab"[number % 2],
            "amount": float(number),
        }
        for number in range(first, first + count)
    ]
    return pa.Table.from_pylist(rows, schema=log_schema(REGISTRY.sources["sales"]))


class _Log:
    def __init__(self, events: pa.Table) -> None:
        self._events = events

    def read(self, _source: str, columns: Sequence[str], _interval: Bounds) -> pa.Table:
        return self._events.select(list(columns))

    def batches(self, _source: str, columns: Sequence[str], _interval: Bounds) -> list[pa.RecordBatch]:
        return list(self._events.select(list(columns)).to_batches())

    def count(self, _source: str, _interval: Bounds) -> int:
        return int(self._events.num_rows)


def _run(*command: str) -> str:
    finished = subprocess.run(
        [sys.executable, *command],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
        timeout=240,
    )
    assert finished.returncode == 0, finished.stderr[-3000:]
    return finished.stdout


def _land(folder: Path, events: pa.Table) -> None:
    """Put events where the archive would, some of them twice."""
    lines = [
        archive_line(
            LoggedEvent(
                source="sales",
                event_id=row["event_id"],
                event_time_us=to_us(row["event_time"]),
                arrival_us=to_us(row["arrival"]),
                shard=row["shard"],
                sequence=int(row["sequence"]),
                data={"shop": row["shop"], "amount": row["amount"]},
            ),
            [],
        )
        for row in events.to_pylist()
    ]
    (folder / "landing").mkdir(parents=True)
    for start in range(0, len(lines), 50):
        (folder / "landing" / str(start)).write_bytes(b"".join(lines[max(start - 10, 0) : start + 50]))


def test_every_job_runs_from_the_command_line(tmp_path: Path, endpoint_url: str, redis_port: int) -> None:
    """With a catalog in a folder and Iceberg's own jar; stores are those of the outputs."""
    table = f"online{uuid.uuid4().hex[:12]}"
    outputs = structs.replace(
        servers.outputs("none", endpoint_url), environment=table, online_table_name=table,
        redis_url=f"redis://127.0.0.1:{redis_port}",
    )  # fmt: skip
    servers.create_online_table(outputs.client("dynamodb"), table)
    (tmp_path / "outputs.json").write_bytes(msgspec.json.encode(outputs))
    (tmp_path / "registry.json").write_bytes(registry.dump(REGISTRY))
    labels = pa.table(
        {"shop": ["a", "b", "c"], "event_time": pa.array([START + timedelta(hours=9)] * 3, INSTANT)}
    )
    (tmp_path / "labels").mkdir()
    pq.write_table(labels, tmp_path / "labels" / "one.parquet")
    _land(tmp_path, _events(0, 140))
    common = [
        *("--registry", str(tmp_path / "registry.json"), "--warehouse", str(tmp_path / "warehouse")),
        *("--database", "db", "--jars", str(ROOT / ".jars" / "snowpark_connect_deps_iceberg")),
    ]
    stores = ["--outputs", str(tmp_path / "outputs.json")]
    cutover = START + timedelta(hours=9)

    told = _run("glue_scripts/ingest.py", "--landing", str(tmp_path), *common)
    assert "rows_out     140" in told
    assert not any((tmp_path / "landing").iterdir())
    _run("glue_scripts/backfill.py", "--cutover", cutover.isoformat(), *stores, *common)
    _run("glue_scripts/materialize.py", "--tables", "", *stores, *common)
    told = _run("glue_scripts/compact.py", "--JOB_NAME", "compact", *common)
    assert "job          compact" in told
    assert '"Namespace": "Headwater"' in told
    out = tmp_path / "training"
    _run(
        *("glue_scripts/training_set.py", "--service", "model", "--labels", str(tmp_path / "labels")),
        *("--out", str(out), "--tag", "first", *common),
    )
    found = pq.read_table(out).sort_by("shop")
    assert found.to_pylist() == training_set(labels, REGISTRY, "model", _Log(_events(0, 140))).to_pylist()
    for store in open_environment(outputs, consistent=True):
        served = FeatureReader(store, REGISTRY, table).read(
            "model", labels.select(["shop"]).to_pylist(), to_us(cutover)
        )
        store.close()
        assert served.values == [list(row.values())[2:] for row in found.to_pylist()]


def test_arguments_that_will_not_do_are_refused() -> None:
    finished = subprocess.run(
        [sys.executable, "glue_scripts/compact.py", "--database", "db"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert finished.returncode == 2
    assert "give --outputs or --warehouse" in finished.stderr
