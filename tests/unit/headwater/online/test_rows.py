"""Rows of latest values: bytes that say what the page says, and damage that is never a wrong value."""

import random
from struct import Struct
from zlib import crc32

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.errors import CorruptValueError
from headwater.online import pages, rows
from headwater.online.pages import Moment, Page, SlotStates, Tile
from headwater.online.rows import Row
from headwater.registry import SlotSpec

STATES = SlotStates((SlotSpec("plan", "last"), SlotSpec("limit", "last"), SlotSpec("due", "last")))
KEY = "env/account/v1/é/row/0"

_stamps = st.tuples(st.integers(0, 2**50), st.text(max_size=4))
_values = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.text(max_size=5),
    st.booleans(),
)
_states = st.lists(
    st.none()
    | st.builds(lambda stamp, value: [*stamp, value], _stamps, _values.filter(lambda v: v is not None)),
    min_size=3,
    max_size=3,
)
_pages = st.builds(
    lambda settled, recent, applied, ids: Page(
        "v1",
        applied,
        {0: Tile(settled, max([s[0] for s in settled if s], default=pages.NEVER_US), recent)},
        ids,
    ),
    _states,
    st.lists(st.builds(Moment, st.integers(0, 2**50), _states), max_size=3),
    st.dictionaries(st.text(max_size=3), st.binary(min_size=1, max_size=9), max_size=2),
    st.dictionaries(st.integers(0, 2**64 - 1), st.integers(0, 2**50), max_size=2),
)


@given(_pages)
def test_a_row_survives_being_written(page: Page) -> None:
    assert rows.decode(KEY, rows.encode(page, STATES)) == page


@given(_pages)
def test_in_front_stand_the_latest_values_and_when_they_happened(page: Page) -> None:
    tile = page.tiles[0]
    latest = STATES.merge_all([tile.settled, *[moment.states for moment in tile.recent]])
    found = rows.head(KEY, rows.encode(page, STATES))
    assert found.values == [None if state is None else state[2] for state in latest]
    assert found.full == all(state is not None for state in latest)
    assert found.oldest_us == min([state[0] for state in latest if state is not None], default=pages.NEVER_US)
    assert found.newest_us == max([tile.settled_until_us, *[moment.time_us for moment in tile.recent]])


@given(_pages, st.randoms(use_true_random=False))
def test_damage_is_noticed_with_the_key_or_lies_behind_what_was_read(
    page: Page, chance: random.Random
) -> None:
    value = rows.encode(page, STATES)
    damaged = bytearray(value)
    damaged[chance.randrange(len(value))] ^= 1 << chance.randrange(8)
    for broken in (bytes(damaged), value[: chance.randrange(len(value))]):
        with pytest.raises(CorruptValueError, match="'env/account/v1/é/row/0'"):
            rows.decode(KEY, broken)
        found = _heads_or_error(broken)
        assert found == [None, rows.head(KEY, value)] or repr(KEY) in found


def _heads_or_error(value: bytes) -> list[Row | None] | str:
    try:
        return rows.heads(["other", KEY], [None, value])
    except CorruptValueError as error:
        return str(error)


def test_a_sound_checksum_over_something_else_is_still_an_error_with_the_key() -> None:
    front = msgspec.msgpack.encode({"a": 1})
    value = Struct(">3sII").pack(b"HR\x01", crc32(front), len(front)) + front
    for read in (rows.head, rows.decode):
        with pytest.raises(CorruptValueError, match="'env/account/v1/é/row/0'"):
            read(KEY, value)
    with pytest.raises(CorruptValueError, match="'env/account/v1/é/row/0'"):
        rows.heads([KEY], [value])


def test_a_later_format_is_refused_and_named() -> None:
    value = rows.encode(Page("v1", {}, {0: Tile(STATES.none())}), STATES)
    with pytest.raises(CorruptValueError, match=r"starts with b'HR\\x02', expected b'HR\\x01'"):
        rows.head(KEY, b"HR\x02" + value[3:])
