"""Layout of the event log's tables, whoever makes or changes them."""

from typing import Any

from tests.spark import USES_SPARK
from tests.spark_places import REGISTRY, Place, sales, sales_registry

pytestmark = USES_SPARK

SORTED = "shop ASC NULLS LAST, event_time ASC NULLS LAST"


def _property(place: Place, name: str) -> str:
    found = place.session.sql(f"SHOW TBLPROPERTIES {place.table} ('{name}')").first()
    return str(found and found["value"])


def _partition_fields(place: Place) -> list[str]:
    found: Any = place.session.table(f"{place.table}.partitions").schema["partition"].dataType
    return list(found.names)


def _buckets(place: Place) -> set[int | None]:
    partitions = place.session.table(f"{place.table}.partitions").collect()
    return {row["partition"].asDict().get("shop_bucket_4") for row in partitions}


def test_tables_of_spark_are_sorted_and_divided_by_day(place: Place) -> None:
    place.log()
    assert _property(place, "sort-order") == SORTED
    assert _property(place, "write.distribution-mode") == "hash"
    assert _partition_fields(place) == ["event_time_day"]


def test_tables_of_one_machine_are_laid_out_alike_and_spark_changes_nothing(glue: Place) -> None:
    glue.on_one_machine()
    metadata = _property(glue, "location"), glue.session.table(f"{glue.table}.metadata_log_entries").count()
    glue.log()
    assert _property(glue, "sort-order") == SORTED
    assert (
        _property(glue, "location"),
        glue.session.table(f"{glue.table}.metadata_log_entries").count(),
    ) == metadata


def test_buckets_divide_new_files_and_leave_the_old(place: Place) -> None:
    place.log().append_new("sales", place.frame(sales(2)))
    divided = sales_registry(buckets=4)
    place.log(divided).append_new("sales", place.frame(sales(4)))
    assert None in _buckets(place)
    assert len(_buckets(place)) == 2
    assert place.sequences() == [0, 1, 2, 3]
    place.log(REGISTRY)
    place.log(REGISTRY).append_new("sales", place.frame(sales(6)))
    assert place.sequences() == list(range(6))


def test_one_machine_divides_and_reads_what_is_divided(glue: Place) -> None:
    divided = sales_registry(buckets=4)
    glue.on_one_machine().append_new("sales", sales(2))
    machine = glue.on_one_machine(divided)
    assert machine.append_new("sales", sales(4)) == 2
    assert len(_buckets(glue)) == 2
    assert glue.log(divided).append_new("sales", glue.frame(sales(6))) == 2
    assert machine.append_new("sales", sales(6)) == 0
    assert glue.sequences() == list(range(6))


def test_a_table_of_an_earlier_layout_is_brought_to_this_one(glue: Place) -> None:
    glue.on_one_machine().append_new("sales", sales(2))
    glue.session.sql(f"ALTER TABLE {glue.table} SET TBLPROPERTIES ('write.distribution-mode' = 'none')")
    glue.on_one_machine()
    glue.session.catalog.refreshTable(glue.table)
    assert _property(glue, "write.distribution-mode") == "hash"
    assert _property(glue, "format-version") == "2"
    assert glue.sequences() == [0, 1]
