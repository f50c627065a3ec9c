"""What moved a bill from one month to the next: days, resources, use of each, or price; with the arithmetic.

For each usage type of a component, with quantity q and price p = amount / quantity in the two months, and d the days
counted, ``q' = q₀ × d₁ / d₀`` is what the first month's use comes to in as many days as the second has. What is counted
by the month (``GB-Mo``, keys, alarms) is the same in a long month and in a short one: there d is the part of its month.

    days       (q' - q₀) × p₀
    resources  (n₁ / n₀ - 1) × q' × p₀       where the source counts resources
    use        (q₁ - q' × n₁ / n₀) × p₀
    price      (p₁ - p₀) × q₁

They add up to the difference. What was not there in the first month is new, and what is not in the second is gone.
"""

from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from cost.actuals.charges import Bill, Charge
from cost.actuals.months import Month
from cost.prices.tiers import to_cents

_PER_MONTH = ("-Mo", "-month", "Months")
_MONTHLY = frozenset({"Alarms", "Dashboards", "Keys", "Metrics"})


class Driver(StrEnum):
    """Why an amount changes."""

    DAYS = "days"
    RESOURCES = "resources"
    USE = "use"
    PRICE = "price"
    NEW = "new"
    GONE = "gone"


class Part(NamedTuple):
    """A part of a difference.

    Attributes:
        driver: What moved.
        usd: By how much it moved the amount.
        arithmetic: How that is reckoned.
    """

    driver: Driver
    usd: Decimal
    arithmetic: str


class Movement(NamedTuple):
    """How one kind of charge changed.

    Attributes:
        component: Component that it belongs to.
        service: Its service.
        usage_type: What is counted.
        before_usd: Of the first month.
        after_usd: Of the second.
        parts: They add up to the difference.
    """

    component: str
    service: str
    usage_type: str
    before_usd: Decimal
    after_usd: Decimal
    parts: tuple[Part, ...]

    @property
    def difference_usd(self) -> Decimal:
        """How much more it is."""
        return self.after_usd - self.before_usd

    @property
    def unusual_usd(self) -> Decimal:
        """The difference without what the calendar does."""
        return sum((part.usd for part in self.parts if part.driver is not Driver.DAYS), Decimal(0))

    @property
    def driver(self) -> Part:
        """What moved it most, beside the calendar."""
        unusual = [part for part in self.parts if part.driver is not Driver.DAYS]
        return max(unusual, key=lambda part: abs(part.usd))


def movements(before: Bill, after: Bill) -> list[Movement]:
    """Every charge that changed, what changed most beside the calendar first."""
    first = {charge.identity: charge for charge in before.charges}
    second = {charge.identity: charge for charge in after.charges}
    found = []
    for identity in sorted({*first, *second}):
        old = first.get(identity, _nothing(identity))
        new = second.get(identity, _nothing(identity))
        found.append(
            Movement(*identity, old.usd, new.usd, _parts(old, new, _days(old, before.month, after.month)))
        )
    return sorted(found, key=lambda each: -abs(each.unusual_usd))


def anomalies(found: Iterable[Movement], least_usd: Decimal, least_percent: Decimal) -> list[Movement]:
    """Those that are large, and large beside what they were.

    Args:
        found: Movements.
        least_usd: Dollars beside the calendar from which on one counts.
        least_percent: The same in percent of the first month; what is new always counts.
    """
    return [
        each
        for each in found
        if abs(each.unusual_usd) >= least_usd
        and abs(each.unusual_usd) * 100 >= least_percent * abs(each.before_usd)
    ]


def _nothing(identity: tuple[str, str, str]) -> Charge:
    component, service, usage_type = identity
    return Charge(
        component=component,
        service=service,
        usage_type=usage_type,
        usd=Decimal(0),
        quantity=Decimal(0),
        unit="",
    )


def _days(charge: Charge, before: Month, after: Month) -> tuple[int, int]:
    """What a quantity is multiplied and divided by, to be one of as many days."""
    if charge.unit in _MONTHLY or charge.unit.endswith(_PER_MONTH):
        return after.counted * before.days, before.counted * after.days
    return after.counted, before.counted


def _parts(before: Charge, after: Charge, days: tuple[int, int]) -> tuple[Part, ...]:
    difference = after.usd - before.usd
    if not before.quantity and not after.quantity:
        return (Part(Driver.PRICE, difference, "an amount without a quantity"),)
    if not before.quantity:
        return (Part(Driver.NEW, difference, f"{_said(after)}, and nothing before"),)
    if not after.quantity:
        return (Part(Driver.GONE, difference, f"{_said(before)} before, and nothing now"),)
    old_price = before.usd / before.quantity
    new_price = after.usd / after.quantity
    times, over = days
    usual = before.quantity * times / over
    expected = usual
    parts = [
        Part(
            Driver.DAYS,
            (usual - before.quantity) * old_price,
            f"({_number(usual)} - {_number(before.quantity)}) × {_number(old_price)}",
        )
    ]
    if before.resources and after.resources and before.resources != after.resources:
        expected = usual * after.resources / before.resources
        parts.append(
            Part(
                Driver.RESOURCES,
                (expected - usual) * old_price,
                f"({after.resources} / {before.resources} - 1) × {_number(usual)} × {_number(old_price)}",
            )
        )
    parts.append(
        Part(
            Driver.USE,
            (after.quantity - expected) * old_price,
            f"({_number(after.quantity)} - {_number(expected)}) × {_number(old_price)}",
        )
    )
    parts.append(
        Part(
            Driver.PRICE,
            after.usd - old_price * after.quantity,
            f"({_number(new_price)} - {_number(old_price)}) × {_number(after.quantity)}",
        )
    )
    return tuple(parts)


def _said(charge: Charge) -> str:
    return f"{_number(charge.quantity)} {charge.unit or 'units'} for {to_cents(charge.usd)} USD"


def _number(value: Decimal) -> str:
    """Six digits that matter, without powers of ten.

    >>> _number(Decimal("1234567.891")), _number(Decimal("0.00000062512345"))
    ('1,234,570', '0.000000625123')
    """
    rounded = Decimal(f"{value:.6g}")
    text = f"{rounded:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
