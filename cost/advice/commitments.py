"""Advice on promises: discounts of AWS for what is used anyway, for a year."""

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from cost.advice.cases import Case
from cost.advice.proposals import Commitment, always_there
from cost.advice.stores import reservable
from cost.estimate.lines import Estimate, Line


class _Offer(NamedTuple):
    """What AWS offers: key of the advice and of the discount, what it is, how to get it, what it costs beside."""

    key: str
    price: str
    title: str
    how: str
    risk: str


_YEAR = "The promise is for a year, and paid whether it is used or not."
_ALWAYS = Decimal(1)


def commitments(case: Case, estimate: Estimate) -> Iterator[Commitment]:
    """What could be promised."""
    situation = case.situation
    nodes = _lines(estimate, "elasticache.node.")
    yield from _promise(
        case,
        _Offer(
            "cache.reserved",
            "savings.elasticache_reserved_1y",
            "Reserve the cache's nodes",
            "Reserved nodes of ElastiCache, for the node type and number, in each region",
            f"{_YEAR} It holds for one family of nodes: another family or a serverless cache does not use it.",
        ),
        nodes,
        _ALWAYS,
        "nodes run all the time",
    )
    yield from _promise(
        case,
        _Offer(
            "cache.savings_plan",
            "savings.database_nodes_1y",
            "Promise the cache's nodes in a Database Savings Plan",
            "A Database Savings Plan of the dollars an hour that the nodes cost",
            f"{_YEAR} It may go to other databases, so that a change of nodes does not waste it. Reserving instead of it "
            "saves more; the two do not add up.",
        ),
        [line for line in nodes if ".valkey." in line.price],
        _ALWAYS,
        "nodes run all the time",
    )
    yield from _promise(
        case,
        _Offer(
            "cache.serverless_savings_plan",
            "savings.database_serverless_1y",
            "Promise the serverless cache in a Database Savings Plan",
            "A Database Savings Plan of the dollars an hour of the quietest hour",
            _YEAR,
        ),
        _lines(estimate, "elasticache.serverless_"),
        always_there(_lookup_hours(case)),
        "the quietest hour of a day, to the mean",
    )
    quiet = always_there(situation.mean_hours())
    said = "the quietest hour of a day, to the mean"
    for kind, price, title in (
        (
            "on_demand",
            "savings.dynamodb_on_demand_1y",
            "Promise the table's requests in a Database Savings Plan",
        ),
        (
            "provisioned",
            "savings.dynamodb_provisioned_1y",
            "Promise the table's capacity in a Database Savings Plan",
        ),
        ("provisioned", "savings.dynamodb_reserved_1y", "Reserve the table's capacity"),
    ):
        yield from _promise(
            case,
            _Offer(
                f"table.{'reserved' if 'reserved' in price else 'savings_plan'}",
                price,
                title,
                "An order in the console, of what the quietest hour uses",
                f"{_YEAR} Of several promises for the table only one counts.",
            ),
            reservable(estimate) if "reserved" in price else _lines(estimate, f"dynamodb.{kind}_"),
            quiet,
            said,
        )
    yield from _promise(
        case,
        _Offer(
            "functions.savings_plan",
            "savings.compute_lambda_1y",
            "Promise the functions' time in a Compute Savings Plan",
            "A Compute Savings Plan of the dollars an hour of the quietest hour",
            f"{_YEAR} It may go to containers and machines too. Requests are not part of it.",
        ),
        _lines(estimate, "lambda.", lambda line: line.unit == "GB-second"),
        min(always_there(_lookup_hours(case)), quiet),
        said,
    )


def _promise(
    case: Case, offer: _Offer, lines: Sequence[Line], share: Decimal, why: str
) -> Iterator[Commitment]:
    if lines:
        price = case.prices.find(offer.price, case.graph.region, "fraction")
        yield Commitment(offer.key, offer.title, offer.how, offer.risk, lines, share, why, price)


def _lines(estimate: Estimate, prefix: str, wanted: Callable[[Line], bool] = lambda _: True) -> list[Line]:
    return [line for line in estimate.lines if line.price.startswith(prefix) and wanted(line)]


def _lookup_hours(case: Case) -> list[float]:
    """Lookups of each hour of the day over all services, as a multiple of the mean."""
    situation = case.situation
    rates = {name: situation.value(f"services.{name}.lookups") for name in case.usage.services}
    total = sum(rates.values()) or 1.0
    parts = [[rate * hour for hour in situation.hours("services", name)] for name, rate in rates.items()]
    return [sum(hour) / total for hour in zip(*parts, strict=True)]
