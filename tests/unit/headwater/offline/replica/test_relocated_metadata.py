"""Metadata for another bucket, of what has arrived there."""

from typing import Any

import msgspec
import pytest

from headwater.errors import InputError
from headwater.offline.pins import Pin, encode, property_of
from headwater.offline.replica import lineage
from headwater.offline.replica.move import Move
from headwater.offline.replica.relocated_metadata import relocate
from headwater.offline.replica.states import State, parse

MOVE = Move("east", "west", "warehouse/d.db/t/")


def _snapshot(number: int) -> dict[str, Any]:
    return {
        "snapshot-id": number,
        "parent-snapshot-id": number - 1,
        "sequence-number": number,
        "timestamp-ms": number,
        "manifest-list": f"s3://east/warehouse/d.db/t/metadata/snap-{number}.avro",
    }


def _state(**more: Any) -> State:
    metadata = {
        "format-version": 2,
        "table-uuid": "u",
        "location": "s3://east/warehouse/d.db/t",
        "current-snapshot-id": 3,
        "snapshots": [_snapshot(number) for number in (1, 2, 3)],
        "snapshot-log": [{"snapshot-id": number, "timestamp-ms": number} for number in (1, 2, 3)],
        "refs": {
            "main": {"snapshot-id": 3, "type": "branch"},
            "may": {"snapshot-id": 1, "type": "tag"},
            "june": {"snapshot-id": 3, "type": "tag"},
        },
        "properties": {
            property_of("may"): encode(Pin(1, "model", {})),
            property_of("june"): encode(Pin(3, "model", {})),
            "owner": "team",
        },
        "metadata-log": [{"metadata-file": "s3://east/before", "timestamp-ms": 1}],
        "not known here": "kept",
    }
    return State("s3://east/warehouse/d.db/t/metadata/00007-x.metadata.json", metadata | more)


def _relocated(head: int | None, *there: int, **more: Any) -> State:
    state = _state(**more)
    lists = {number: f"s3://west/list-{number}" for number in there}
    return relocate(state, None if head is None else state.snapshots[head], lists, MOVE)


def test_no_path_of_the_source_is_left_but_where_the_copy_is_from() -> None:
    made = _relocated(3, 1, 2, 3)
    copied_from = made.metadata["properties"].pop(lineage.COPY_OF)
    assert copied_from == "s3://east/warehouse/d.db/t/metadata/00007-x.metadata.json#3"
    assert b"s3://east" not in msgspec.json.encode(made.metadata)
    assert made.location == "s3://west/warehouse/d.db/t"
    assert made.path.startswith("s3://west/replica/west/warehouse/d.db/t/metadata/00007-")


def test_what_is_not_known_here_is_kept() -> None:
    assert _relocated(3, 1, 2, 3).metadata["not known here"] == "kept"


def test_the_head_is_the_newest_that_has_arrived_and_nothing_newer_is_named() -> None:
    made = _relocated(2, 1, 2)
    assert made.head_id == 2
    assert list(made.snapshots) == [1, 2]
    assert made.metadata["refs"] == {
        "main": {"snapshot-id": 2, "type": "branch"},
        "may": {"snapshot-id": 1, "type": "tag"},
    }


def test_history_begins_after_the_last_gap() -> None:
    made = _relocated(3, 1, 3)
    assert [entry["snapshot-id"] for entry in made.metadata["snapshot-log"]] == [3]


def test_a_pin_goes_with_its_snapshot() -> None:
    properties = _relocated(2, 1, 2).properties
    assert property_of("may") in properties
    assert property_of("june") not in properties


def test_an_empty_table_stays_empty() -> None:
    made = _relocated(None)
    assert (made.head, made.snapshots, made.metadata["refs"]) == (None, {}, {})


def test_equal_tables_are_one_file() -> None:
    assert _relocated(3, 1, 2, 3).path == _relocated(3, 1, 2, 3).path != _relocated(3, 2, 3).path


def test_properties_that_are_paths_lead_to_the_target() -> None:
    made = _relocated(3, 3, properties={"write.data.path": "s3://east/elsewhere"})
    assert made.properties["write.data.path"] == "s3://west/elsewhere"


def test_tables_of_another_format_are_refused() -> None:
    with pytest.raises(InputError, match="found format version 3, expected 2"):
        parse("s3://east/00007-x.metadata.json", msgspec.json.encode({"format-version": 3}))
