"""Numbers with their unit, and ranges of them, as people write them: ``20 events/s``, ``1 to 3 percent``."""

import re
from decimal import Decimal
from typing import Literal, NamedTuple

from cost.errors import UsageError

Point = Literal["low", "middle", "high"]
"""Which end of every range is meant."""

_NUMBER = r"(\d[\d_]*(?:\.\d+)?)"
_QUANTITY = re.compile(rf"{_NUMBER}(?: to {_NUMBER})? (\S.*)")
_HUNDRED = Decimal(100)


class Quantity(NamedTuple):
    """A number, or a range, of a unit.

    Attributes:
        low: Least.
        high: Most; the same where it is one number.
        unit: Such as ``events/s``.
    """

    low: Decimal
    high: Decimal
    unit: str

    @property
    def value(self) -> Decimal:
        """The number, or the middle of the range."""
        return self.low if self.is_exact else (self.low + self.high) / 2

    @property
    def share(self) -> Decimal:
        """A percentage as a fraction."""
        return self.value / _HUNDRED

    @property
    def is_exact(self) -> bool:
        """Whether it is one number."""
        return self.low == self.high

    def at(self, point: Point) -> "Quantity":
        """One number in place of a range.

        >>> parse("rate", "1 to 3 events/s", "events/s").at("high")
        Quantity(low=Decimal('3'), high=Decimal('3'), unit='events/s')
        """
        number = {"low": self.low, "middle": self.value, "high": self.high}[point]
        return Quantity(number, number, self.unit)

    def __str__(self) -> str:
        numbers = f"{self.low}" if self.is_exact else f"{self.low} to {self.high}"
        return f"{numbers} {self.unit}"


def parse(key: str, text: object, unit: str) -> Quantity:
    """Read a quantity.

    Args:
        key: What it is, for errors.
        text: What was written.
        unit: What it has to be in.

    Raises:
        UsageError: It is no number or range, in another unit, runs backwards, or is more than 100 percent.

    >>> str(parse("late", "1 to 3 percent", "percent"))
    '1 to 3 percent'
    """
    expected = f"'<number> {unit}' or '<least> to <most> {unit}'"
    found = _QUANTITY.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None:
        raise UsageError(f"usage {key!r}: found {text!r}, expected {expected}; write it with its unit")
    if found[3] != unit:
        raise UsageError(f"usage {key!r}: found the unit {found[3]!r}, expected {unit!r}; convert {text!r}")
    low = Decimal(found[1].replace("_", ""))
    high = low if found[2] is None else Decimal(found[2].replace("_", ""))
    if high < low:
        raise UsageError(f"usage {key!r}: found {text!r}, expected {expected}; turn the range round")
    if unit == "percent" and high > _HUNDRED:
        raise UsageError(f"usage {key!r}: found {text!r}, expected at most 100 percent; correct it")
    return Quantity(low, high, unit)
