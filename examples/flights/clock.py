"""From a local clock's hours and minutes to the instant they mean."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

MINUTE_US = 60 * 1_000_000
DAY_MINUTES = 24 * 60
_HOUR_US = 60 * MINUTE_US

Instants = npt.NDArray[np.int64]


def offsets_us(zone: str, instants_us: Instants) -> Instants:
    """UTC offsets of a time zone at some instants, in microseconds."""
    hours, position = np.unique(instants_us // _HOUR_US, return_inverse=True)
    # Offsets change on the hour, so one look-up an hour is exact.
    info = ZoneInfo(zone)
    found = [
        datetime.fromtimestamp(int(hour) * 3600, UTC).astimezone(info).utcoffset() for hour in hours
    ]
    table = np.array([int(offset.total_seconds()) * 1_000_000 if offset else 0 for offset in found], dtype=np.int64)
    return table[position]


def next_showing(after_us: Instants, zone: str, hhmm: npt.NDArray[np.int64]) -> Instants:
    """First instant after ``after_us`` at which the clock of ``zone`` shows ``hhmm``.

    Args:
        after_us: Instants, on whole minutes; microseconds since the epoch.
        zone: IANA name.
        hhmm: Hours times 100 plus minutes; 2400 is midnight.

    The offset is that of the instant found, so a clock change on the way is followed.
    """
    wanted = (hhmm // 100 * 60 + hhmm % 100) % DAY_MINUTES

    def guess(offset_us: Instants) -> Instants:
        shown = (after_us + offset_us) // MINUTE_US % DAY_MINUTES
        ahead = (wanted - shown) % DAY_MINUTES
        return after_us + np.where(ahead == 0, DAY_MINUTES, ahead) * MINUTE_US

    first = guess(offsets_us(zone, after_us))
    return guess(offsets_us(zone, first))
