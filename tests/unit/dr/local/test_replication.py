"""How tables are copied between two regions: the last write wins, and what was lost by that is counted."""

import threading
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from dr.local.replication import Replication, Settings, TableCopy

Item = dict[str, Any]


class _Table:
    """A table as boto3 shows it."""

    def __init__(self) -> None:
        self.items: dict[str, Item] = {}
        self.put_items: list[Item] = []
        self.answers = True

    def put(self, key: str, value: str, revision: int) -> None:
        """Write an item."""
        self.items[key] = {"k": {"S": key}, "v": {"S": value}, "r": {"N": str(revision)}}

    def get_paginator(self, _name: str) -> "_Table":
        return self

    def paginate(self, **_asked: Any) -> list[dict[str, Any]]:
        """Give everything as one page."""
        return [{"Items": list(self.items.values())}]

    def put_item(self, *, Item: Any, ConditionExpression: str, **asked: Any) -> None:  # noqa: N803
        """Write an item, if what is there is what is expected."""
        if not self.answers:
            raise EndpointConnectionError(endpoint_url="http://west")
        there = self.items.get(Item["k"]["S"])
        expected = asked.get("ExpressionAttributeValues", {}).get(":r")
        assert ConditionExpression == ("attribute_not_exists(k)" if expected is None else "r = :r")
        if (None if there is None else there["r"]) != expected:
            raise ClientError({"Error": {"Code": "ConditionalCheckFailedException"}}, "PutItem")
        self.put_items.append(Item)
        self.items[Item["k"]["S"]] = Item


