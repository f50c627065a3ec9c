"""Relocators that are killed or meet, tables that both regions wrote, and the way back."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pyarrow as pa
import pytest

from headwater.compiler import compile_services
from headwater.definitions import Entity, FeatureService, FeatureView, TableSource, latest
from headwater.errors import ConflictError, DivergedError
from headwater.offline.replica import relocation
from headwater.offline.replica.catalog import Pointers
from headwater.offline.replica.objects import BucketObjects
from headwater.offline.replica.regions import look, open_region
from headwater.offline.served_log import ServedLog
from headwater.offline.table_rows import events_of
from headwater.offline.types import INSTANT
from tests.replicas import TABLE, Regions, Side
from tests.spark_places import START, sales

FACTS = compile_services(
    [
        FeatureService(
            name="facts",
            views=[
                FeatureView(
                    name="account",
                    entity=Entity(name="user", keys={"user": "string"}),
                    source=TableSource(name="accounts", columns={"user": "string", "plan": "string"}),
                    features=latest(["plan"], ttl="30d"),
                )
            ],
        )
    ]
)


class Killed(BaseException):
    """The end of a relocator."""


@pytest.fixture
def regions(endpoint_url: str) -> Regions:
    """Two fresh regions."""
    return Regions(endpoint_url)


@pytest.fixture
def diverged(regions: Regions) -> Regions:
    """The east committed 10 to 29 and was lost before they arrived; the west went on with 25 to 39."""
    regions.east.log().append_new("sales", sales(10))
    regions.copy(regions.east, regions.west)
    regions.follow()
    for last in (20, 30):
        regions.east.log().append_new("sales", sales(last))
    regions.west.log().append_new("sales", sales(15, first=25))
    return regions


@contextmanager
def _killed_after(steps: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Kill the relocator in place of a step after some; a step writes an object or changes the table."""
    left = steps

    def counted(step: Any) -> Any:
        def take(*arguments: Any) -> Any:
            nonlocal left
            left -= 1
            if left < 0:
                raise Killed
            return step(*arguments)

        return take

    with monkeypatch.context() as patch:
        patch.setattr(BucketObjects, "write", counted(BucketObjects.write))
        patch.setattr(Pointers, "point", counted(Pointers.point))
        yield


