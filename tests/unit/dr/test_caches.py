"""Which caches two regions have is read from their outputs."""

from pathlib import Path
from typing import Any

import pytest

from dr import caches, streams
from dr.errors import FailoverError
from dr.event_source import EventSource
from dr.global_datastore import GlobalDatastore
from dr.journal import Journal
from dr.local_stream import LocalStream
from dr.plain_caches import PlainCaches
from dr.separate_caches import SeparateCaches, fill
from headwater import names
from headwater.errors import ConflictError
from headwater.online.memory import MemoryStore
from headwater.online.stores import Stored, Write
from tests.aws_calls import AwsCalls
from tests.aws_regions import HOME, pair, region
from tests.global_table import GlobalTable

EMULATOR = {"endpoint_url": "http://127.0.0.1:4566", "redis_url": "redis://127.0.0.1:6379"}
SERVERLESS = {"cache_group_name": ""}
NONE = {"cache_group_name": "", "redis_url": ""}


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [
        ({}, GlobalDatastore),
        (SERVERLESS, SeparateCaches),
        (NONE, SeparateCaches),
        (EMULATOR, PlainCaches),
        (EMULATOR | NONE, SeparateCaches),
    ],
    ids=["nodes", "serverless", "none", "emulator", "emulator without"],
)
def test_caches_are_what_the_outputs_say(outputs: dict[str, str], expected: type) -> None:
    assert isinstance(caches.of(*pair(AwsCalls(), **outputs)), expected)


def test_one_region_without_nodes_is_in_no_datastore() -> None:
    home, _ = pair(AwsCalls())
    _, away = pair(AwsCalls(), **NONE)
    assert isinstance(caches.of(home, away), SeparateCaches)


def test_an_emulator_and_aws_are_not_two_regions_of_one_environment() -> None:
    home, _ = pair(AwsCalls())
    _, away = pair(AwsCalls(), **EMULATOR)
    with pytest.raises(FailoverError, match="found an emulator and AWS, expected two of a kind"):
        caches.of(home, away)


@pytest.mark.parametrize(("outputs", "expected"), [({}, EventSource), (EMULATOR, LocalStream)])
def test_the_stream_is_what_the_outputs_say(outputs: dict[str, str], expected: type) -> None:
    assert isinstance(streams.of(region(HOME, AwsCalls(), **outputs)), expected)


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> GlobalTable:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    made = GlobalTable()
    made.items = {
        "prod/a": _item("prod/a", b"new"),
        "prod/b": _item("prod/b", b"same"),
        "prod/gone": {**_item("prod/gone", b"old"), "e": {"N": "1"}},
    }
    return made


def _item(key: str, value: bytes) -> dict[str, Any]:
    return {"k": {"S": key}, "v": {"B": value}, "r": {"N": "7"}}


def _side(table: GlobalTable, cache: MemoryStore, **outputs: str) -> Any:
    made = region(HOME, AwsCalls(table.answers()), **(SERVERLESS | outputs))
    made.__dict__["cache"] = cache
    return made


def test_a_cache_that_is_behind_gets_what_the_table_has(table: GlobalTable) -> None:
    cache = MemoryStore()
    cache.write([Write("prod/a", b"old", 0, None), Write("prod/b", b"same", 0, None)])
    assert fill(_side(table, cache)) == 1
    assert [stored.value for stored in cache.read(["prod/a", "prod/b"]) if stored] == [b"new", b"same"]


def test_what_has_expired_in_the_table_is_not_given_to_the_cache(table: GlobalTable) -> None:
    cache = MemoryStore()
    fill(_side(table, cache))
    assert cache.read(["prod/gone"]) == [None]


def test_the_pointer_is_the_tables_alone(table: GlobalTable) -> None:
    """A cache that has one would go on saying where producers wrote when it was filled."""
    key = names.pointer_key("prod")
    table.items[key] = _item(key, b"pointer")
    cache = MemoryStore()
    fill(_side(table, cache))
    assert cache.read([key]) == [None]


class _Written(MemoryStore):
    """A cache that somebody else writes between a read and a write."""

    def read(self, keys: Any) -> list[Stored | None]:
        found = super().read(keys)
        super().write([Write(keys[0], b"other", found[0].revision if found[0] else 0, None)])
        return found


def test_a_cache_that_somebody_else_writes_is_not_written_over(table: GlobalTable) -> None:
    with pytest.raises(ConflictError, match="somebody else wrote it meanwhile"):
        fill(_side(table, _Written()))


def test_where_there_is_no_cache_nothing_is_done(table: GlobalTable, tmp_path: Path) -> None:
    home, away = pair(AwsCalls(table.answers()), **NONE)
    none = SeparateCaches(home, away)
    journal = Journal(tmp_path / "journal.jsonl", "one-back")
    assert none.promote() == none.swap() == none.rejoin(journal, "") == {"cache": "no cache here"}
    assert home.calls.made == []
