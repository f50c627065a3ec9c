"""What was charged beside what was estimated: by component and service, and shared out to views."""

from collections import defaultdict
from collections.abc import Mapping
from decimal import ROUND_FLOOR, Decimal
from typing import NamedTuple, TypeVar

from cost.actuals.charges import Bill
from cost.estimate.groups import SHARED
from cost.estimate.lines import Estimate
from cost.prices.tiers import CENT, to_cents

_Key = TypeVar("_Key")


class Compared(NamedTuple):
    """One component's use of one service.

    Attributes:
        component: The component.
        service: The service.
        actual_usd: Charged, to the cent.
        estimated_usd: Estimated for as many days.
    """

    component: str
    service: str
    actual_usd: Decimal
    estimated_usd: Decimal

    @property
    def difference_usd(self) -> Decimal:
        """How much more was charged."""
        return self.actual_usd - self.estimated_usd


class Share(NamedTuple):
    """What a view has to answer for.

    Attributes:
        view: The view; `SHARED` for what no line of the estimate gives to one.
        actual_usd: Charged, shared out.
        estimated_usd: Estimated for as many days.
    """

    view: str
    actual_usd: Decimal
    estimated_usd: Decimal


def compare(bill: Bill, estimate: Estimate) -> list[Compared]:
    """Compare by component and service, what was charged most first. Nothing on either side is left out."""
    actual: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for charge in bill.charges:
        actual[charge.component, charge.service] += charge.usd
    actual_cents = in_cents(actual)
    estimated = in_cents(_estimated(bill, estimate))
    zero = Decimal("0.00")
    found = [
        Compared(*key, actual_cents.get(key, zero), estimated.get(key, zero))
        for key in {*actual_cents, *estimated}
    ]
    return sorted(found, key=lambda row: (-row.actual_usd, -row.estimated_usd, row.component, row.service))


def showback(bill: Bill, estimate: Estimate) -> list[Share]:
    """Share what was charged out to views, by what drives it.

    A resource serves many views, so its tag cannot say which. What a component was charged by a service is divided as the
    estimate divides it: by pages written, units read and bytes kept of each view. What no line gives to a view
    (hours of nodes, alarms, a component that the estimate does not know) stays shared.
    """
    parts: dict[tuple[str, str], dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for line in estimate.lines:
        parts[line.component, line.service][line.view or SHARED] += line.monthly_usd
    actual: dict[str, Decimal] = defaultdict(Decimal)
    for charge in bill.charges:
        shares = parts.get((charge.component, charge.service), {})
        whole = sum(shares.values(), Decimal(0))
        if not whole:
            actual[SHARED] += charge.usd
            continue
        for view, usd in shares.items():
            actual[view] += charge.usd * usd / whole
    estimated: dict[str, Decimal] = defaultdict(Decimal)
    for line in estimate.lines:
        estimated[line.view or SHARED] += line.monthly_usd * bill.month.counted / bill.month.days
    actual_cents, estimated_cents = in_cents(actual), in_cents(estimated)
    zero = Decimal("0.00")
    found = [
        Share(view, actual_cents.get(view, zero), estimated_cents.get(view, zero))
        for view in {*actual_cents, *estimated_cents}
    ]
    return sorted(found, key=lambda share: (share.view == SHARED, -share.actual_usd, share.view))


def _estimated(bill: Bill, estimate: Estimate) -> dict[tuple[str, str], Decimal]:
    """For the days that are counted: an estimate is of a month of 730 hours, the mean one."""
    found: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for line in estimate.lines:
        found[line.component, line.service] += line.monthly_usd * bill.month.counted / bill.month.days
    return found


def in_cents(amounts: Mapping[_Key, Decimal]) -> dict[_Key, Decimal]:
    """Round amounts so that they add up to their rounded total: the largest remainders get the cents that are left.

    >>> in_cents({"a": Decimal("0.005"), "b": Decimal("0.005")})
    {'a': Decimal('0.01'), 'b': Decimal('0.00')}
    """
    floors = {key: usd.quantize(CENT, ROUND_FLOOR) for key, usd in amounts.items()}
    left = to_cents(sum(amounts.values(), Decimal(0))) - sum(floors.values(), Decimal(0))
    by_remainder = sorted(amounts, key=lambda key: floors[key] - amounts[key])
    for key in by_remainder[: int(left / CENT)]:
        floors[key] += CENT
    return floors
