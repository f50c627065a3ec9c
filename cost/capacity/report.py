"""A capacity plan as tables, as JSON, and in words: what it rests on and where it goes beyond that."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from rich.console import Console
from rich.table import Table

from cost.capacity.curve import Change, Planner, Point
from cost.capacity.hits import Hit, hits
from cost.capacity.limits import find
from cost.capacity.measured import Program
from cost.capacity.needs import PATHS, STORES, Plan
from cost.prices.snapshot import Prices

NETWORK_PATHS: tuple[Program, ...] = ("function", "container")
"""Ways for callers that are not Python, or do not want the library."""

_IN_WORDS = {
    "function": "function",
    "library": "library",
    "container": "containers",
}


class Report(NamedTuple):
    """All of a plan.

    Attributes:
        planner: What it was made with.
        points: Every way at every rate.
        changes: Where the best way changes: among all, and among those over the network.
        hits: Limits with the rate at which each way meets them.
    """

    planner: Planner
    points: list[Point]
    changes: list[Change]
    hits: list[Hit]


def make(planner: Planner, rates_per_s: Sequence[float]) -> Report:
    """Plan a curve."""
    low, high = rates_per_s[0], rates_per_s[-1]
    changes = [change for among in (PATHS, NETWORK_PATHS) for change in planner.changes(low, high, among)]
    met = [
        hit
        for path in PATHS
        for store in STORES
        for hit in hits(path, store, planner.measured, planner.given)
        if hit.rate is not None
    ]
    return Report(planner, planner.curve(rates_per_s), changes, sorted(met, key=lambda hit: hit.rate or 0))


def best(points: Sequence[Point]) -> list[Point]:
    """Of each way at each rate the store that costs least among those that fit, or of all if none does."""
    found: dict[tuple[float, str], Point] = {}
    for point in points:
        place = (point.plan.rate, point.plan.path)
        known = found.get(place)
        if known is None or (not point.fits, point.usd) < (not known.fits, known.usd):
            found[place] = point
    return list(found.values())


def beyond(plan: Plan, planner: Planner) -> list[str]:
    """Where a plan goes beyond what was measured."""
    measured = planner.measured
    highest = max((load.answered_per_s for load in measured.open_loop), default=0.0)
    found = []
    if plan.path != "function" and plan.compute.processes > 1:
        share = plan.rate / plan.compute.processes
        found.append(
            f"{plan.compute.processes} processes of {share:,.0f}/s each: one was measured, up to {highest:,.0f}/s"
        )
    if plan.path == "function":
        found.append("environments of Lambda: the handler was timed on this machine, and never on Lambda")
    if plan.store == "nodes" and plan.reads.nodes > 1:
        found.append(
            f"{plan.reads.nodes} nodes of a cluster: one Redis server on the same machine was measured"
        )
    if plan.reads.clusters > 1:
        found.append(f"{plan.reads.clusters} clusters: the library reads one")
    if plan.store != "nodes":
        found.append(f"no latency: the {plan.store} was never measured on AWS")
    return found


def as_json(report: Report) -> dict[str, Any]:
    """The plan as plain data."""
    planner = report.planner
    return {
        "assumptions": msgspec.to_builtins(planner.given),
        "measured": {"date": planner.measured.date, "machine": planner.measured.machine},
        "prices": {"date": planner.prices.snapshot.date.isoformat(), "age_days": planner.prices.age_days},
        "points": [{**_plain(point), "extrapolated": beyond(point.plan, planner)} for point in report.points],
        "changes": [_plain(change) for change in report.changes],
        "limits": [_plain(hit) for hit in report.hits],
    }


def _plain(value: Any) -> Any:
    """Named tuples as mappings; what is inside too."""
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {name: _plain(inner) for name, inner in value._asdict().items()}
    if isinstance(value, msgspec.Struct):
        return msgspec.to_builtins(value)
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value


def show(report: Report, console: Console) -> None:
    """Print the plan."""
    planner = report.planner
    console.print(_points(report.points, planner.given.node_type))
    console.print(_limits(report.hits))
    for change in report.changes:
        console.print(said(change))
    for line in grounds(planner):
        console.print(line)


def said(change: Change) -> str:
    """A change in words."""
    among = "any way" if tuple(change.among) == PATHS else "over the network"
    after = change.after or "nothing fits within the limits that AWS does not raise"
    return f"{among}, from {change.rate:,.0f} lookups/s: {after}"


def grounds(planner: Planner) -> list[str]:
    """What a plan rests on, and where it extrapolates: for its reader."""
    measured, given, prices = planner.measured, planner.given, planner.prices
    on = f"Measured {measured.date} on {measured.machine}: {measured.calls:,} lookups a program"
    ways = f"{given.to_store_ms:g} ms to the store and back, {given.to_server_ms:g} ms to a container"
    full = f"processes and nodes at most {given.process_load:.0%} and {given.node_load:.0%} busy"
    return [
        f"{on}. Extrapolated: other processors, several processes and nodes at once, the network.",
        f"Assumed: {ways}, {given.to_function_ms:g} ms around a function; {full}.",
        "Arrivals come at random, at a constant rate all month. Of the function, a warm environment is simulated.",
        _prices(prices),
    ]


def _prices(prices: Prices) -> str:
    used = f"Prices of {prices.snapshot.date}, {prices.age_days} days old"
    return f"{used}; sums marked * rest on a price that was not read in a copy of AWS's list."


def _points(points: Sequence[Point], node_type: str) -> Table:
    """What fits a terminal; all figures of a point are in the JSON file, and in the tables of the page."""
    table = Table(title=f"Ways of serving (nodes: {node_type}); of each, the store that costs least")
    for heading in ("lookups/s", "way", "runs on", "reads from"):
        table.add_column(heading)
    for heading in ("USD/month", "USD/million", "p99 ms"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("beyond")
    for point in best(points):
        plan = point.plan
        mark = "" if point.confidence == "sourced" else "*"
        table.add_row(
            f"{plan.rate:,.0f}",
            _IN_WORDS[plan.path],
            _runs_on(plan),
            _reads_from(plan),
            f"{point.usd:,.0f}{mark}",
            f"{point.per_million:.3f}",
            "" if point.latency is None else f"{point.latency.p99_s * 1e3:.2f}",
            _beyond(point),
        )
    return table


def _runs_on(plan: Plan) -> str:
    compute = plan.compute
    return (
        f"{compute.environments:,.0f} environments"
        if compute.environments
        else f"{compute.processes:,.0f} processes"
    )


def _reads_from(plan: Plan) -> str:
    reads = plan.reads
    if reads.nodes:
        return f"{reads.nodes:,.0f} nodes"
    return f"{plan.store}, {reads.units:,.0f} units/s" if reads.units else str(plan.store)


def _beyond(point: Point) -> str:
    if not point.limits:
        return "" if point.fits else "p99"
    hard = sum(not limit.adjustable for limit in point.limits)
    return f"{len(point.limits)} limits" + (f", {hard} for good" if hard else "")


def _limits(met: Sequence[Hit]) -> Table:
    table = Table(title="Limits of AWS, and the rate up to which each is kept")
    for heading in ("limit", "is", "raised", "kept up to, in lookups/s", "then"):
        table.add_column(heading)
    for key, rates in by_limit(met).items():
        limit = find(key)
        only = next(hit.only for hit in met if hit.limit.key == key)
        table.add_row(
            key,
            f"{limit.value:,.0f} {limit.unit}" + ("" if limit.confidence == "sourced" else " (from memory)"),
            "yes" if limit.adjustable else "no",
            "; ".join(f"{path} {rate:,.0f}" for path, rate in rates.items()),
            limit.then + (f" ({only})" if only else ""),
        )
    return table


def by_limit(met: Sequence[Hit]) -> dict[str, dict[Program, float]]:
    """By limit and way the lowest rate: for most, what is read makes no difference."""
    found: dict[str, dict[Program, float]] = {}
    for hit in met:
        if hit.rate is not None:
            found.setdefault(hit.limit.key, {}).setdefault(hit.path, hit.rate)
    return found