@pytest.mark.slow
def test_killed_before_any_step_the_table_is_one_that_was_committed(
    regions: Regions, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = regions.east.log()
    for last in (10, 20):
        log.append_new("sales", sales(last))
        regions.copy(regions.east, regions.west)
        before = last - 10
        for _ in range(20):
            try:
                # What a run before has written it finds, so that this one gets one step further.
                with _killed_after(1, monkeypatch):
                    regions.follow()
            except Killed:
                if before:
                    assert regions.west.sequences() == list(range(before))
            else:
                break
        assert regions.west.sequences() == list(range(last))


def test_who_comes_second_changes_nothing(regions: Regions) -> None:
    regions.east.log().append_new("sales", sales(10))
    regions.copy(regions.east, regions.west)
    here, there = open_region(regions.east.outputs), open_region(regions.west.outputs)
    seen = look(TABLE, here, there, source_is_lost=False)
    regions.east.log().append_new("sales", sales(20))
    regions.copy(regions.east, regions.west)
    regions.follow()
    with pytest.raises(ConflictError, match="somebody changed it meanwhile; run again"):
        relocation._advance(seen, there, None, None)
    assert regions.west.sequences() == list(range(20))


@pytest.mark.slow
def test_relocators_at_once_come_to_the_newest(regions: Regions) -> None:
    log = regions.east.log()
    with ThreadPoolExecutor(2) as threads:
        for last in (10, 20, 30):
            log.append_new("sales", sales(last))
            regions.copy(regions.east, regions.west)
            for run in [threads.submit(regions.follow) for _ in range(2)]:
                run.result()
            assert regions.west.sequences() == list(range(last))


def test_a_replica_that_was_written_is_not_overwritten(diverged: Regions) -> None:
    diverged.copy(diverged.east, diverged.west)
    with pytest.raises(DivergedError, match="it is the table now: exchange --env and --to-env"):
        diverged.follow()
    with pytest.raises(DivergedError, match="it is the table now"):
        diverged.follow(source_is_lost=True)
    assert diverged.west.sequences() == [*range(10), *range(25, 40)]


def test_a_replica_that_was_tagged_is_not_overwritten(regions: Regions) -> None:
    regions.east.log().append_new("sales", sales(10))
    regions.copy(regions.east, regions.west)
    regions.follow()
    regions.west.log().tagged("model", "may", create=True)
    with pytest.raises(DivergedError, match="found commits of its own"):
        regions.follow()


def test_the_old_first_region_is_not_overwritten_unasked(diverged: Regions) -> None:
    diverged.copy(diverged.west, diverged.east)
    with pytest.raises(
        DivergedError, match="run again with --fail-back, which brings their rows there first"
    ):
        diverged.follow(back=True)
    assert diverged.east.sequences() == list(range(30))


def test_failing_back_loses_and_doubles_nothing(diverged: Regions) -> None:
    diverged.copy(diverged.west, diverged.east)
    report = diverged.follow(back=True, fail_back=True)[TABLE]
    # 25 to 29 of what never arrived the west had already.
    assert report.merged_rows == 15
    assert diverged.west.sequences() == list(range(40))
    diverged.copy(diverged.west, diverged.east)
    assert diverged.follow(back=True)[TABLE].commits_behind == 0
    assert diverged.east.sequences() == list(range(40))
    assert diverged.east.rows().equals(diverged.west.rows())


@pytest.mark.slow
def test_killed_while_failing_back_nothing_is_lost_or_doubled(
    diverged: Regions, monkeypatch: pytest.MonkeyPatch
) -> None:
    diverged.copy(diverged.west, diverged.east)
    for _ in range(20):
        try:
            with _killed_after(1, monkeypatch):
                diverged.follow(back=True, fail_back=True)
        except Killed:
            continue
        break
    diverged.copy(diverged.west, diverged.east)
    diverged.follow(back=True)
    assert diverged.east.sequences() == diverged.west.sequences() == list(range(40))


@pytest.mark.slow
def test_regions_change_places_again_and_again(diverged: Regions) -> None:
    diverged.copy(diverged.west, diverged.east)
    diverged.follow(back=True, fail_back=True)
    rows = 40
    ends: list[tuple[Side, Side, bool]] = [
        (diverged.west, diverged.east, True),
        (diverged.east, diverged.west, False),
    ]
    for source, target, back in ends * 2:
        source.log().append_new("sales", sales(rows + 10))
        rows += 10
        with pytest.raises(DivergedError):
            diverged.follow(back=not back)
        diverged.copy(source, target)
        assert diverged.follow(back=back)[TABLE].commits_behind == 0
        assert target.sequences() == list(range(rows))
    # What is left of the history that was given up is not taken for the table when the region is lost again.
    diverged.copy(diverged.east, diverged.west)
    diverged.follow(source_is_lost=True)
    assert diverged.west.sequences() == list(range(rows))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_the_second_region_never_goes_back_while_the_first_takes_over_again(
    diverged: Regions, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 (not for secrets)
    diverged.copy(diverged.west, diverged.east)
    diverged.follow(back=True, fail_back=True)
    diverged.copy(diverged.west, diverged.east)
    diverged.follow(back=True)
    diverged.east.log().append_new("sales", sales(50))
    for share in (0.3, 0.6, 0.6, 1.0):
        diverged.copy_some(chance, share)
        diverged.follow()
        assert diverged.west.sequences() in (list(range(40)), list(range(50)))
    assert diverged.west.sequences() == list(range(50))


def test_tags_that_never_arrived_are_named(regions: Regions) -> None:
    regions.east.log().append_new("sales", sales(10))
    regions.copy(regions.east, regions.west)
    regions.follow()
    regions.east.log().tagged("model", "may", create=True)
    regions.west.log().append_new("sales", sales(20))
    regions.copy(regions.west, regions.east)
    assert regions.follow(back=True, fail_back=True)[TABLE].lost_tags == ("may",)


def test_tables_that_both_regions_made_are_brought_together(regions: Regions) -> None:
    regions.east.log().append_new("sales", sales(20))
    regions.west.log().append_new("sales", sales(20, first=10))
    regions.copy(regions.west, regions.east)
    with pytest.raises(DivergedError, match="they were made apart"):
        regions.follow(back=True)
    assert regions.follow(back=True, fail_back=True)[TABLE].merged_rows == 10
    regions.copy(regions.west, regions.east)
    regions.follow(back=True)
    assert regions.east.sequences() == list(range(30))


def _served(first: int, last: int) -> list[dict[str, Any]]:
    return [
        {
            "request_id": str(number), "row": 0, "served_at": START + timedelta(seconds=number), "as_of": START,
            "service": "model", "registry_version": "1", "entity": "{}", "features": ["f"], "values": "[1]",
            "statuses": ["ok"],
        }
        for number in range(first, last)
    ]  # fmt: skip


def _facts(first: int, last: int) -> pa.Table:
    users = range(first, last)
    rows = pa.table(
        {
            "event_time": pa.array([START] * len(users), INSTANT),
            "user": [f"u{number}" for number in users],
            "plan": ["free"] * len(users),
        }
    )
    return events_of(FACTS.sources["accounts"], rows, 0)


def test_every_table_is_failed_back(regions: Regions) -> None:
    """The log of what was served is known by lookup, facts by content, and so are rows of tables that jobs write."""
    reports = pa.table({"job": ["ingest", "compact", "ingest"], "rows": [1, 2, 3]})

    def write(side: Side, first: int, last: int) -> None:
        ServedLog(side.catalog, side.outputs.glue_database).append_new(_served(first, last))
        side.log(FACTS).append_new("accounts", _facts(first, last))
        side.table("job_reports").append(reports.slice(first, last - first))

    ServedLog(regions.east.catalog, regions.east.outputs.glue_database).ensure_table()
    regions.east.catalog.create_table((regions.east.outputs.glue_database, "job_reports"), reports.schema)
    write(regions.east, 0, 1)
    regions.copy(regions.east, regions.west)
    regions.follow(registry=FACTS)
    write(regions.east, 1, 2)
    write(regions.west, 2, 3)
    regions.copy(regions.west, regions.east)
    merged = regions.follow(back=True, fail_back=True, registry=FACTS)
    assert {name: report.merged_rows for name, report in merged.items()} == {
        "events_accounts": 1,
        "job_reports": 1,
        "served": 1,
    }
    regions.copy(regions.west, regions.east)
    regions.follow(back=True, registry=FACTS)
    for name in merged:
        assert regions.east.table(name).scan().to_arrow().num_rows == 3
