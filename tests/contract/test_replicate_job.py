"""The script of the job of the second region, as a command of this machine, between two regions of the emulator."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from tests.replicas import TABLE, Regions
from tests.spark_places import sales

ROOT = Path(__file__).parents[2]


@pytest.fixture
def regions(endpoint_url: str) -> Regions:
    """Two fresh regions."""
    return Regions(endpoint_url)


def _run(regions: Regions, folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    east, west = regions.east.outputs, regions.west.outputs
    outputs = folder / "outputs.json"
    outputs.write_bytes(msgspec.json.encode(west))
    command = [
        *(sys.executable, str(ROOT / "glue_scripts" / "replicate.py"), "--outputs", str(outputs)),
        *("--source-region", east.region, "--source-bucket", east.bucket_name),
        *("--source-database", east.glue_database, "--JOB_NAME", "replicate", *more),
    ]
    return subprocess.run(
        command,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_the_script_makes_what_has_arrived_readable(regions: Regions, tmp_path: Path) -> None:
    regions.east.log().append_new("sales", sales(20))
    regions.copy(regions.east, regions.west)
    done = _run(regions, tmp_path)
    assert done.returncode == 0, done.stderr
    assert regions.west.rows().equals(regions.east.rows())


def test_the_script_says_of_each_table_how_far_it_is(regions: Regions, tmp_path: Path) -> None:
    regions.east.log().append_new("sales", sales(20))
    told = [msgspec.json.decode(line) for line in _run(regions, tmp_path).stdout.splitlines()]
    [behind] = [report for report in told if report["table"] == TABLE]
    assert (behind["path"], behind["commits_behind"], behind["rows_behind"]) == (None, 1, 20)


def test_the_script_fails_by_name_when_a_table_is_further_behind_than_it_may_be(
    regions: Regions, tmp_path: Path
) -> None:
    regions.east.log().append_new("sales", sales(20))
    done = _run(regions, tmp_path, "--most-seconds-behind", "0")
    assert done.returncode != 0
    assert f"table {TABLE!r}: found" in done.stderr


def test_the_script_fails_when_the_table_was_written_where_it_only_follows(
    regions: Regions, tmp_path: Path
) -> None:
    regions.east.log().append_new("sales", sales(20))
    regions.copy(regions.east, regions.west)
    _run(regions, tmp_path)
    regions.west.log().append_new("sales", sales(5, first=100))
    done = _run(regions, tmp_path)
    assert done.returncode != 0
    assert "DivergedError" in done.stderr
