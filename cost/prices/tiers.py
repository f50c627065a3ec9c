"""What a quantity costs at a price with tiers and a free part."""

from decimal import Decimal
from typing import NamedTuple

from cost.errors import PriceError
from cost.prices.snapshot import Price

CENT = Decimal("0.01")


class Step(NamedTuple):
    """The part of a quantity that falls in one tier.

    Attributes:
        quantity: Units.
        usd: For `Price.per` units.
    """

    quantity: Decimal
    usd: Decimal


class Charge(NamedTuple):
    """What a quantity costs.

    Attributes:
        usd: Not rounded.
        free: Units that were not paid for.
        steps: The paid part, tier by tier.
    """

    usd: Decimal
    free: Decimal
    steps: list[Step]


def charge(price: Price, quantity: Decimal, free: Decimal = Decimal(0)) -> Charge:
    """Apply a price to what was used in a month.

    AWS counts what is free from the first tier on: tiers go by what was used, the free units included.

    Args:
        price: The price.
        quantity: Units used.
        free: Units of them that need not be paid for.

    Raises:
        PriceError: The snapshot does not know the tier the quantity reaches.

    >>> from cost.prices.snapshot import load
    >>> [price] = [each for each in load().prices if (each.key, each.region) == ("apigateway.http_api", "us-east-1")]
    >>> charge(price, Decimal(400_000_000)).usd  # 300 at 1.00 and 100 at 0.90
    Decimal('390.0')
    """
    free = min(free, quantity)
    steps = []
    begin = Decimal(0)
    for tier in price.tiers:
        end = quantity if tier.up_to is None else min(quantity, tier.up_to)
        paid = end - max(begin, free)
        if paid > 0:
            steps.append(Step(paid, tier.usd))
        begin = max(begin, end)
    if begin < quantity:
        raise PriceError(
            f"price {price.key!r} in {price.region}: known up to {price.tiers[-1].up_to} {price.unit} a month, found "
            f"{quantity}; add the tier above it with its source"
        )
    usd = sum((step.quantity / price.per * step.usd for step in steps), Decimal(0))
    return Charge(usd, free, steps)


def to_cents(usd: Decimal) -> Decimal:
    """Round to the cent, half to even."""
    return usd.quantize(CENT)
