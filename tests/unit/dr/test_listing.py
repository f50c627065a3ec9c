"""Listings of keys with both values."""

import base64
from pathlib import Path

import pytest

from dr import listing
from dr.comparison import Differing
from dr.listing import Value, Witness
from headwater.online import pages
from headwater.online.memory import MemoryStore
from headwater.online.pages import Page
from headwater.online.stores import Write


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "run" / "listing.jsonl"


def test_a_witness_writes_down_what_was_there_and_what_is_there_now(file: Path) -> None:
    store = Witness(MemoryStore(), file)
    assert store.read(["a"]) == [None]
    assert store.write([Write("a", b"first", 0, None)]) == [True]
    store.read(["a"])
    assert store.write([Write("a", b"second", 1, None)]) == [True]
    values = [
        (line.lost and line.lost.base64, line.surviving and line.surviving.base64)
        for line in listing.lines(file)
    ]
    first, second = (base64.b64encode(value).decode() for value in (b"first", b"second"))
    assert values == [(None, first), (first, second)]


def test_a_write_that_somebody_else_was_before_is_not_listed(file: Path) -> None:
    store = Witness(MemoryStore(), file)
    assert store.write([Write("a", b"first", 7, None)]) == [False]
    assert listing.lines(file) == []


def test_a_page_is_listed_with_its_positions(file: Path) -> None:
    value = pages.encode(Page("v", {"us-west-2/0": pages.pack_sequence(2**70), "us-west-2/0#2": b"\x05"}))
    listing.write_differing(file, "dynamodb", [Differing("a", value, None)])
    [line] = listing.lines(file)
    positions = {"us-west-2/0": str(2**70), "us-west-2/0#2": "5"}
    assert (line.lost, line.surviving) == (Value(positions, base64.b64encode(value).decode()), None)


def test_a_run_that_goes_on_adds_to_the_listing(file: Path) -> None:
    for key in ("a", "b"):
        listing.write_differing(file, "dynamodb", [Differing(key, b"1", b"2")])
    assert [line.key for line in listing.lines(file)] == ["a", "b"]
