"""A table whose files were copied to another region's bucket, in whatever order: a committed table there, always."""

import json
import random
from pathlib import Path

import msgspec
import pytest
from pyiceberg.catalog.glue import GlueCatalog
from pyiceberg.table.statistics import StatisticsFile
from typer.testing import CliRunner, Result

from headwater import cli, names, registry
from headwater.errors import DivergedError, UnavailableError
from tests.replicas import TABLE, Regions
from tests.spark_places import REGISTRY, sales


@pytest.fixture
def regions(endpoint_url: str) -> Regions:
    """Two fresh regions."""
    return Regions(endpoint_url)


def test_a_table_is_read_in_the_second_region_when_the_first_is_gone(regions: Regions) -> None:
    log = regions.east.log()
    for first in (0, 20, 40):
        log.append_new("sales", sales(20, first=first))
    expected = regions.east.rows()
    regions.copy(regions.east, regions.west)
    report = regions.follow()[TABLE]
    regions.east.empty()
    assert (report.commits_behind, report.rows_behind, report.seconds_behind) == (0, 0, 0.0)
    assert regions.west.rows().equals(expected)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_whatever_has_arrived_the_replica_is_a_committed_snapshot_and_in_the_end_the_newest(
    regions: Regions, seed: int
) -> None:
    """Seeded, so that a failure is the same again: commits, copies in no order, runs of the relocator."""
    chance = random.Random(seed)  # noqa: S311 (not for secrets)
    log = regions.east.log()
    committed: list[list[int]] = []
    seen: list[list[int]] = []
    for commit in range(5):
        log.append_new("sales", sales(chance.randrange(5, 30), first=commit * 20))
        committed.append(regions.east.sequences())
        for _ in range(chance.randrange(3)):
            regions.copy_some(chance, chance.random())
            report = regions.follow()[TABLE]
            if report.snapshot_id is not None:
                seen.append(regions.west.sequences())
                assert seen[-1] in committed
                behind = len(committed) - 1 - committed.index(seen[-1])
                assert report.commits_behind == behind
    assert [committed.index(rows) for rows in seen] == sorted(committed.index(rows) for rows in seen)
    regions.copy(regions.east, regions.west)
    assert regions.follow()[TABLE].commits_behind == 0
    assert regions.west.rows().equals(regions.east.rows())


def test_without_the_first_region_what_has_arrived_is_followed_as_far_as_it_is_known_to_be_committed(
    regions: Regions,
) -> None:
    log = regions.east.log()
    log.append_new("sales", sales(10))
    regions.copy(regions.east, regions.west)
    regions.follow()
    log.append_new("sales", sales(20))
    log.append_new("sales", sales(30))
    regions.copy(regions.east, regions.west)
    regions.east.empty()
    assert regions.follow(source_is_lost=True)[TABLE].advanced
    # Nothing that arrived says whether the last metadata file was committed.
    assert regions.west.sequences() == list(range(20))


def test_a_commit_that_the_catalog_said_before_the_region_was_lost_is_followed(regions: Regions) -> None:
    log = regions.east.log()
    log.append_new("sales", sales(10))
    regions.follow()
    regions.copy(regions.east, regions.west)
    regions.east.empty()
    assert regions.follow(source_is_lost=True, tables=[TABLE])[TABLE].commits_behind == 0
    assert regions.west.sequences() == list(range(10))


def test_metadata_that_was_written_but_never_committed_is_not_followed(
    regions: Regions, monkeypatch: pytest.MonkeyPatch
) -> None:
    regions.east.log().append_new("sales", sales(10))

    class Killed(BaseException):
        """The end of a writer."""

    def die(*_: object, **__: object) -> None:
        raise Killed

    log = regions.east.log()
    with monkeypatch.context() as patch:
        patch.setattr(GlueCatalog, "_update_glue_table", die)
        with pytest.raises(Killed):
            log.append_new("sales", sales(20))
    regions.copy(regions.east, regions.west)
    assert sum("/00004-" in key for key in regions.west.listed()) == 1
    for lost in (False, True):
        regions.follow(source_is_lost=lost)
        assert regions.west.sequences() == list(range(10))


