"""Training sets through awswrangler, as far as one gets without AWS.

The local cloud's Athena runs SQL on DuckDB, over Parquet: it gets the statement in DuckDB's dialect, and exports of
the event log. moto takes the statement in Athena's dialect, and runs nothing. What Trino makes of it, AWS alone shows.
"""

import io
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from examples.flights import data
from headwater import names, registry
from headwater.commands import REGISTRY
from headwater.compiler import compile_services
from headwater.definitions import Aggregation, Entity, EventSource, FeatureService, FeatureView
from headwater.environment import Environment
from headwater.instants import from_us
from headwater.offline import point_in_time
from headwater.offline.athena.dialects import render
from headwater.offline.athena.engine import ASKED, ROW
from headwater.offline.athena.label_table import LabelTable, Span
from headwater.offline.athena.statement import training_set
from headwater.offline.types import INSTANT
from headwater.windows import Bounds
from tests import servers

ROOT = Path(__file__).parents[2]
DEFINITIONS = registry.load(REGISTRY)
NAME = "athena-test"
ROWS = 200


@pytest.fixture(scope="module")
def python(engine_missing: Callable[[str, str], NoReturn]) -> Path:
    """The interpreter that has awswrangler."""
    command = [shutil.which("make") or "make", "-s", "-C", str(ROOT), ".athena/.installed"]
    made = subprocess.run(command, check=False, capture_output=True, text=True)
    if made.returncode:
        engine_missing("awswrangler", made.stderr.strip()[-500:])
    return ROOT / ".athena" / "bin" / "python"


@pytest.fixture(scope="module")
def cloud(emulator: str) -> Environment:
    """A local cloud with a bucket, a database and a workgroup."""
    servers.client("s3", emulator).create_bucket(Bucket=NAME)
    servers.client("glue", emulator).create_database(DatabaseInput={"Name": NAME})
    servers.client("athena", emulator).create_work_group(
        # awswrangler reads this of a workgroup, and the one that is there from the start does not say.
        Name=NAME,
        Configuration={"EnforceWorkGroupConfiguration": False},
    )
    return servers.outputs(NAME, emulator)


class _Exports:
    """Event logs as tables, for the engine on one machine."""

    def __init__(self, tables: dict[str, pa.Table]) -> None:
        self._tables = tables

    def read(self, source: str, columns: Sequence[str], interval: Bounds) -> pa.Table:
        times = self._tables[source]["event_time"].cast(pa.int64())
        inside = pc.and_(pc.greater(times, interval.after_us), pc.less_equal(times, interval.until_us))
        return self._tables[source].filter(inside).select(list(columns))

    def batches(self, source: str, columns: Sequence[str], interval: Bounds) -> list[pa.RecordBatch]:
        return list(self.read(source, columns, interval).to_batches())

    def count(self, source: str, interval: Bounds) -> int:
        return int(self.read(source, ["event_id"], interval).num_rows)


def _logs() -> dict[str, pa.Table]:
    """A month of some flights, with where they were read from."""
    found = {}
    for source, events in data.load([1], 0.3).by_source().items():
        places = pa.array([str(row) for row in range(events.num_rows)])
        found[source] = events.append_column("shard", places).append_column("sequence", places)
    return found


def _export(cloud: Environment, table: str, events: pa.Table) -> None:
    content = io.BytesIO()
    pq.write_table(events, content)
    key = f"exports/{table}/1.parquet"
    cloud.client("s3").put_object(Bucket=NAME, Key=key, Body=content.getvalue())
    cloud.client("glue").create_table(
        DatabaseName=NAME,
        TableInput={
            "Name": table,
            "TableType": "EXTERNAL_TABLE",
            "Parameters": {"classification": "parquet"},
            "StorageDescriptor": {
                "Location": f"s3://{NAME}/exports/{table}/",
                "Columns": [{"Name": name, "Type": "string"} for name in events.column_names],
            },
        },
    )


def _values(table: pa.Table, features: Sequence[str]) -> list[Any]:
    return [
        pytest.approx(value, rel=1e-9) if isinstance(value, float) else value
        for feature in features
        for value in table[feature].to_pylist()
    ]


@pytest.fixture(scope="module")
def logs(cloud: Environment) -> dict[str, pa.Table]:
    """A month of flights, in the local cloud too."""
    found = _logs()
    for source, events in found.items():
        _export(cloud, names.event_log_table(source), events)
    return found


