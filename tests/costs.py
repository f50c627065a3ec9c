"""Estimates for tests: the committed graphs, definitions and prices, as of one day."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar

import msgspec

from cost import graphs, measured
from cost.estimate.lines import Book, Estimate, Line
from cost.estimate.pricing import estimate
from cost.estimate.terms import Item, Term
from cost.graphs import Declared, Graph
from cost.measured import Measured
from cost.prices.snapshot import Prices, load
from cost.usage import assumptions
from cost.usage.assumptions import Usage
from headwater import registry
from headwater.registry import Registry

TODAY = date(2026, 11, 24)
ENVIRONMENTS = sorted(file.stem for file in assumptions.FOLDER.glob("*.yaml"))
RATES = ("sources.departures.events", "sources.landings.events", "sources.weather.events")
LOOKUPS = "services.flight_delay.lookups"


@cache
def definitions() -> Registry:
    """The committed registry."""
    return registry.load(graphs.ROOT / graphs.REGISTRY)


@cache
def prices() -> Prices:
    """The committed snapshot."""
    return Prices(load(), TODAY)


@cache
def figures() -> Measured:
    """The committed measured figures."""
    return measured.load()


@cache
def graph_of(environment: str) -> Graph:
    """The committed graph, whether or not the program has changed since."""
    file = graphs.ROOT / graphs.file_of(environment)
    return graphs.decode(file.read_bytes(), file.name)


_Struct = TypeVar("_Struct", bound=msgspec.Struct)
_JOINING = frozenset({"backups", "backup-keys", "figures", "recovery", "recovery-watch", "replication"})


@cache
def home_of(environment: str) -> Graph:
    """The committed graph without a second region and what is there because of it."""
    graph = graph_of(environment)
    own = [
        each
        for each in graph.resources
        if each.region in {graph.region, "global"} and each.component not in _JOINING
    ]
    return msgspec.structs.replace(graph, resources=own)


@cache
def usage_of(environment: str) -> Usage:
    """The committed assumptions."""
    return assumptions.load(assumptions.file_of(environment), definitions())


def estimate_with(graph: Graph, assumed: Usage) -> Estimate:
    """An estimate under the committed prices."""
    return estimate(graph, assumed, definitions(), prices(), figures())


@cache
def estimate_of(environment: str) -> Estimate:
    """The estimate of an environment."""
    return estimate_with(graph_of(environment), usage_of(environment))


def changed(assumed: Usage, **numbers: float) -> Usage:
    """Assumptions with other numbers; dots of keys are written as two underscores."""
    for key, value in numbers.items():
        assumed = assumed.changed(key.replace("__", "."), Decimal(str(value)))
    return assumed


def replaced(assumed: _Struct, **values: object) -> _Struct:
    """Assumptions, or a section of them, with other values."""
    return msgspec.structs.replace(assumed, **values)


def idle(environment: str) -> Usage:
    """Nothing happens."""
    assumed = usage_of(environment)
    for key, quantity in assumed.quantities():
        if quantity.unit.endswith(("/s", "/month")):
            assumed = assumed.changed(key, Decimal(0))
    return assumed.at("low")


def with_facts(graph: Graph, kind: str, facts: Mapping[str, Any]) -> Graph:
    """A graph in which the resources of a type have other facts, too."""
    resources = [
        msgspec.structs.replace(each, facts={**each.facts, **facts})
        if each.type.endswith(f":{kind}")
        else each
        for each in graph.resources
    ]
    return msgspec.structs.replace(graph, resources=resources)


SERVERLESS_CACHE = Declared(
    type="aws:elasticache/serverlessCache:ServerlessCache",
    name="cache-serverless",
    component="cache",
    region="us-east-1",
    facts={"engine": "valkey"},
)


def with_resource(graph: Graph, *resources: Declared) -> Graph:
    """A graph with more resources."""
    return msgspec.structs.replace(graph, resources=[*graph.resources, *resources])


def paid(price: str, unit: str, quantity: str, free_share: str = "0", region: str = "us-east-1") -> Line:
    """A line of one quantity."""
    term = Term("quantity", Decimal(quantity), unit, "the test")
    return Book(prices(), Decimal(free_share)).enter(Item("test", price, region, None, "it", unit, (term,)))
