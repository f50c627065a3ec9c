"""Jobs killed at any instant and run again: the same tables, the same values, as if nothing had happened."""

import json
import os
import random
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from msgspec import structs

from feature_jobs import backfill as backfill_here
from feature_jobs import ingest as ingest_here
from feature_jobs.landing import BucketLanding
from headwater import registry
from headwater.compiler import compile_services
from headwater.definitions import (
    Entity,
    EventSource,
    FeatureService,
    FeatureView,
    TableSource,
    aggregations,
    latest,
)
from headwater.envelope import LoggedEvent
from headwater.instants import to_us
from headwater.offline.event_log import IcebergEventLog, open_event_log
from headwater.offline.point_in_time import training_set
from headwater.offline.types import INSTANT
from headwater.online.memory import MemoryStore
from headwater.online.reader import FeatureReader
from headwater.settings import open_environment
from headwater.stream.sinks import archive_line
from headwater.windows import MINUTE_US
from tests import servers
from tests.spark import PREFIX
from tests.spark_places import EVERYTHING

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("spark_jars")]

ROOT = Path(__file__).parents[2]
JARS = ROOT / ".jars" / "feature_store_pyspark"
USER = Entity(name="user", keys={"user": "string"})
REGISTRY = compile_services(
    [
        FeatureService(
            name="model",
            views=[
                FeatureView(
                    name="spend",
                    entity=USER,
                    source=EventSource(name="tx", columns={"user": "string", "amount": "int64"}),
                    features=aggregations(
                        "amount", ["sum", "last", "approx_count_distinct"], over=["6h", "7d"]
                    ),
                ),
                FeatureView(
                    name="account",
                    entity=USER,
                    source=TableSource(name="accounts", columns={"user": "string", "plan": "string"}),
                    features=latest(["plan"], ttl="30d"),
                ),
            ],
        )
    ]
)
CUTOVER = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
EVENTS, USERS = 3_000, 40
STEPS = ("ingest", "backfill", "materialize", "compact", "training_set")
_ALL = """
import json, sys
from importlib import import_module
for script, arguments in json.loads(sys.argv[1]):
    print("step", script, flush=True)
    import_module(f"glue_scripts.{script}").main(arguments)
"""


def _lines(chance: random.Random) -> Iterator[bytes]:
    for number in range(EVENTS):
        time_us = to_us(CUTOVER) - chance.randrange(3 * 24 * 60) * MINUTE_US - number
        data = {"user": f"u{chance.randrange(USERS)}", "amount": chance.randrange(1_000)}
        yield archive_line(LoggedEvent("tx", f"e{number}", time_us, time_us, "s", number, data), [])


class World:
    """An environment, and the files that its jobs are given."""

    def __init__(self, endpoint_url: str, redis_port: int, folder: Path) -> None:
        name = f"killed{uuid.uuid4().hex[:12]}"
        self.outputs = structs.replace(
            servers.outputs(name, endpoint_url), environment="killed", redis_url=f"redis://127.0.0.1:{redis_port}",
            online_table_name=name,
        )  # fmt: skip
        self.s3 = self.outputs.client("s3")
        self.s3.create_bucket(Bucket=name)
        self.outputs.client("glue").create_database(DatabaseInput={"Name": name})
        servers.create_online_table(self.outputs.client("dynamodb"), name)
        self.folder = folder
        (folder / "outputs.json").write_bytes(msgspec.json.encode(self.outputs))
        (folder / "registry.json").write_bytes(registry.dump(REGISTRY))
        self.labels = pa.table(
            {
                "user": [f"u{number}" for number in range(USERS + 1)],
                "event_time": pa.array([CUTOVER + timedelta(seconds=1)] * (USERS + 1), INSTANT),
            }
        )
        (folder / "labels").mkdir()
        pq.write_table(self.labels, folder / "labels" / "labels.parquet")
        (folder / "accounts").mkdir()
        accounts = {
            "event_time": pa.array([CUTOVER - timedelta(days=1)] * USERS, INSTANT),
            "user": [f"u{number}" for number in range(USERS)],
            "plan": [f"plan {number % 3}" for number in range(USERS)],
        }
        pq.write_table(pa.table(accounts), folder / "accounts" / "accounts.parquet")

    def land(self, lines: list[bytes]) -> None:
        """Put lines where the archive would, some of them twice."""
        for start in range(0, len(lines), 500):
            body = b"".join(lines[max(start - 50, 0) : start + 500])
            self.s3.put_object(Bucket=self.outputs.bucket_name, Key=f"landing/{start}", Body=body)

    def log(self) -> IcebergEventLog:
        """The event log."""
        return open_event_log(self.outputs, REGISTRY)

    def steps(self) -> list[tuple[str, list[str]]]:
        """Scripts in order, with their arguments."""
        own = {
            "backfill": ["--cutover", CUTOVER.isoformat()],
            "materialize": ["--tables", f"accounts={self.folder}/accounts"],
            "compact": ["--keep-days", "0", "--orphan-days", "1"],
            "training_set": [
                *("--service", "model", "--labels", f"{self.folder}/labels", "--out", f"{self.folder}/out"),
                *("--mode", "as_happened", "--tag", "once"),
            ],
        }
        common = [
            *("--registry", f"{self.folder}/registry.json", "--outputs", f"{self.folder}/outputs.json"),
            *("--jars", str(JARS), "--class-prefix", PREFIX, "--memory", "1g"),
        ]
        return [(step, [*own.get(step, []), *common]) for step in STEPS]


