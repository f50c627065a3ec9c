"""A month of a bill, and how much of it there is so far."""

import calendar
import re
from datetime import date, timedelta
from typing import NamedTuple

from cost.errors import BillError


class Month(NamedTuple):
    """A calendar month, which may not be over.

    Attributes:
        start: Its first day.
        end: The day after the last one that is counted: AWS's ends are exclusive.
        days: Days it has.
    """

    start: date
    end: date
    days: int

    @property
    def counted(self) -> int:
        """Days that are counted."""
        return (self.end - self.start).days

    @property
    def running(self) -> bool:
        """Whether days are missing."""
        return self.counted < self.days

    def __str__(self) -> str:
        """As it was written."""
        return f"{self.start:%Y-%m}"


def parse(text: str, today: date) -> Month:
    """Read a month such as ``2026-10``.

    >>> found = parse("2026-11", date(2026, 11, 24))
    >>> found.counted, found.days, found.running
    (23, 30, True)

    Args:
        text: Year and month.
        today: Its own charges are not known yet.

    Raises:
        BillError: It is no month, or none of its days is over.
    """
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text):
        raise BillError(f"month {text!r}: expected year and month, such as {today:%Y-%m}; write it so")
    start = date(int(text[:4]), int(text[5:]), 1)
    days = calendar.monthrange(start.year, start.month)[1]
    end = min(start + timedelta(days), today)
    if end <= start:
        raise BillError(f"month {text}: none of its days is over on {today}; choose an earlier one")
    return Month(start, end, days)


def before(month: Month) -> Month:
    """The month before, whole.

    >>> str(before(parse("2026-01", date(2026, 3, 1))))
    '2025-12'
    """
    start = (month.start - timedelta(1)).replace(day=1)
    return Month(start, month.start, (month.start - start).days)
