"""Scripts of Glue jobs, as commands of this machine: with a catalog in a folder, and Iceberg's own jar."""

import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from headwater import registry
from headwater.compiler import compile_services
from headwater.definitions import Aggregation, Entity, EventSource, FeatureService, FeatureView
from headwater.offline.point_in_time import training_set
from headwater.offline.types import INSTANT, log_schema
from headwater.windows import Bounds

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
_FILL = """
import sys
from pathlib import Path
from headwater import registry
from headwater.offline.spark.catalogs import hadoop_catalog
from headwater.offline.spark.event_log import SparkEventLog
from headwater.offline.spark.session import local_session
jars, warehouse, definitions, *files = sys.argv[1:]
spark = local_session(Path(jars), settings=hadoop_catalog(warehouse))
log = SparkEventLog(spark, "db", registry.load(Path(definitions)))
log.ensure_tables()
for file in files:
    log.append_new("sales", spark.read.parquet(file))
"""


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


def test_a_training_set_and_upkeep_from_the_command_line(tmp_path: Path) -> None:
    definitions, warehouse = tmp_path / "registry.json", str(tmp_path / "warehouse")
    definitions.write_bytes(registry.dump(REGISTRY))
    jars = str(ROOT / ".jars" / "snowpark_connect_deps_iceberg")
    files = [str(tmp_path / f"{first}.parquet") for first in (0, 40, 80)]
    for file, first in zip(files, (0, 40, 80), strict=True):
        pq.write_table(_events(first, 60), file)
    labels = pa.table(
        {
            "shop": ["a", "b", "c"],
            "event_time": pa.array([START + timedelta(hours=9)] * 3, INSTANT),
        }
    )
    (tmp_path / "labels").mkdir()
    pq.write_table(labels, tmp_path / "labels" / "one.parquet")
    common = ["--registry", str(definitions), "--warehouse", warehouse, "--database", "db", "--jars", jars]

    _run("-c", _FILL, jars, warehouse, str(definitions), *files)
    told = _run("glue_scripts/compact.py", "--JOB_NAME", "compact", *common)
    assert "job          compact" in told
    assert '"Namespace": "Headwater"' in told
    out = tmp_path / "training"
    _run(
        *("glue_scripts/training_set.py", "--service", "model", "--labels", str(tmp_path / "labels")),
        *("--out", str(out), *common),
    )
    found = pq.read_table(out).sort_by("shop")
    assert found.to_pylist() == training_set(labels, REGISTRY, "model", _Log(_events(0, 140))).to_pylist()


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
    assert "give either --outputs or --warehouse" in finished.stderr
