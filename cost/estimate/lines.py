"""Lines and their totals, and the book in which items are priced."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

import msgspec

from cost.estimate.terms import Item, Term, plain
from cost.prices.snapshot import Confidence, Price, Prices, Tier, weakest
from cost.prices.tiers import Step, charge, to_cents


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """What one thing costs.

    Attributes:
        component: Component that declares it.
        name: What is paid for.
        service: AWS's service.
        region: Region it is paid in.
        view: Feature view it is for; None where views share it.
        price: Key of the price.
        quantity: Units a month.
        unit: What the price counts.
        monthly_usd: To the cent.
        low_usd: The same at the cheap ends of the ranges.
        high_usd: At the dear ends.
        formula: How quantity and price make the amount.
        terms: Factors of the quantity.
        source: Where the price was read, when, and how well it is known.
        confidence: Of the price.
    """

    component: str
    name: str
    service: str
    region: str
    view: str | None
    price: str
    quantity: Decimal
    unit: str
    monthly_usd: Decimal
    low_usd: Decimal
    high_usd: Decimal
    formula: str
    terms: tuple[Term, ...]
    source: str
    confidence: Confidence

    @property
    def identity(self) -> tuple[str, str, str, str, str]:
        """What stays the same when assumptions change."""
        return (self.region, self.component, self.view or "", self.name, self.price)


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """All lines.

    Attributes:
        environment: Such as ``prod``.
        usage: Name of the assumptions' file.
        prices: Date of the snapshot.
        age_days: Of the snapshot.
        measured: Where measured figures come from.
        lines: Dearest first.
        not_counted: What costs something and is not in the lines, and why.
        beyond: What of the assumed peak the declared resources do not bear.
    """

    environment: str
    usage: str
    prices: str
    age_days: int
    measured: str
    lines: tuple[Line, ...]
    not_counted: tuple[str, ...]
    beyond: tuple[str, ...]

    @property
    def total_usd(self) -> Decimal:
        """The sum of the lines."""
        return total(self.lines)

    @property
    def low_usd(self) -> Decimal:
        """The sum of the lines' low ends."""
        return sum((line.low_usd for line in self.lines), Decimal("0.00"))

    @property
    def high_usd(self) -> Decimal:
        """The sum of the lines' high ends."""
        return sum((line.high_usd for line in self.lines), Decimal("0.00"))

    @property
    def doubtful(self) -> list[Line]:
        """Lines whose price is not from AWS's own list."""
        return [line for line in self.lines if line.confidence != "sourced"]


def total(lines: Iterable[Line]) -> Decimal:
    """The sum of what lines cost."""
    return sum((line.monthly_usd for line in lines), Decimal("0.00"))


class Book:
    """Prices items one after the other, and remembers how far tiers and free parts have been used.

    Args:
        prices: The prices.
        free_share: Part of what an account has free that is left here.
    """

    def __init__(self, prices: Prices, free_share: Decimal) -> None:
        self._prices = prices
        self._free_share = free_share
        self._used: dict[tuple[str, str], Decimal] = {}
        self._free_used: dict[tuple[str, str], Decimal] = {}
        self._free_left: dict[str, Decimal] = {}

    def enter(self, item: Item) -> Line:
        """Price an item.

        Raises:
            PriceError: The price is missing, too old or for another unit, or its tiers end too early.
        """
        price = self._prices.find(item.price, item.region, item.unit)
        quantity = item.quantity
        # The price's own region: one that stands in for another is counted as the region asked for.
        place = (item.price, price.region)
        before = self._used.get(place, Decimal(0))
        free_before = self._free_used.get(place, Decimal(0))
        free = min(self._left(price), quantity)
        if price.free is not None:
            self._free_left[price.free.pool] = self._left(price) - free
        self._used[place] = before + quantity
        self._free_used[place] = free_before + free
        now = charge(price, before + quantity, free_before + free)
        earlier = charge(price, before, free_before)
        usd = to_cents(now.usd - earlier.usd)
        steps = _between(earlier.steps, now.steps)
        return Line(
            component=item.component,
            name=item.name,
            service=price.service,
            region=price.region,
            view=item.view,
            price=price.key,
            quantity=quantity,
            unit=item.unit,
            monthly_usd=usd,
            low_usd=usd,
            high_usd=usd,
            formula=_formula(item, price, free, steps),
            terms=item.terms,
            source=_source(price, free, steps),
            confidence=weakest(
                [
                    *(tier.confidence for tier in _applied(price, steps)),
                    *([price.free.confidence] if price.free and free else []),
                ]
            ),
        )

    def _left(self, price: Price) -> Decimal:
        if price.free is None:
            return Decimal(0)
        return self._free_left.setdefault(price.free.pool, price.free.quantity * self._free_share)


def _between(earlier: Sequence[Step], now: Sequence[Step]) -> list[Step]:
    """Steps that are in the second and not yet in the first."""
    known: dict[Decimal, Decimal] = {}
    for step in earlier:
        known[step.usd] = known.get(step.usd, Decimal(0)) + step.quantity
    new = [Step(step.quantity - known.get(step.usd, Decimal(0)), step.usd) for step in now]
    return [step for step in new if step.quantity > 0]


def _formula(item: Item, price: Price, free: Decimal, steps: Sequence[Step]) -> str:
    per = "" if price.per == 1 else f" per {plain(price.per)}"
    factors = " × ".join(term.name for term in item.terms)
    paid = " + ".join(f"{plain(step.quantity)} at {step.usd}{per}" for step in steps) or "nothing to pay"
    without = f", {plain(free)} of them free" if free else ""
    return f"{factors} = {plain(item.quantity)} {item.unit}{without}: {paid}"


def _applied(price: Price, steps: Sequence[Step]) -> list[Tier]:
    """Tiers that a quantity reaches; of nothing, the first."""
    used = {step.usd for step in steps}
    return [tier for tier in price.tiers if tier.usd in used] or price.tiers[:1]


def _source(price: Price, free: Decimal, steps: Sequence[Step]) -> str:
    tiers = _applied(price, steps)
    read = {(tier.source, tier.as_of, tier.confidence, tier.note) for tier in tiers}
    said = "; ".join(
        f"{price.key} in {price.region}: {source}, as of {as_of}, {confidence}{f' ({note})' if note else ''}"
        for source, as_of, confidence, note in sorted(read)
    )
    if price.free and free:
        said += f"; free part: {price.free.source}, {price.free.confidence}"
    return said
