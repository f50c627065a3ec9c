"""From what a local clock showed to the instant it meant.

Whole columns at a time, on integer microseconds. What is read from the clocks of which airport is
no business of this module.
"""

from datetime import UTC
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from headwater.instants import from_us, to_us
from headwater.windows import DAY_US, HOUR_US, MINUTE_US

_NEVER_US = np.iinfo(np.int64).max // 2

Integers = npt.NDArray[np.int64]


class Offsets(NamedTuple):
    """UTC offset ``offset_us[i]`` applies from ``since_us[i]`` until ``since_us[i + 1]``.

    The last entry begins after every instant and repeats the offset before it, so that each
    instant has an offset and a next one.
    """

    since_us: Integers
    offset_us: Integers


def next_showing(after_us: Integers, zone: str, hhmm: Integers) -> Integers:
    """First instants after ``after_us`` at which the clock of ``zone`` shows ``hhmm``.

    When clocks go back, a time is shown twice: the first showing that is not past counts. When they
    go forward, some times are never shown: a record that has one was written by a clock that had not
    been put forward, so it is read with the offset before the change.

    Args:
        after_us: Microseconds since the epoch, on whole minutes.
        zone: IANA name of a time zone whose offset changes on the hour (UTC).
        hhmm: Hours times 100 plus minutes, like ``after_us`` in shape; 2400 is midnight.

    >>> found = next_showing(np.array([0]), "America/New_York", np.array([1901]))
    >>> int(found[0]) == MINUTE_US  # the epoch is 19:00 in New York
    True
    """
    if not after_us.size:
        return after_us
    shown_us = (hhmm // 100 * 60 + hhmm % 100) * MINUTE_US
    offsets = _offsets(zone, int(after_us.min()), int(after_us.max()) + DAY_US)
    now = np.searchsorted(offsets.since_us, after_us, side="right") - 1
    change_us = offsets.since_us[now + 1]
    before_us, behind_us = offsets.offset_us[now], offsets.offset_us[now + 1]
    # A minute later, because the time shown at ``after_us`` itself is past.
    unchanged = _at_or_after(after_us + MINUTE_US, shown_us - before_us)
    changed = _at_or_after(change_us, shown_us - behind_us)
    never_shown_us = np.maximum(behind_us - before_us, 0)
    return np.where(unchanged < change_us + never_shown_us, unchanged, changed)


def _at_or_after(start_us: Integers, phase_us: Integers) -> Integers:
    return start_us + (phase_us - start_us) % DAY_US


def _offsets(zone: str, first_us: int, last_us: int) -> Offsets:
    """Offsets of a zone from before the first instant until after the last."""
    clock = ZoneInfo(zone)
    hours_us = np.arange(first_us // HOUR_US, last_us // HOUR_US + 2) * HOUR_US
    shown_us = [
        to_us(from_us(hour_us).astimezone(clock).replace(tzinfo=UTC)) for hour_us in hours_us.tolist()
    ]
    offset_us = np.array(shown_us, dtype=np.int64) - hours_us
    changes = np.flatnonzero(np.diff(offset_us, prepend=offset_us[0] - 1))
    return Offsets(np.append(hours_us[changes], _NEVER_US), np.append(offset_us[changes], offset_us[-1]))
