"""The arithmetic of time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater import windows
from headwater.errors import DefinitionError
from headwater.windows import DAY_US, HOUR_US, MINUTE_US, SECOND_US, Bounds, Window

WIDTHS = st.sampled_from([(10,), (10, 100), (5, 10, 30), (1, 60, 3600)])


@given(WIDTHS, st.integers(-50, 50), st.integers(0, 20_000), st.data())
def test_a_cover_is_the_interval_in_order_and_without_gaps(
    widths: tuple[int, ...], start: int, length: int, data: st.DataObject
) -> None:
    """Tiles of a cover follow one another from the interval's start to its end, or past it in one partial tile."""
    after = start * data.draw(st.sampled_from(widths))
    runs = windows.cover(Bounds(after, after + length), widths)
    position = after
    for run in runs:
        assert run.first * run.width_us == position
        assert run.end > run.first
        position = run.end * run.width_us
    if runs and runs[-1].partial:
        assert position - widths[0] < after + length < position
    else:
        assert position == after + length
    assert not any(run.partial for run in runs[:-1])


def test_a_long_window_is_covered_by_few_tiles_and_pages() -> None:
    """A 30 d window at 5 min is read from at most 6 pages, wherever it starts."""
    window = Window(30 * DAY_US, 0, 5 * MINUTE_US)
    widths = windows.widths_for([window])
    assert widths == (5 * MINUTE_US, HOUR_US, DAY_US)
    most = 0
    for step in range(1500):
        t_us = 1_700_000_000 * SECOND_US + step * 37 * MINUTE_US
        runs = windows.cover(windows.bounds(t_us, window), widths)
        pages = {
            (run.width_us, page)
            for run in runs
            for page in range(windows.page_of(run.first), windows.page_of(run.end - 1) + 1)
        }
        most = max(most, len(pages))
    assert most == 6


def test_an_event_on_a_tile_edge_belongs_to_the_tile_that_ends_there() -> None:
    assert [windows.tile_of(time_us, 10) for time_us in (0, 1, 10, 11)] == [-1, 0, 0, 1]


def test_without_delay_the_head_is_strictly_before_the_instant() -> None:
    assert windows.bounds(1000, Window(100, 0, 10)) == Bounds(900, 999)


def test_with_delay_both_ends_step_by_the_resolution() -> None:
    assert windows.bounds(1009, Window(100, 50, 10)) == Bounds(850, 950)


@pytest.mark.parametrize("text", ["", "1", "h", "0h", "-1h", "1.5h", "1w", " 1h", "1h ", "1H", 5, None])
def test_a_duration_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(DefinitionError, match="expected a positive whole number and a unit"):
        windows.parse_duration(text)


@pytest.mark.parametrize("text", ["1s", "90s", "5m", "36h", "7d"])
def test_a_duration_survives_being_written(text: str) -> None:
    assert windows.parse_duration(
        windows.format_duration(windows.parse_duration(text))
    ) == windows.parse_duration(text)


def test_resolutions_that_do_not_divide_are_refused() -> None:
    with pytest.raises(DefinitionError, match="each must divide the next"):
        windows.widths_for([Window(HOUR_US, 0, 2 * MINUTE_US), Window(HOUR_US, 0, 3 * MINUTE_US)])


def test_a_tile_is_kept_as_long_as_a_window_can_read_it() -> None:
    """Narrow tiles are read along their own windows, and only at the head of windows of wider tiles."""
    narrow, wide = Window(HOUR_US, 0, 5 * MINUTE_US), Window(7 * DAY_US, 0, HOUR_US)
    assert windows.reach_us(5 * MINUTE_US, [narrow, wide]) == HOUR_US + 5 * MINUTE_US
    assert windows.reach_us(5 * MINUTE_US, [wide]) == HOUR_US
    assert windows.reach_us(HOUR_US, [narrow, wide]) == 7 * DAY_US + HOUR_US