@pytest.mark.parametrize("place", ["a file", "a table"])
def test_a_training_set_through_awswrangler_is_that_of_one_machine(
    place: str, cloud: Environment, logs: dict[str, pa.Table], python: Path, tmp_path: Path
) -> None:
    departures = logs["departures"]
    labels = departures.slice(departures.num_rows - ROWS).select(
        ["event_time", "origin", "carrier", "tailnum", "event_id"]
    )
    pq.write_table(labels, tmp_path / "labels.parquet")
    table = f"labels_{place[2:]}"
    _export(cloud, table, labels.set_column(0, "event_time", labels["event_time"].cast(pa.int64())))
    given = {
        "a file": ("--labels", str(tmp_path / "labels.parquet")),
        "a table": ("--labels-table", f'"{NAME}"."{table}"'),
    }
    (tmp_path / "outputs.json").write_bytes(msgspec.json.encode(cloud))
    command = [
        *(str(python), "-m", "feature_jobs.athena_training_set", "flight_delay", "--registry", str(REGISTRY)),
        *("--outputs", str(tmp_path / "outputs.json"), "--workgroup", NAME),
        *given[place],
        *("--out", str(tmp_path / "out.parquet")),
    ]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = pq.read_table(tmp_path / "out.parquet")
    expected = point_in_time.training_set(labels, DEFINITIONS, "flight_delay", _Exports(logs))
    assert found.column_names == expected.column_names
    features = expected.column_names[labels.num_columns :]
    assert found.select(labels.column_names).equals(labels)
    assert _values(found, features) == _values(expected, features)
    assert sum(value is not None for value in _values(expected, features)) > ROWS * len(features) / 2


SALES = compile_services(
    [
        FeatureService(
            name="model",
            views=[
                FeatureView(
                    name="sales",
                    entity=Entity(name="shop", keys={"shop": "string"}),
                    source=EventSource(name="sales", columns={"shop": "string", "due": "timestamp"}),
                    features=[
                        Aggregation(column="due", function="last", window="1d", name="due"),
                        Aggregation(column="due", function="last_n", n=2, window="1d", name="dues"),
                    ],
                )
            ],
        )
    ]
)


@pytest.fixture(scope="module")
def on_moto(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what a training set against moto left: two label rows, answered in the other order."""
    folder = tmp_path_factory.mktemp("moto")
    outputs = msgspec.structs.replace(
        servers.outputs("sales-bucket", ""), glue_database="db", endpoint_url=None
    )
    (folder / "outputs.json").write_bytes(msgspec.json.encode(outputs))
    (folder / "registry.json").write_bytes(registry.dump(SALES))
    labels = pa.table(
        {"event_time": pa.array([from_us(7), from_us(5)], INSTANT), "shop": ["a", "b"], "label": [1, 0]}
    )
    pq.write_table(labels, folder / "labels.parquet")
    answered = {ROW: [1, 0], "sales__due": [None, 2**53 + 1], "sales__dues": [None, [3, 2**53 + 1]]}
    pq.write_table(pa.table(answered), folder / "answered.parquet")
    command = [str(python), "-m", "tests.e2e.athena_on_moto", str(folder)]
    # moto stands in for AWS itself, whatever emulator the environment names.
    variables = {name: value for name, value in os.environ.items() if name != "AWS_ENDPOINT_URL"}
    done = subprocess.run(command, cwd=ROOT, env=variables, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder


def test_what_is_submitted_is_an_unload_of_the_statement_for_athena(on_moto: Path) -> None:
    labels = LabelTable('"db"."labels_run1"', ASKED, "microseconds", Span(5, 7))
    statement = render(training_set(SALES, "model", "db", labels), "athena")
    query = json.loads((on_moto / "said.json").read_text())["query"]
    assert query.startswith(f"UNLOAD ({statement}) TO 's3://sales-bucket/athena/run1/answered/'")


def test_what_athena_leaves_is_put_beside_the_label_rows(on_moto: Path) -> None:
    found = pq.read_table(on_moto / "out.parquet")
    assert found["label"].to_pylist() == [1, 0]
    assert found["sales__due"].to_pylist() == [from_us(2**53 + 1), None]
    assert found["sales__dues"].to_pylist() == [[from_us(3), from_us(2**53 + 1)], None]


def test_nothing_is_left_in_the_bucket_or_the_catalog(on_moto: Path) -> None:
    said = json.loads((on_moto / "said.json").read_text())
    assert (said["objects"], said["tables"]) == (0, 0)
