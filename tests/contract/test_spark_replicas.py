"""Tables that Spark has merged into, deleted from and compacted, read in the second region by either engine."""

import random
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pyarrow as pa
import pytest
from pyspark.sql import SparkSession

from headwater.offline.spark.catalogs import CATALOG, glue_catalog
from headwater.offline.spark.upkeep import IcebergUpkeep
from tests.replicas import TABLE, Regions, Side
from tests.spark import PREFIX, USES_SPARK
from tests.spark_places import EVERYTHING, sales, sales_registry

pytestmark = USES_SPARK


@pytest.fixture
def regions(endpoint_url: str) -> Regions:
    """Two fresh regions."""
    return Regions(endpoint_url)


class Spark:
    """Spark in a region."""

    def __init__(self, spark: SparkSession, side: Side) -> None:
        # A session of its own: a catalog that was used keeps its settings.
        self.session = spark.newSession()
        for name, value in glue_catalog(side.outputs, prefix=PREFIX).items():
            if name.startswith("spark.sql.catalog"):
                self.session.conf.set(name, value)
        self.table = f"{CATALOG}.{side.outputs.glue_database}.{TABLE}"

    def sql(self, statement: str) -> list[Any]:
        """Rows of a statement about ``{table}``."""
        return self.session.sql(statement.format(table=self.table)).collect()

    def amounts(self, of: str = "{table}") -> dict[int, float]:
        """Amount of each sale, by its number."""
        return {int(row["sequence"]): row["amount"] for row in self.sql(f"FROM {of} SELECT *")}

    def compact(self) -> None:
        """Join files, apply deletes, and expire what came before."""
        IcebergUpkeep(self.session, PREFIX).run(
            self.table, now_ms=int(time.time() * 1000) + 60_000, keep_ms=0, keep_snapshots=1, min_files=2
        )


def _merge_and_delete(spark: Spark) -> None:
    spark.sql(
        "MERGE INTO {table} old USING (SELECT explode(sequence(3, 25, 2)) AS n) new ON old.sequence = cast(new.n AS string) "
        "WHEN MATCHED AND new.n < 9 THEN DELETE WHEN MATCHED THEN UPDATE SET amount = -1"
    )


def _amounts(side: Side) -> dict[int, float]:
    rows = side.rows()
    return dict(zip(map(int, rows["sequence"].to_pylist()), rows["amount"].to_pylist(), strict=True))


def test_rows_that_were_deleted_and_updated_stay_so_for_both_engines(
    spark: SparkSession, regions: Regions
) -> None:
    """Position deletes name data files in their rows, and by their bounds engines find whose they are."""
    regions.east.log().append_new("sales", sales(30))
    regions.east.log().append_new("sales", sales(10, first=30))
    _merge_and_delete(Spark(spark, regions.east))
    expected = _amounts(regions.east)
    assert expected[9] == -1
    assert 5 not in expected
    deletes = regions.east.table().inspect.delete_files()
    assert deletes.num_rows
    regions.copy(regions.east, regions.west)
    regions.follow()
    regions.east.empty()
    assert _amounts(regions.west) == expected
    assert Spark(spark, regions.west).amounts() == expected
    paths = {row[0] for row in Spark(spark, regions.west).sql("SELECT file_path FROM {table}.all_files")}
    assert {path.split("/")[2] for path in paths} == {regions.west.bucket}


def test_a_replica_can_be_written_by_spark_when_it_has_become_the_table(
    spark: SparkSession, regions: Regions
) -> None:
    regions.east.log().append_new("sales", sales(30))
    _merge_and_delete(Spark(spark, regions.east))
    regions.copy(regions.east, regions.west)
    regions.follow()
    regions.east.empty()
    west = Spark(spark, regions.west)
    expected = west.amounts()
    assert regions.west.log().append_new("sales", sales(40)) == 10 + 3
    west.sql("DELETE FROM {table} WHERE sequence = '35'")
    west.compact()
    expected |= {number: number / 2 for number in (3, 5, 7, *range(30, 40)) if number != 35}
    assert west.amounts() == _amounts(regions.west) == expected


def test_compacted_and_expired_tables_are_followed(spark: SparkSession, regions: Regions) -> None:
    east = Spark(spark, regions.east)
    for first in (0, 10, 20):
        regions.east.log().append_new("sales", sales(10, first=first))
    regions.copy(regions.east, regions.west)
    regions.follow()
    _merge_and_delete(east)
    east.compact()
    regions.copy(regions.east, regions.west)
    report = regions.follow()[TABLE]
    assert (report.commits_behind, report.snapshots) == (0, 1)
    expected = _amounts(regions.east)
    regions.east.empty()
    assert Spark(spark, regions.west).amounts() == _amounts(regions.west) == expected


def test_history_tags_and_columns_come_along(spark: SparkSession, regions: Regions) -> None:
    log = regions.east.log()
    log.append_new("sales", sales(10))
    log.tagged("model", "may", create=True)
    log.append_new("sales", sales(20))
    wider = sales_registry(note="string")
    events = sales(5, first=20).append_column("note", pa.array(["new"] * 5))
    regions.east.log(wider).append_new("sales", events)
    regions.copy(regions.east, regions.west)
    regions.follow(registry=wider)
    history = [row[0] for row in Spark(spark, regions.east).sql("SELECT snapshot_id FROM {table}.history")]
    regions.east.empty()
    west = Spark(spark, regions.west)
    assert [row[0] for row in west.sql("SELECT snapshot_id FROM {table}.history")] == history
    first = f"{{table}} VERSION AS OF {history[0]}"
    assert (
        sorted(west.amounts(first)) == sorted(west.amounts("{table} VERSION AS OF 'may'")) == list(range(10))
    )
    assert len(west.sql("SELECT * FROM {table} WHERE note = 'new'")) == 5
    tagged = regions.west.log(wider).tagged("model", "may", create=False)
    assert tagged.read("sales", ["sequence"], EVERYTHING).num_rows == 10


@pytest.mark.parametrize("seed", range(2))
def test_whatever_has_arrived_of_merges_and_compactions_is_a_committed_table(
    spark: SparkSession, regions: Regions, seed: int
) -> None:
    """Files that expire before they are copied never arrive."""
    chance = random.Random(seed)  # noqa: S311 (not for secrets)
    east = Spark(spark, regions.east)
    log = regions.east.log()
    committed: list[dict[int, float]] = []

    def step(action: Callable[[], object]) -> None:
        action()
        committed.append(_amounts(regions.east))
        regions.copy_some(chance, chance.uniform(0.3, 1.0))
        report = regions.follow()[TABLE]
        if report.snapshot_id is not None:
            assert _amounts(regions.west) in committed

    for first in (0, 10, 20):
        step(partial(log.append_new, "sales", sales(10, first=first)))
        step(partial(_merge_and_delete, east))
    step(east.compact)
    step(partial(log.append_new, "sales", sales(40)))
    regions.copy(regions.east, regions.west)
    assert regions.follow()[TABLE].commits_behind == 0
    assert Spark(spark, regions.west).amounts() == _amounts(regions.west) == committed[-1]