def _run(world: World, kill_in: str | None, delay_s: float) -> bool:
    """Run all scripts in one process; kill it some time after a step has begun.

    Returns:
        Whether it was killed.
    """
    log = (world.folder / "log").open("a")
    process = subprocess.Popen(
        [sys.executable, "-c", _ALL, json.dumps(world.steps())],
        stdout=subprocess.PIPE, stderr=log, text=True, cwd=ROOT, start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    with log, process:
        for line in process.stdout or ():
            if kill_in and line.split() == ["step", kill_in]:
                time.sleep(delay_s)
                killed = process.poll() is None
                # Spark's process and its workers with it.
                os.killpg(process.pid, signal.SIGKILL)
                return killed
    assert process.returncode == 0, (world.folder / "log").read_text()[-3000:]
    return False


def _expected(
    world: World, lines: list[bytes], endpoint_url: str, folder: Path
) -> tuple[list[Any], pa.Table]:
    """What one machine that nobody kills comes to: values served, and the log."""
    other = World(endpoint_url, 0, folder)
    other.land(lines)
    log = other.log()
    log.ensure_tables()
    landing = BucketLanding(other.s3, other.outputs.bucket_name)
    ingest_here.ingest(REGISTRY, log, landing)
    store = MemoryStore()
    backfill_here.backfill(REGISTRY, log, [store], "killed", to_us(CUTOVER))
    plans = [[f"plan {number % 3}"] for number in range(USERS)] + [[None]]
    served = FeatureReader(store, REGISTRY, "killed").read(
        "model", world.labels.select(["user"]).to_pylist(), to_us(CUTOVER) + 1_000_000
    )
    values = [row[:-1] + plan for row, plan in zip(served.values, plans, strict=True)]
    return values, _rows(log)


def _rows(log: IcebergEventLog) -> pa.Table:
    columns = ["sequence", "user", "amount"]
    return log.read("tx", columns, EVERYTHING).select(columns).sort_by("sequence")


def test_jobs_killed_at_any_instant_and_run_again_come_to_the_same(
    tmp_path: Path, endpoint_url: str, redis_port: int
) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "other").mkdir()
    seed = random.SystemRandom().randrange(2**32)
    chance = random.Random(seed)  # noqa: S311 (not for secrets)
    print(f"seed {seed}")
    world = World(endpoint_url, redis_port, tmp_path / "one")
    lines = list(_lines(chance))
    world.land(lines)
    kills = [(step, chance.uniform(0.0, 4.0)) for step in chance.sample(STEPS, 3)]
    killed = [_run(world, step, delay_s) for step, delay_s in kills]
    assert any(killed), f"the jobs ended before they were killed: {kills}"
    assert not _run(world, None, 0)

    values, rows = _expected(world, lines, endpoint_url, tmp_path / "other")
    assert _rows(world.log()).equals(rows)
    assert world.s3.list_objects_v2(Bucket=world.outputs.bucket_name, Prefix="landing/")["KeyCount"] == 0
    for store in open_environment(world.outputs, consistent=True):
        served = FeatureReader(store, REGISTRY, "killed").read(
            "model", world.labels.select(["user"]).to_pylist(), to_us(CUTOVER) + 1_000_000
        )
        assert served.values == values
        store.close()
    built = pq.read_table(tmp_path / "one" / "out").sort_by("user")
    expected = training_set(
        world.labels, REGISTRY, "model", world.log().tagged("model", "once", create=False), mode="as_happened"
    )
    assert built.equals(expected.sort_by("user"))
    assert [list(row.values())[2:] for row in expected.to_pylist()] == values
