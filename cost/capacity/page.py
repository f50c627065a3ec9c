"""The figures of ``docs/capacity.md``: tables between marks, made from a plan; the words around them are written by hand."""

import re
from collections.abc import Callable, Iterable, Sequence

from cost.capacity.curve import Point
from cost.capacity.latency import of_load
from cost.capacity.limits import find
from cost.capacity.needs import PATHS, Plan
from cost.capacity.report import NETWORK_PATHS, Report, best, by_limit, said
from cost.errors import CapacityError

_MARKED = re.compile(r"(<!-- (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def fill(page: str, report: Report) -> str:
    """A page with its tables made again.

    Raises:
        CapacityError: A mark names no table.
    """

    def make(found: re.Match[str]) -> str:
        name = found[2]
        if name not in _TABLES:
            raise CapacityError(
                f"page: mark {name!r} names no table, expected one of {', '.join(_TABLES)}; correct it"
            )
        return f"{found[1]}{_TABLES[name](report)}\n{found[3]}"

    return _MARKED.sub(make, page)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _curve(report: Report) -> str:
    heads = [
        *("lookups/s", "way", "reads", "processes or environments", "nodes", "connections a node"),
        *("USD a month", "a million", "p50, p99, p99.9 in ms", "beyond"),
    ]
    decades = [point for point in best(report.points) if f"{point.plan.rate:.0f}".rstrip("0") == "1"]
    return _table(heads, (_way(point) for point in decades))


def _way(point: Point) -> list[str]:
    plan, latency = point.plan, point.latency
    times = "" if latency is None else ", ".join(f"{each * 1e3:.2f}" for each in latency[1:])
    mark = "" if point.confidence == "sourced" else "*"
    beyond = ", ".join(f"`{limit.key}`" for limit in point.limits)
    return [
        f"{plan.rate:,.0f}",
        plan.path,
        plan.store,
        f"{plan.compute.processes or plan.compute.environments:,}",
        _nodes(plan),
        f"{plan.compute.connections:,}" if plan.store == "nodes" else "",
        f"{point.usd:,.0f}{mark}",
        f"{point.per_million:.3f}",
        times,
        beyond if point.fits else f"{beyond}: does not fit",
    ]


def _nodes(plan: Plan) -> str:
    if not plan.reads.nodes:
        return ""
    clusters = f" in {plan.reads.clusters} clusters" if plan.reads.clusters > 1 else ""
    return f"{plan.reads.shards:,} shards, {plan.reads.nodes:,}{clusters}"


def _limits(report: Report) -> str:
    rows = []
    for key, rates in by_limit(report.hits).items():
        limit = find(key)
        rows.append(
            [
                f"`{key}`",
                f"{limit.value:,.0f} {limit.unit}",
                "yes" if limit.adjustable else "no",
                "; ".join(f"{path} {rate:,.0f}" for path, rate in rates.items()),
                limit.then,
                limit.source if limit.confidence == "sourced" else "from memory",
            ]
        )
    return _table(("limit", "is", "AWS raises it", "kept up to, in lookups/s", "then", "source"), rows)


def _changes(report: Report) -> str:
    lines = []
    for among, whom in ((PATHS, "Callers are Python"), (NETWORK_PATHS, "Callers ask over the network")):
        own = [change for change in report.changes if change.among == among]
        steps = "; ".join(said(change).partition(", ")[2] for change in own)
        lines.append(f"- {whom}: {steps}.")
    return "\n".join(lines)


def _measured(report: Report) -> str:
    rows = []
    for name, shape in report.planner.measured.shapes.items():
        for path in PATHS:
            timed = shape.by(path)
            p99 = dict(timed.cpu_us.quantiles)[0.99]
            rows.append(
                [
                    f"`{name}`: {shape.features} features, {shape.bytes:,} bytes in {len(shape.item_bytes)} keys",
                    path,
                    f"{timed.cpu_us.mean:,.0f}",
                    f"{p99:,.0f}",
                    f"{timed.wall_us.mean:,.0f}",
                    f"{shape.store_cpu_us:,.0f}",
                ]
            )
    heads = ("lookup", "way", "processor µs", "its p99", "on the clock", "Redis's processor µs")
    return _table(heads, rows)


def _loads(report: Report) -> str:
    measured = report.planner.measured
    rows = []
    for load in measured.open_loop:
        simulated = of_load(load, measured.shape("rows"))
        rows.append(
            [
                f"{load.rate_per_s:,.0f}",
                f"{load.answered_per_s:,.0f}",
                *_ms(load.p50_us, load.p99_us, load.p999_us, load.worst_p99_us),
                *(f"{each * 1e3:.2f}" for each in simulated[1:]),
                *_ms(load.control.p50_us, load.control.p99_us, load.control.p999_us),
                f"{load.machine_load:.1f}",
            ]
        )
    heads = (
        *("lookups/s", "answered", "p50 ms", "p99", "p99.9", "worst p99"),
        *("simulated p50 ms", "p99", "p99.9", "control p50 ms", "p99", "p99.9", "machine's load"),
    )
    return _table(heads, rows)


def _ms(*times_us: float) -> list[str]:
    return [f"{each / 1e3:.2f}" for each in times_us]


_TABLES: dict[str, Callable[[Report], str]] = {
    "curve": _curve,
    "limits": _limits,
    "changes": _changes,
    "measured": _measured,
    "loads": _loads,
}
"""By the name in a mark."""
