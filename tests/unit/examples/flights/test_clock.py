"""From what a local clock showed to the instant it meant."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples.flights.clock import next_showing
from headwater.instants import from_us, to_us

NEW_YORK = "America/New_York"
MINUTE = timedelta(minutes=1)
FORWARD = datetime(2013, 3, 10, 7, tzinfo=UTC)  # 02:00 EST becomes 03:00 EDT
BACK = datetime(2013, 11, 3, 6, tzinfo=UTC)  # 02:00 EDT becomes 01:00 EST


def _landed(after: datetime, hhmm: int, zone: str = NEW_YORK) -> str:
    found = next_showing(np.array([to_us(after)]), zone, np.array([hhmm]))
    return from_us(int(found[0])).strftime("%Y-%m-%dT%H:%MZ")


@given(
    change=st.sampled_from([FORWARD, BACK]),
    minutes=st.integers(-2 * 24 * 60, 24 * 60),
    shown=st.integers(0, 24 * 60 - 1).filter(lambda minute: not 2 * 60 <= minute < 3 * 60),
)
def test_it_is_the_first_minute_that_shows_the_time(change: datetime, minutes: int, shown: int) -> None:
    """Around both changes of the year it equals looking at the clock minute by minute."""
    after = change + minutes * MINUTE
    clock = ZoneInfo(NEW_YORK)
    looked = after + MINUTE
    while divmod(shown, 60) != ((local := looked.astimezone(clock)).hour, local.minute):
        looked += MINUTE
    assert _landed(after, shown // 60 * 100 + shown % 60) == looked.strftime("%Y-%m-%dT%H:%MZ")


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        pytest.param(datetime(2013, 11, 3, 4, tzinfo=UTC), "2013-11-03T05:30Z", id="before both: the first"),
        pytest.param(
            datetime(2013, 11, 3, 5, 30, tzinfo=UTC), "2013-11-03T06:30Z", id="at the first: the second"
        ),
        pytest.param(
            datetime(2013, 11, 3, 6, 30, tzinfo=UTC), "2013-11-04T06:30Z", id="at the second: next day"
        ),
    ],
)
def test_a_time_shown_twice_means_the_next_showing(after: datetime, expected: str) -> None:
    assert _landed(after, 130) == expected


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        pytest.param(datetime(2013, 3, 10, 4, tzinfo=UTC), "2013-03-10T07:30Z", id="asked before the change"),
        pytest.param(
            datetime(2013, 3, 10, 8, tzinfo=UTC), "2013-03-11T06:30Z", id="asked after it: next day"
        ),
    ],
)
def test_a_time_never_shown_is_read_with_the_offset_before_the_change(after: datetime, expected: str) -> None:
    assert _landed(after, 230) == expected


@pytest.mark.parametrize("midnight", [0, 2400])
def test_midnight_is_0_and_2400(midnight: int) -> None:
    assert _landed(datetime(2013, 7, 1, 12, tzinfo=UTC), midnight) == "2013-07-02T04:00Z"


def test_the_time_shown_at_the_start_itself_is_past() -> None:
    noon = datetime(2013, 7, 1, 16, tzinfo=UTC)
    assert _landed(noon, 1200) == "2013-07-02T16:00Z"


def test_each_row_follows_its_own_side_of_a_change() -> None:
    after = np.array([to_us(FORWARD - timedelta(days=30)), to_us(FORWARD + timedelta(days=30))])
    found = next_showing(after, NEW_YORK, np.array([1200, 1200]))
    assert [from_us(int(instant)).hour for instant in found] == [17, 16]


def test_no_rows_give_no_rows() -> None:
    none = np.array([], dtype=np.int64)
    assert next_showing(none, NEW_YORK, none).size == 0
