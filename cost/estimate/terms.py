"""The factors of a line: each with its name, its value and where it comes from.

A quantity is the product of its terms and of nothing else, so that a reader can multiply along.
"""

from collections.abc import Iterable
from decimal import Context, Decimal
from typing import NamedTuple

from cost.quantities import Quantity

HOURS = 730
SECONDS = HOURS * 3600
DAYS = Decimal(HOURS) / 24
GB_BYTES = 2**30
_DIGITS = Context(prec=12)
_SHOWN = Context(prec=6)
_SHOWN_LARGE = Context(prec=9)


class Term(NamedTuple):
    """One factor.

    Attributes:
        name: What it is.
        value: Its value.
        unit: What it counts.
        source: Where it comes from.
    """

    name: str
    value: Decimal
    unit: str
    source: str

    def __str__(self) -> str:
        return f"{self.name} = {plain(self.value)} {self.unit} ({self.source})"


class Item(NamedTuple):
    """A line before it is priced.

    Attributes:
        component: Component that declares what costs.
        price: Key of the price.
        region: Region it is paid in.
        view: Feature view it is for; None where views share it.
        name: What is paid for.
        unit: What the price counts.
        terms: Factors of the quantity.
    """

    component: str
    price: str
    region: str
    view: str | None
    name: str
    unit: str
    terms: tuple[Term, ...]

    @property
    def quantity(self) -> Decimal:
        """The product of the terms."""
        return product(self.terms)


def product(terms: Iterable[Term]) -> Decimal:
    """Terms multiplied."""
    found = Decimal(1)
    for term in terms:
        found *= term.value
    return found


def number(value: float | Decimal) -> Decimal:
    """A number that was counted or measured, to twelve digits."""
    return _DIGITS.create_decimal(str(value))


def plain(value: Decimal) -> str:
    """Without an exponent, and with no more digits than matter.

    >>> plain(Decimal("2628000")), plain(Decimal("0.00012300")), plain(Decimal("0.1") / 3)
    ('2,628,000', '0.000123', '0.0333333')
    """
    if value == value.to_integral_value():
        return f"{int(value):,}"
    return f"{value.normalize(_SHOWN if abs(value) < 1 else _SHOWN_LARGE):,f}"


def assumed(key: str, quantity: Quantity, name: str) -> Term:
    """A term from the assumptions; a percentage becomes its fraction.

    Args:
        key: Of the assumption.
        quantity: Its value.
        name: The file's name.
    """
    if quantity.unit == "percent":
        return Term(key, quantity.share, "of 1", f"usage {name}")
    return Term(key, quantity.value, quantity.unit, f"usage {name}")


def declared(resource: str, fact: str, value: float, unit: str) -> Term:
    """A term from the graph."""
    return Term(f"{resource}.{fact}", number(value), unit, "graph")


def metered(name: str, value: float, unit: str) -> Term:
    """A term from the code that does the work."""
    return Term(name, number(value), unit, "metered")


def derived(name: str, value: float | Decimal, unit: str, how: str) -> Term:
    """A term computed from others; ``how`` says in words."""
    return Term(name, number(value), unit, how)


SECONDS_A_MONTH = Term("seconds a month", Decimal(SECONDS), "s", "730 h")
HOURS_A_MONTH = Term("hours a month", Decimal(HOURS), "h", "AWS's month")
BYTES_A_GB = Term("a byte", Decimal(1) / GB_BYTES, "GB", "1 / 2^30")
