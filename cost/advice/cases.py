"""An environment with everything its estimate is made of, and the same with something changed."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from cost.capacity import measured as capacity
from cost.estimate.context import Situation
from cost.estimate.lines import Estimate, Line
from cost.estimate.pricing import estimate
from cost.graphs import Declared, Graph
from cost.measured import Measured
from cost.prices.snapshot import Prices
from cost.usage.assumptions import Usage
from headwater.registry import Registry


class Case(NamedTuple):
    """What an estimate is made of, and what a capacity plan is.

    Attributes:
        graph: What is declared.
        usage: What is assumed.
        registry: The definitions.
        prices: What AWS asks for.
        measured: What the estimate's work takes.
        lookups: What a lookup takes, as the capacity planner has it.
    """

    graph: Graph
    usage: Usage
    registry: Registry
    prices: Prices
    measured: Measured
    lookups: capacity.Measured

    def estimate(self) -> Estimate:
        """What it costs."""
        return estimate(self.graph, self.usage, self.registry, self.prices, self.measured)

    @property
    def situation(self) -> Situation:
        """For figures that an estimate is made of, at the middle of ranges."""
        return Situation(self.graph, self.usage.at("middle"), self.registry, self.measured)

    def first(self, kind: str) -> Declared | None:
        """The first resource of a type in the region with the traffic; None if there is none."""
        return next((each for each in self.graph.of(kind) if each.region == self.graph.region), None)

    def with_facts(self, kind: str, facts: Mapping[str, Any], component: str = "") -> "Case":
        """The same with other facts of every resource of a type, or of those of one component."""

        def change(each: Declared) -> Declared | None:
            if component in {"", each.component} and each.type.endswith(f":{kind}"):
                return msgspec.structs.replace(each, facts={**each.facts, **facts})
            return each

        return self.with_resources(change)

    def with_resources(self, change: Callable[[Declared], Declared | None], *added: Declared) -> "Case":
        """The same with resources changed, left out (None) or added."""
        kept = [changed for each in self.graph.resources if (changed := change(each)) is not None]
        return self._replace(graph=msgspec.structs.replace(self.graph, resources=[*kept, *added]))


class Difference(NamedTuple):
    """A line that costs something else when something is changed.

    Attributes:
        before: The line; None: it is new.
        after: The line; None: it is gone.
    """

    before: Line | None
    after: Line | None

    @property
    def usd(self) -> Decimal:
        """What is saved; negative if it costs more."""
        zero = Decimal("0.00")
        before = zero if self.before is None else self.before.monthly_usd
        return before - (zero if self.after is None else self.after.monthly_usd)

    @property
    def arithmetic(self) -> str:
        """Both sides, with their formulas."""
        line = self.before or self.after
        if line is None:
            return ""
        place = f"{line.name}{f' of {line.view}' if line.view else ''} ({line.component}, {line.region})"
        return f"{place}: {_said(self.before)} becomes {_said(self.after)}"


def _said(line: Line | None) -> str:
    return "nothing" if line is None else f"{line.monthly_usd:,.2f} USD [{line.formula}]"


def differences(before: Estimate, after: Estimate) -> list[Difference]:
    """Lines that cost something else, the largest first."""
    old = {line.identity: line for line in before.lines}
    new = {line.identity: line for line in after.lines}
    found = [Difference(old.get(name), new.get(name)) for name in old | new]
    return sorted((each for each in found if each.usd), key=lambda each: -abs(each.usd))
