"""The script of the job of the second region, as a command of this machine, between two regions of the emulator."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from feature_jobs.follow import follow
from feature_jobs.lead import Lead, lead_of
from feature_jobs.replicate import Replication
from headwater.errors import HeadwaterError
from headwater.online.memory import MemoryStore
from headwater.settings import open_environment
from headwater.stream import pointer
from headwater.stream.pointer import Pointer
from tests import servers
from tests.replicas import TABLE, Regions
from tests.spark_places import sales

ROOT = Path(__file__).parents[2]


@pytest.fixture
def regions(endpoint_url: str) -> Regions:
    """Two fresh regions, of which the west has an online table without a pointer."""
    made = Regions(endpoint_url)
    table = f"{made.west.outputs.glue_database}-online"
    made.west.outputs = replace(made.west.outputs, online_table_name=table)
    servers.create_online_table(made.west.outputs.client("dynamodb"), table)
    return made


def _point(regions: Regions, epoch: int, to: str) -> None:
    """Producers write to a region, as the west's own table has it."""
    west = regions.west.outputs
    [table] = open_environment(west, consistent=True)
    assert pointer.move(table, west.environment, Pointer(epoch, to, True, 0))


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


def test_in_a_region_that_leads_the_script_says_so_and_touches_nothing(
    regions: Regions, tmp_path: Path
) -> None:
    regions.east.log().append_new("sales", sales(20))
    regions.copy(regions.east, regions.west)
    _point(regions, 2, regions.west.outputs.region)
    before = regions.west.listed()
    done = _run(regions, tmp_path)
    assert done.returncode == 0, done.stderr
    [line] = [msgspec.json.decode(line) for line in done.stdout.splitlines()]
    assert (line["follows"], "epoch 2" in line["why"]) == (False, True)
    assert regions.west.listed() == before
    assert not regions.west.catalog.list_tables(regions.west.outputs.glue_database)


def test_a_region_that_leads_asks_nothing_of_the_one_that_is_lost(regions: Regions, tmp_path: Path) -> None:
    regions.east.log()
    regions.east.lose_bucket()
    assert _run(regions, tmp_path).returncode != 0
    _point(regions, 2, regions.west.outputs.region)
    assert _run(regions, tmp_path).returncode == 0


def test_after_the_way_back_the_tables_follow_again(regions: Regions, tmp_path: Path) -> None:
    _point(regions, 2, regions.west.outputs.region)
    regions.east.log().append_new("sales", sales(20))
    regions.copy(regions.east, regions.west)
    _run(regions, tmp_path)
    _point(regions, 3, regions.east.outputs.region)
    done = _run(regions, tmp_path)
    assert done.returncode == 0, done.stderr
    assert regions.west.rows().equals(regions.east.rows())


def test_a_pointer_that_moves_while_a_run_is_under_way_stops_it_before_a_table_changes(
    regions: Regions,
) -> None:
    regions.east.log().append_new("sales", sales(20))
    regions.copy(regions.east, regions.west)
    store, told = MemoryStore(), list[str]()
    lead = Lead(store, "local", "eu-west-1")

    def moves_after_the_first_look() -> None:
        lead.check()
        pointer.move(store, "local", Pointer(2, "eu-west-1", True, 0))

    follow(
        Replication(regions.east.outputs, regions.west.outputs, fence=moves_after_the_first_look),
        3600,
        told.append,
    )
    [line] = map(msgspec.json.decode, told)
    assert line["follows"] is False
    assert not regions.west.catalog.list_tables(regions.west.outputs.glue_database)


def test_a_pointer_that_cannot_be_read_is_no_leave_to_follow(regions: Regions) -> None:
    nowhere = replace(regions.west.outputs, online_table_name="not-there")
    with pytest.raises(HeadwaterError, match="not-there"):
        lead_of(nowhere).check()
