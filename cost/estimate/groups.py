"""Lines grouped for readers: by component, region, view and service."""

from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

from cost.estimate.lines import Estimate, Line

SHARED = "shared by views"

GROUPINGS: dict[str, Callable[[Line], str]] = {
    "component": lambda line: line.component,
    "view": lambda line: line.view or SHARED,
    "service": lambda line: line.service,
    "region": lambda line: line.region,
}


class Sums(NamedTuple):
    """What lines come to together."""

    usd: Decimal
    low_usd: Decimal
    high_usd: Decimal


def sums(found: Estimate, grouping: str) -> dict[str, Sums]:
    """Sums by group, dearest first; they add up to the total."""
    name_of = GROUPINGS[grouping]
    by_name: dict[str, Sums] = {}
    zero = Decimal("0.00")
    for line in found.lines:
        known = by_name.get(name_of(line), Sums(zero, zero, zero))
        by_name[name_of(line)] = Sums(
            known.usd + line.monthly_usd, known.low_usd + line.low_usd, known.high_usd + line.high_usd
        )
    return dict(sorted(by_name.items(), key=lambda pair: (-pair[1].usd, pair[0])))


def ranged(usd: Decimal, low: Decimal, high: Decimal) -> str:
    """An amount, and its range if it has one.

    >>> ranged(Decimal("2000.00"), Decimal("1000.00"), Decimal("3000.00"))
    '2,000.00 (1,000.00 to 3,000.00)'
    """
    return f"{usd:,.2f}" if low == high else f"{usd:,.2f} ({low:,.2f} to {high:,.2f})"


def remarks(found: Estimate) -> list[str]:
    """What a reader has to know of an estimate: ages, doubtful prices, what is not counted."""
    doubtful = sum((line.monthly_usd for line in found.doubtful), Decimal("0.00"))
    keys = sorted({f"{line.price} ({line.confidence.replace('_', ' ')})" for line in found.doubtful})
    said = [
        f"Prices: snapshot of {found.prices}, {found.age_days} days old.",
        f"Assumptions: {found.usage}. Times: {found.measured}.",
    ]
    if keys:
        said.append(
            f"{doubtful:,.2f} USD rest on prices that were not read in AWS's own list: {', '.join(keys)}."
        )
    said += [f"Beyond what is declared: {each}." for each in found.beyond]
    return [*said, *(f"Not counted: {each}." for each in found.not_counted)]
