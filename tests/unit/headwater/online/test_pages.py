"""Pages: bytes, and what events do to them."""

import pytest

from headwater.envelope import LoggedEvent
from headwater.errors import CorruptValueError
from headwater.online import pages
from headwater.online.pages import Change, Delta, Page, SlotStates
from headwater.registry import SlotSpec
from headwater.windows import tile_of

STATES = SlotStates((SlotSpec(None, "count"), SlotSpec("amount", "sum")))
WIDTH = 100


def _change(sequence: int, time_us: int, *, shard: str = "a", amount: float | None = 1.0) -> Change:
    return Change(shard, sequence, time_us, [1, None if amount is None else [1, amount]])


def _apply(page: Page, *changes: Change, settle_until_us: int | None = None) -> int:
    """Apply changes as a batch brings them: one delta a tile."""
    tiles: dict[int, list[Change]] = {}
    for change in changes:
        tiles.setdefault(tile_of(change.event_time_us, WIDTH), []).append(change)
    deltas = [Delta(own, STATES) for own in tiles.values()]
    return pages.apply(page, deltas, STATES, WIDTH, settle_until_us=settle_until_us)


def _applied(*changes: Change, settle_until_us: int | None = None) -> Page:
    page = Page("v1")
    _apply(page, *changes, settle_until_us=settle_until_us)
    return page


def test_a_page_survives_being_written() -> None:
    page = _applied(_change(2**190, 5), _change(7, 205, shard="é"), settle_until_us=0)
    assert pages.decode("key", pages.encode(page)) == page


@pytest.mark.parametrize("position", [0, 2, 5, 8, -1])
def test_any_changed_byte_is_noticed_and_the_key_named(position: int) -> None:
    value = bytearray(pages.encode(_applied(_change(1, 5))))
    value[position] ^= 0x40
    with pytest.raises(CorruptValueError, match="'env/view/key'"):
        pages.decode("env/view/key", bytes(value))


@pytest.mark.parametrize("value", [b"", b"HW", b"HW\x01", b"HW\x01\x00\x00\x00\x00"])
def test_bytes_that_are_too_short_are_corrupt(value: bytes) -> None:
    with pytest.raises(CorruptValueError):
        pages.decode("key", value)


def test_a_record_delivered_again_changes_nothing() -> None:
    page = _applied(_change(1, 5), _change(2, 6))
    before = pages.encode(page)
    assert _apply(page, _change(1, 5), _change(2, 6)) == 0
    assert pages.encode(page) == before


def test_of_a_batch_that_was_applied_in_part_the_rest_is_applied() -> None:
    page = _applied(_change(1, 5), _change(2, 6))
    assert _apply(page, _change(2, 6), _change(3, 7), _change(4, 150)) == 2
    assert pages.states_until(page.tiles[0], 100, STATES) == [3, [3, 3.0]]
    assert pages.states_until(page.tiles[1], 200, STATES) == [1, [1, 1.0]]


def test_shards_number_their_records_apart() -> None:
    page = _applied(_change(9, 5, shard="a"))
    assert _apply(page, _change(1, 5, shard="b")) == 1


def test_what_came_later_can_be_left_out_of_an_unsettled_tile() -> None:
    page = _applied(*[_change(number, number) for number in range(1, 11)], settle_until_us=0)
    assert pages.states_until(page.tiles[0], 4, STATES) == [4, [4, 4.0]]


def test_more_moments_than_are_kept_apart_make_an_early_reader_refuse() -> None:
    """Settled events after the instant cannot be told apart: no answer, never a wrong one."""
    count = pages.RECENT_MOMENTS + 3
    page = _applied(*[_change(number, number) for number in range(1, count + 1)], settle_until_us=0)
    tile = page.tiles[0]
    assert len(tile.recent) == pages.RECENT_MOMENTS
    assert pages.states_until(tile, 2, STATES) is None
    assert pages.states_until(tile, count - 1, STATES) == [count - 1, [count - 1, count - 1.0]]


def test_events_of_one_instant_are_one_moment() -> None:
    page = _applied(*[_change(number, 7) for number in range(1, 40)], settle_until_us=0)
    assert len(page.tiles[0].recent) == 1
    assert pages.states_until(page.tiles[0], 6, STATES) == [None, None]


def test_tiles_behind_the_stream_are_settled() -> None:
    page = _applied(_change(1, 5), _change(2, 150), settle_until_us=0)
    pages.settle(page, 0, STATES, WIDTH, until_us=100)
    assert page.tiles[0].recent == []
    assert len(page.tiles[1].recent) == 1
    assert pages.states_until(page.tiles[0], 100, STATES) == [1, [1, 1.0]]


def test_a_null_is_counted_as_an_event_and_nothing_else() -> None:
    page = _applied(_change(1, 5, amount=None))
    assert pages.states_until(page.tiles[0], 100, STATES) == [1, None]


def test_of_too_many_ids_the_latest_are_kept_and_what_is_forgotten_is_known() -> None:
    count = pages.MAX_RECENT_IDS + 2
    page = Page("v", recent_ids={number: number for number in range(1, count + 1)})
    pages.forget_ids(page, until_us=0)
    assert len(page.recent_ids) == pages.MAX_RECENT_IDS
    assert pages.event_counted(page, _event(2)) is None
    assert pages.event_counted(page, _event(count)) == pages.NEVER_US
    assert pages.event_counted(Page("v"), _event(2)) == pages.NEVER_US
    assert pages.event_counted(Page("v", recent_ids={pages.id_hash("e2"): 2}), _event(2)) == 2


def _event(time_us: int) -> LoggedEvent:
    return LoggedEvent("source", f"e{time_us}", time_us, time_us, "s", 1, {})