def test_a_file_that_arrived_in_another_size_has_not_arrived(regions: Regions) -> None:
    log = regions.east.log()
    log.append_new("sales", sales(10))
    regions.copy(regions.east, regions.west)
    log.append_new("sales", sales(20))
    waiting = regions.waiting(regions.east, regions.west)
    regions.copy(regions.east, regions.west)
    data = next(key for key in waiting if key.endswith(".parquet"))
    regions.west.s3.put_object(Bucket=regions.west.bucket, Key=data, Body=b"half of it")
    assert regions.follow()[TABLE].commits_behind == 1
    assert regions.west.sequences() == list(range(10))


def test_statistics_are_not_named_before_they_have_arrived(regions: Regions) -> None:
    regions.east.log().append_new("sales", sales(10))
    table = regions.east.table()
    key = f"warehouse/{regions.east.outputs.glue_database}.db/{TABLE}/metadata/statistics.puffin"
    regions.east.s3.put_object(Bucket=regions.east.bucket, Key=key, Body=b"puffin")
    with table.update_statistics() as update:
        update.set_statistics(
            StatisticsFile(
                **{
                    "snapshot-id": table.current_snapshot().snapshot_id,
                    "statistics-path": f"s3://{regions.east.bucket}/{key}",
                    "file-size-in-bytes": 6,
                    "file-footer-size-in-bytes": 0,
                    "blob-metadata": [],
                }
            )
        )
    waiting = regions.waiting(regions.east, regions.west)
    regions.copy(regions.east, regions.west, [each for each in waiting if each != key])
    regions.follow()
    assert regions.west.table().metadata.statistics == []
    regions.copy(regions.east, regions.west)
    regions.follow()
    (found,) = regions.west.table().metadata.statistics
    assert found.statistics_path == f"s3://{regions.west.bucket}/{key}"


def test_what_is_relocated_already_is_not_written_again(regions: Regions) -> None:
    log = regions.east.log()
    for last in (10, 20, 30):
        log.append_new("sales", sales(last))
    regions.copy(regions.east, regions.west)
    assert regions.follow()[TABLE].manifests == 3
    before = regions.west.listed()
    assert not regions.follow()[TABLE].advanced
    assert regions.west.listed() == before
    log.append_new("sales", sales(40))
    regions.copy(regions.east, regions.west)
    assert regions.follow()[TABLE].manifests == 1


def test_nothing_is_written_over_what_was_copied(regions: Regions) -> None:
    regions.east.log().append_new("sales", sales(10))
    regions.copy(regions.east, regions.west)
    before = regions.west.listed()
    regions.follow()
    written = regions.west.listed() - before
    assert written
    assert all(key.startswith(names.replica_prefix(regions.west.bucket)) for key in written)


def test_a_region_that_does_not_answer_is_not_taken_for_lost(regions: Regions) -> None:
    regions.east.log().append_new("sales", sales(10))
    regions.copy(regions.east, regions.west)
    regions.east.lose_bucket()
    with pytest.raises(UnavailableError, match="if it is lost, with --source-is-lost"):
        regions.follow()


def _command(regions: Regions, folder: Path, *options: str) -> Result:
    arguments = ["replicate-tables", *options, "--json", "--registry", str(folder / "registry.json")]
    (folder / "registry.json").write_bytes(registry.dump(REGISTRY))
    for option, side in (("--outputs", regions.east), ("--to-outputs", regions.west)):
        file = folder / f"{side.bucket}.json"
        file.write_bytes(msgspec.json.encode(side.outputs))
        arguments += [option, str(file)]
    return CliRunner().invoke(cli.build(), arguments)


def test_the_command_says_how_far_each_table_is_and_what_holds_it_back(
    regions: Regions, tmp_path: Path
) -> None:
    regions.east.log().append_new("sales", sales(10))
    regions.copy(regions.east, regions.west)
    regions.east.log().append_new("sales", sales(30))
    (report,) = json.loads(_command(regions, tmp_path).stdout)
    assert (report["table"], report["advanced"]) == (TABLE, True)
    assert (report["commits_behind"], report["rows_behind"]) == (1, 20)
    regions.west.log().append_new("sales", sales(5, first=100))
    refused = _command(regions, tmp_path)
    assert refused.stdout.strip() == "[]"
    assert isinstance(refused.exception, DivergedError)
