"""Training sets from files: what is wrong with a file is said before anything is written."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from feature_jobs.training_set import build
from headwater import registry
from headwater.commands import REGISTRY
from headwater.errors import InputError
from headwater.instants import from_us
from headwater.offline.types import INSTANT, log_schema
from headwater.windows import Bounds

DEFINITIONS = registry.load(REGISTRY)
LABELS = pa.table(
    {
        "event_time": pa.array([from_us(0)] * 2, INSTANT),
        "origin": pa.array(["JFK", None]).dictionary_encode(),
        "carrier": pa.array(["UA", "AA"], pa.large_string()),
        "tailnum": pa.array([None, None], pa.string()),
        "late": [1, 0],
    }
)


class _NoEvents:
    def read(self, source: str, columns: Sequence[str], interval: Bounds) -> pa.Table:
        assert interval.after_us <= interval.until_us
        return log_schema(DEFINITIONS.sources[source]).empty_table().select(list(columns))

    def batches(self, source: str, columns: Sequence[str], interval: Bounds) -> list[pa.RecordBatch]:
        return list(self.read(source, columns, interval).to_batches())

    def count(self, source: str, interval: Bounds) -> int:
        return int(self.read(source, [], interval).num_rows)


def _build(labels: Path, out: Path) -> tuple[int, int]:
    return build(
        DEFINITIONS,
        _NoEvents(),
        "flight_delay",
        labels,
        out,
        timestamp_column="event_time",
        mode="as_known",
    )


def _written(table: pa.Table, folder: Path) -> Path:
    pq.write_table(table, folder / "labels.parquet")
    return folder / "labels.parquet"


def test_rows_and_columns_are_kept_whatever_kind_of_string_the_keys_are(tmp_path: Path) -> None:
    rows, columns = _build(_written(LABELS, tmp_path), tmp_path / "out.parquet")
    found = pq.read_table(tmp_path / "out.parquet")
    assert (rows, columns) == (found.num_rows, found.num_columns) == (2, 63)
    assert found.column_names[:5] == LABELS.column_names
    assert found["airport_departures__events_count_1h"].to_pylist() == [0, 0]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda table: table.drop_columns(["carrier"]), "no column 'carrier'"),
        (lambda table: table.set_column(2, "carrier", pa.array([1, 2])), "found int64, expected string"),
        (
            lambda table: table.set_column(0, "event_time", table["event_time"].cast(pa.timestamp("us"))),
            "time zone",
        ),
        (lambda table: table.set_column(0, "event_time", pa.nulls(2, INSTANT)), "2 nulls"),
        (
            lambda table: table.append_column("airport_weather__temp_last_3h", table["late"]),
            "is a feature of",
        ),
    ],
)
def test_wrong_label_rows_are_refused(change: object, told: str, tmp_path: Path) -> None:
    assert callable(change)
    with pytest.raises(InputError, match=told):
        _build(_written(change(LABELS), tmp_path), tmp_path / "out.parquet")
    assert not (tmp_path / "out.parquet").exists()


def test_files_that_cannot_be_read_or_written_are_named(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("a,b\n")
    good = _written(LABELS, tmp_path)
    with pytest.raises(InputError, match=r"no\.parquet: no such file"):
        _build(tmp_path / "no.parquet", tmp_path / "out.parquet")
    with pytest.raises(InputError, match="give a Parquet file"):
        _build(tmp_path / "labels.csv", tmp_path / "out.parquet")
    with pytest.raises(InputError, match="no folder"):
        _build(good, tmp_path / "nowhere" / "out.parquet")
