"""Puts the parts together: items from every part, priced at the middle and both ends of the ranges."""

from collections.abc import Callable, Iterator
from decimal import Decimal

import msgspec

from cost.errors import GraphError
from cost.estimate import (
    backups,
    cache,
    events,
    figures,
    functions,
    jobs,
    offline,
    platform,
    replication,
    table,
)
from cost.estimate.bounds import beyond
from cost.estimate.context import Situation
from cost.estimate.lines import Book, Estimate, Line
from cost.estimate.terms import Item
from cost.graphs import Graph
from cost.measured import Measured
from cost.prices.snapshot import Prices
from cost.quantities import Point
from cost.usage.assumptions import Usage
from headwater.registry import Registry

NOT_COUNTED = (
    "requests to the key: caches of the services decide how many there are, and nothing here measures them",
    "flow logs, and logs of caches, jobs and state machines: their size follows traffic that is not assumed",
    "queues, topics and dead letters: they are used when something fails",
    "requests to the catalog, and its objects: far below a million of each, which are free",
    "restores from snapshots, where SnapStart is on: how often environments start is not assumed",
    "experiments of game days: 0.10 USD for each action and minute, when one is started",
    "reads of the table's change stream, where it is on; what a table is warmed up for (tableWarmReads, tableWarmWrites)",
    "data through interface endpoints other than Firehose's, and through NAT gateways: next to nothing goes that way here",
    "metrics of jobs: five for each job that runs, 0.30 USD each in a month in which it runs every hour",
    "queries of names, where there is a domain: callers keep the answers",
    "values that a lookup finds in its own process, where lookupCacheEntries is set: they are counted as read",
    "reads by people's own programs, and what they do with training sets",
)
_PARTS: tuple[Callable[[Situation], Iterator[Item]], ...] = (
    table.items,
    cache.items,
    functions.items,
    events.items,
    offline.items,
    jobs.items,
    platform.items,
    figures.items,
    replication.items,
    backups.items,
)


def estimate(graph: Graph, usage: Usage, registry: Registry, prices: Prices, measured: Measured) -> Estimate:
    """Price what an environment declares under what is assumed.

    Args:
        graph: What is declared.
        usage: What is assumed.
        registry: The definitions.
        prices: What AWS asks for.
        measured: What was measured.

    Raises:
        PriceError: A price is missing, too old or for another unit.
        GraphError: Something declared cannot be counted.
    """
    points: tuple[Point, ...] = ("low", "middle", "high") if usage.has_ranges else ("middle",)
    found = {point: _lines(graph, usage.at(point), registry, prices, measured) for point in points}
    lines = []
    for identity, line in found["middle"].items():
        amounts, used = [], []
        for point, each in found.items():
            if identity not in each or len(each) != len(found["middle"]):
                raise GraphError(
                    f"line {line.name!r} of {line.component!r}: found {len(each)} lines at the {point} end of the ranges, "
                    f"expected the {len(found['middle'])} of the middle; let a part give a quantity of 0 instead of no line"
                )
            amounts.append(each[identity].monthly_usd)
            used.append(each[identity].quantity)
        if any(used):
            lines.append(msgspec.structs.replace(line, low_usd=min(amounts), high_usd=max(amounts)))
    lines.sort(key=lambda line: (-line.monthly_usd, line.identity))
    return Estimate(
        environment=graph.environment,
        usage=usage.name,
        prices=str(prices.snapshot.date),
        age_days=prices.age_days,
        measured=measured.source,
        lines=tuple(lines),
        not_counted=NOT_COUNTED,
        beyond=tuple(beyond(Situation(graph, usage.at("high"), registry, measured))),
    )


def _lines(
    graph: Graph, usage: Usage, registry: Registry, prices: Prices, measured: Measured
) -> dict[tuple[str, str, str, str, str], Line]:
    situation = Situation(graph, usage, registry, measured)
    book = Book(prices, usage.account.free_tier.share)
    lines: dict[tuple[str, str, str, str, str], Line] = {}
    for part in _PARTS:
        for item in part(situation):
            line = book.enter(item)
            if line.identity in lines:
                raise GraphError(
                    f"line {line.name!r} of {line.component!r}: stands twice; give one of them another name"
                )
            lines[line.identity] = line
    return lines


def usd(value: Decimal) -> str:
    """An amount for people.

    >>> usd(Decimal("1234.5"))
    '1,234.50'
    """
    return f"{value:,.2f}"