class _Region:
    """A region that is a table and no more."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.table = _Table()
        self.outputs = self

    online_table_name = "online"

    def client(self, _service: str) -> _Table:
        return self.table


class _Both:
    """Both directions between two regions, stepped by hand."""

    def __init__(self) -> None:
        self.east: Any = _Region("east")
        self.west: Any = _Region("west")
        self.conflicts: set[str] = set()
        self.settings = {name: Settings(0.0) for name in ("east", "west")}
        known: Any = {"east": {}, "west": {}}
        tried: Any = {"east": {}, "west": {}}
        delivered: Any = {"east": {}, "west": {}}
        lock = threading.Lock()
        pairs: Any = ((self.east, self.west), (self.west, self.east))
        self.copies = [
            TableCopy(
                source, target, self.settings[source.name], known, tried, delivered, self.conflicts, lock
            )
            for source, target in pairs
        ]

    def step(self) -> None:
        """Let each direction read and copy, until all is at rest."""
        for _ in range(3):
            for copy in self.copies:
                copy.step()
            time.sleep(0.002)  # a write is dated to the millisecond

    def read(self) -> None:
        """Let each direction see what was written, and copy nothing."""
        for settings in self.settings.values():
            settings.stalled = True
        self.step()
        for settings in self.settings.values():
            settings.stalled = False


@pytest.fixture
def both() -> _Both:
    return _Both()


def test_a_write_reaches_the_other_region_and_does_not_come_back(both: _Both) -> None:
    both.east.table.put("a", "1", 1)
    both.step()
    assert both.west.table.items == both.east.table.items
    assert not both.conflicts


def test_of_two_writes_that_know_not_of_each_other_the_later_wins_and_a_conflict_is_counted(
    both: _Both,
) -> None:
    both.east.table.put("a", "earlier", 1)
    both.read()
    both.west.table.put("a", "later", 1)
    both.read()
    both.step()
    assert both.east.table.items == both.west.table.items
    assert both.east.table.items["a"]["v"] == {"S": "later"}
    assert both.conflicts == {"a"}


@pytest.mark.parametrize(("share", "least", "most"), [(0.0, 200, 200), (0.5, 70, 130), (1.0, 0, 0)])
def test_a_share_of_writes_is_never_copied(both: _Both, share: float, least: int, most: int) -> None:
    both.settings["east"].lost_share = share
    for number in range(200):
        both.east.table.put(f"{number}", "1", 1)
    both.step()
    assert least <= len(both.west.table.items) <= most


def test_a_key_whose_write_was_lost_comes_with_its_next_one(both: _Both) -> None:
    both.settings["east"].lost_share = 1.0
    both.east.table.put("a", "1", 1)
    both.step()
    both.settings["east"].lost_share = 0.0
    both.east.table.put("a", "2", 2)
    both.step()
    assert both.west.table.items == both.east.table.items


def test_of_several_writes_of_a_key_that_are_due_the_last_is_copied(both: _Both) -> None:
    for revision in range(1, 4):
        both.east.table.put("a", str(revision), revision)
        both.read()
    both.step()
    assert [item["v"] for item in both.west.table.put_items] == [{"S": "3"}]


def test_copies_that_were_under_way_when_a_region_did_not_answer_are_made_later(both: _Both) -> None:
    for number in range(3):
        both.east.table.put(f"{number}", "1", 1)
    both.read()
    both.west.table.answers = False
    with pytest.raises(EndpointConnectionError):
        both.copies[0].step()
    both.west.table.answers = True
    both.step()
    assert both.west.table.items == both.east.table.items


def test_what_cannot_be_copied_yet_waits_until_both_regions_were_read_again(both: _Both) -> None:
    """However long one attempt takes: otherwise two directions wait for one another for ever."""
    for number in range(8):
        both.east.table.put(f"{number}", "east", 1)
    both.read()
    for number in range(8):
        both.west.table.put(f"{number}", "west, not read yet", 1)
    asked: list[Any] = []

    def slowly(**wanted: Any) -> None:
        asked.append(wanted)
        assert len(asked) <= 8, "one key was tried twice in a step"
        time.sleep(0.02)
        _Table.put_item(both.west.table, **wanted)

    both.west.table.put_item = slowly
    both.copies[0].step()
    assert len(asked) == 8


def test_a_write_over_a_copy_is_no_conflict(both: _Both) -> None:
    both.east.table.put("a", "1", 1)
    both.step()
    both.west.table.put("a", "2", 2)
    both.step()
    assert both.east.table.items["a"]["v"] == {"S": "2"}
    assert not both.conflicts


def test_what_was_on_its_way_out_of_a_lost_region_is_lost(both: _Both) -> None:
    both.east.table.put("a", "1", 1)
    both.read()
    both.copies[0].forget_due()
    both.step()
    assert both.west.table.items == {}


def test_a_write_in_a_region_that_is_cut_off_is_older_than_a_later_one_in_the_other(both: _Both) -> None:
    """It is dated when it is written, not when the region is reached again."""
    for settings in both.settings.values():
        settings.cut = True
    both.east.table.put("a", "earlier", 1)
    both.step()
    both.west.table.put("a", "later", 1)
    both.step()
    for settings in both.settings.values():
        settings.cut = False
    both.step()
    assert both.west.table.items["a"]["v"] == both.east.table.items["a"]["v"] == {"S": "later"}
    assert both.conflicts == {"a"}


def test_what_was_written_has_its_date_once_it_was_read_from_the_beginning() -> None:
    """A reading that had begun before may have passed the key already."""
    both = _Both()
    replication = Replication(
        both.east, both.west, {"east": both.east, "west": both.west}, both.settings, both.settings
    )
    east = replication._tables["east"]
    east.begun = 1  # one is under way
    has_dated = replication.has_dated("east")
    assert not has_dated()
    east.read = 1
    assert not has_dated()
    east.step()
    assert has_dated()


def test_what_was_written_is_copied_once_nothing_of_it_is_on_its_way() -> None:
    both = _Both()
    replication = Replication(
        both.east, both.west, {"east": both.east, "west": both.west}, both.settings, both.settings
    )
    east = replication._tables["east"]
    has_copied = replication.has_copied("east")
    both.east.table.put("a", "1", 1)
    both.settings["east"].lag_s = 60
    east.step()
    assert not has_copied()
    both.settings["east"].lag_s = 0
    both.east.table.put("b", "1", 1)
    east.forget_due()
    for _ in range(2):
        east.step()
        time.sleep(0.002)  # a write is dated to the millisecond
    assert has_copied()
