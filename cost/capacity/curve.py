"""The curve: every way at every rate, which one fits at the least cost, and where that changes."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from cost.capacity.assumptions import Assumptions
from cost.capacity.hits import fits, met_by
from cost.capacity.latency import simulate
from cost.capacity.limits import Limit
from cost.capacity.measured import Measured, Program
from cost.capacity.money import Cost, believed, monthly, per_million, total
from cost.capacity.needs import PATHS, STORES, Plan, plan
from cost.capacity.queueing import Latency
from cost.errors import CapacityError
from cost.prices.snapshot import Confidence, Prices

_RANGE = re.compile(r"(\d[\d_]*)\.\.(\d[\d_]*)")
_STEPS = (1, 2, 5)
_FINE = 20
"""Rates a factor of ten, between which a change of the best way is looked for."""


class Point(NamedTuple):
    """One way at one rate.

    Attributes:
        plan: What it needs.
        costs: A month, by line.
        usd: Their sum.
        per_million: Dollars a million lookups.
        confidence: The weakest of the prices.
        latency: Simulated; None where a time was not measured.
        limits: Limits of AWS that it is beyond.
        fits: Whether AWS raises all of those, and the caller waits no longer than is allowed.
    """

    plan: Plan
    costs: list[Cost]
    usd: float
    per_million: float
    confidence: Confidence
    latency: Latency | None
    limits: list[Limit]
    fits: bool


class Change(NamedTuple):
    """Where the cheapest way that fits becomes another.

    Attributes:
        among: Ways that were compared.
        rate: Lowest rate of the new one.
        before: The way up to there; None at the beginning of the curve.
        after: The way from there on; None: nothing fits.
    """

    among: Sequence[Program]
    rate: float
    before: str | None
    after: str | None


class Planner:
    """Plans by one measurement, one set of assumptions and one set of prices."""

    def __init__(self, measured: Measured, given: Assumptions, prices: Prices) -> None:
        self.measured, self.given, self.prices = measured, given, prices

    def point(self, found: Plan) -> Point:
        """Price and simulate a plan."""
        costs = monthly(found, self.measured, self.given, self.prices)
        usd = total(costs)
        latency = simulate(found, self.measured, self.given)
        in_time = latency is None or latency.p99_s * 1e3 <= self.given.p99_ms
        return Point(
            found,
            costs,
            usd,
            per_million(usd, found.rate),
            believed(costs),
            latency,
            met_by(found, self.given),
            fits(found, self.given) and in_time,
        )

    def curve(self, rates_per_s: Sequence[float]) -> list[Point]:
        """Every way at every rate."""
        return [
            self.point(plan(path, store, rate, self.measured, self.given))
            for rate in rates_per_s
            for path in PATHS
            for store in STORES
        ]

    def changes(self, low: float, high: float, among: Sequence[Program]) -> list[Change]:
        """Where the cheapest way that fits changes, to within a hundredth.

        Only limits and cost decide: how long callers wait changes little along a plan's curve.
        """
        found = [Change(among, low, None, self._best(low, among))]
        rate = low
        while rate < high:
            following = min(rate * 10 ** (1 / _FINE), high)
            after = self._best(following, among)
            if after != found[-1].after:
                at = self._between(rate, following, found[-1].after, among)
                found.append(Change(among, at, found[-1].after, after))
            rate = following
        return found

    def _between(self, low: float, high: float, before: str | None, among: Sequence[Program]) -> float:
        while high / low > 1.01:  # noqa: PLR2004 (the hundredth promised above)
            middle = (low * high) ** 0.5
            low, high = (middle, high) if self._best(middle, among) == before else (low, middle)
        return high

    def _best(self, rate: float, among: Sequence[Program]) -> str | None:
        fitting = {}
        for path in among:
            for store in STORES:
                found = plan(path, store, rate, self.measured, self.given)
                if fits(found, self.given):
                    costs = monthly(found, self.measured, self.given, self.prices)
                    fitting[f"{path} on {store}"] = total(costs)
        return min(fitting, key=lambda name: fitting[name], default=None)


def rates(text: str) -> list[float]:
    """Rates of a range: 1, 2, 5 and so on, with both ends.

    >>> rates("1000..20000")
    [1000.0, 2000.0, 5000.0, 10000.0, 20000.0]

    Raises:
        CapacityError: It is no range.
    """
    found = _RANGE.fullmatch(text)
    if found is None:
        raise CapacityError(
            f"rates {text!r}: expected <least>..<most> in lookups a second, as 1000..10000000"
        )
    low, high = float(found[1]), float(found[2])
    if not 1 <= low <= high <= 1e9:  # noqa: PLR2004 (said in the message)
        raise CapacityError(f"rates {text!r}: expected 1 <= least <= most <= 1_000_000_000; correct it")
    steps = [step * 10.0**power for power in range(10) for step in _STEPS]
    return sorted({low, high, *(step for step in steps if low < step < high)})
