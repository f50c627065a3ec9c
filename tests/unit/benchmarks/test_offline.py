"""The offline benchmark compares equal work, and would notice if it did not."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from benchmarks import offline, offline_floors, peers
from benchmarks.harness import UnequalError
from benchmarks.offline_data import prepare
from headwater.offline.point_in_time import Mode

TABLE = pa.table({"row": [0, 1, 2], "c0": [1.0, None, 3.0]})


@pytest.mark.parametrize(
    ("kind", "floor", "mode"),
    [
        ("asof", offline_floors.asof, "as_happened"),
        ("asof", offline_floors.asof, "as_known"),
        ("asof_from_file", offline_floors.asof_from_file, "as_happened"),
        ("window", offline_floors.window, "as_happened"),
    ],
)
def test_the_floor_does_the_work_of_ours(kind: str, floor: offline.Floor, mode: Mode, tmp_path: Path) -> None:
    prepare(kind, entities=20, scale=0.0005, folder=tmp_path)
    offline.save(offline.ours(kind, tmp_path, mode)(), str(tmp_path / "ours"))
    offline.save(floor(tmp_path)(), str(tmp_path / "floor"))
    offline.check(tmp_path / "ours", tmp_path / "floor")
    features = offline.features_of(pq.read_table(tmp_path / "ours"))
    assert len(features) == (9 if kind == "window" else 10)


def _check(ours: pa.Table, other: pa.Table, name: str, folder: Path) -> None:
    offline.save(ours, str(folder / "ours"))
    offline.save(other, str(folder / name))
    offline.check(folder / "ours", folder / name)


def test_the_order_of_rows_does_not_matter(tmp_path: Path) -> None:
    _check(TABLE, TABLE.take([2, 0, 1]), "floor", tmp_path)


@pytest.mark.parametrize(
    "other",
    [
        TABLE.set_column(1, "c0", pa.array([1.0, None, 3.1])),
        TABLE.set_column(1, "c0", pa.array([1.0, 2.0, 3.0])),
        TABLE.select(["row"]),
        TABLE.slice(1),
    ],
    ids=["another value", "a value for a null", "a feature less", "a row less"],
)
def test_a_difference_is_found(other: pa.Table, tmp_path: Path) -> None:
    with pytest.raises(UnequalError, match="floor"):
        _check(TABLE, other, "floor", tmp_path)


def test_a_peer_may_drop_rows_and_is_told_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _check(TABLE, TABLE.filter(pc.is_valid(TABLE["c0"])), "peer", tmp_path)
    assert "peer drops 1 of 3 label rows" in capsys.readouterr().out


def test_without_feast_there_is_no_peer_and_it_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(peers, "_ENVIRONMENT", tmp_path / "feast")
    monkeypatch.setattr("uv.find_uv_bin", lambda: "/bin/false")
    assert peers.feast("duckdb", tmp_path) is None
    assert "Feast could not be installed" in capsys.readouterr().out
