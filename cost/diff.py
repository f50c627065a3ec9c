"""What a change costs a month: two sides, each an environment with its definitions and assumptions, under the same prices."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import msgspec

from cost import graphs, measured
from cost.errors import GraphError
from cost.estimate.groups import SHARED, ranged
from cost.estimate.lines import Estimate, Line
from cost.estimate.pricing import estimate
from cost.estimate.terms import plain
from cost.graphs import ROOT, Graph
from cost.prices.snapshot import Prices
from cost.usage import assumptions
from cost.usage.assumptions import Usage
from headwater import registry
from headwater.registry import Registry

_LINES = 15
_CENT = Decimal("0.01")


class Side(NamedTuple):
    """One side of a comparison.

    Attributes:
        name: What to call it.
        graph: What it declares.
        registry: Its definitions.
        usage: What is assumed of it.
    """

    name: str
    graph: Graph
    registry: Registry
    usage: Usage


def of_checkout(graph: Graph, usage_file: Path) -> Side:
    """An environment as it is here."""
    definitions = registry.load(ROOT / graphs.REGISTRY)
    return Side(graph.environment, graph, definitions, assumptions.load(usage_file, definitions, more=True))


def of_registry(graph: Graph, file: Path, usage_file: Path) -> Side:
    """An environment with other definitions.

    What the definitions add or take away of the resources is not in it: teams' state machines, and what SageMaker
    mirrors.
    """
    definitions = registry.load(file)
    return Side(file.name, graph, definitions, assumptions.load(usage_file, definitions, more=True))


def at_commit(commit: str, environment: str, usage_file: Path | None, root: Path = ROOT) -> Side:
    """An environment as a commit has it.

    Args:
        commit: What git calls it.
        environment: Such as ``prod``.
        usage_file: Assumptions that are used in place of the commit's own.
        root: The checkout.

    Raises:
        GraphError: Git does not know the commit, or its graph is not of what it declares.
    """
    commit = commit or "HEAD"
    content = graphs.git(root, "show", f"{commit}:{graphs.file_of(environment)}")
    graph = graphs.decode(content, f"{commit}:{graphs.file_of(environment)}")
    wanted = graphs.fingerprint(graphs.blobs_at(root, environment, commit))
    if graph.fingerprint != wanted:
        raise GraphError(
            f"graph {graphs.file_of(environment)} at {commit}: found the fingerprint {graph.fingerprint}, expected "
            f"{wanted}: it was recorded before something else changed; run `make docs` there and commit the file"
        )
    definitions = msgspec.json.decode(graphs.git(root, "show", f"{commit}:{graphs.REGISTRY}"), type=Registry)
    if usage_file is None:
        name = f"cost/usage/{environment}.yaml"
        assumed = assumptions.decode(
            graphs.git(root, "show", f"{commit}:{name}"), Path(name).name, definitions
        )
    else:
        assumed = assumptions.load(usage_file, definitions, more=True)
    return Side(commit, graph, definitions, assumed)


class Change(NamedTuple):
    """One line on both sides; None where a side lacks it."""

    before: Line | None
    after: Line | None

    @property
    def usd(self) -> Decimal:
        """How much dearer it has become."""
        return _usd(self.after) - _usd(self.before)

    @property
    def line(self) -> Line:
        """The line itself, as the later side has it."""
        found = self.after or self.before
        if found is None:
            raise ValueError("a change has a line on one side at least")
        return found


def _usd(line: Line | None) -> Decimal:
    return Decimal("0.00") if line is None else line.monthly_usd


def changes(before: Estimate, after: Estimate) -> list[Change]:
    """Lines that cost something else, the largest change first; those that were renamed with their place only match."""
    old = {_place(line, before): line for line in before.lines}
    new = {_place(line, after): line for line in after.lines}
    found = [Change(old.get(place), new.get(place)) for place in {**old, **new}]
    return sorted(
        (change for change in found if change.usd),
        key=lambda change: (-abs(change.usd), change.line.identity),
    )


def _place(line: Line, found: Estimate) -> tuple[str, ...]:
    """A line's identity without the environment's name, so that two environments can be compared."""
    return tuple(part.replace(f"headwater-{found.environment}-", "headwater-") for part in line.identity)


def why(change: Change) -> str:
    """Which factor of a line moved, or that it is new or gone; the price of a unit if nothing else did."""
    before, after = change.before, change.after
    if before is None or after is None:
        return f"new: {change.line.formula}" if before is None else "gone"
    old = {term.name: term for term in before.terms}
    moved = [
        f"{term.name}: {plain(old[term.name].value)} → {plain(term.value)} {term.unit}"
        for term in after.terms
        if term.name in old and old[term.name].value != term.value
    ]
    added = [f"{term.name}: {plain(term.value)} {term.unit}" for term in after.terms if term.name not in old]
    if before.price != after.price:
        moved.append(f"{before.price} → {after.price}")
    return "; ".join([*moved, *added]) or "its tiers and free parts: others use more or less of them"


def compare(before: Side, after: Side, prices: Prices) -> tuple[Estimate, Estimate]:
    """Estimates of both sides."""
    figures = measured.load()
    old, new = (estimate(side.graph, side.usage, side.registry, prices, figures) for side in (before, after))
    return old, new


def markdown(before: Side, after: Side, prices: Prices) -> str:
    """The comparison, for a comment on a pull request."""
    old, new = compare(before, after, prices)
    found = changes(old, new)
    delta = new.total_usd - old.total_usd
    percent = f" ({delta / old.total_usd * 100:+.1f} %)" if old.total_usd else ""
    parts = [
        f"### Cost: {_signed(delta)} USD a month{percent}",
        "",
        f"- `{before.name}`: {ranged(old.total_usd, old.low_usd, old.high_usd)} USD",
        f"- `{after.name}`: {ranged(new.total_usd, new.low_usd, new.high_usd)} USD",
    ]
    if not found:
        parts += ["", "No line costs more or less."]
    else:
        parts += _table("component", found, lambda line: line.component)
        parts += _table("view", found, lambda line: line.view or SHARED)
        parts += _table("region", found, lambda line: line.region)
        parts += ["", "| line | USD a month | why |", "|---|---:|---|"]
        for change in found[:_LINES]:
            name = " / ".join(filter(None, [change.line.component, change.line.view, change.line.name]))
            parts.append(f"| {_cell(name)} | {_signed(change.usd)} | {_cell(why(change))} |")
        rest = found[_LINES:]
        if rest:
            others = sum((change.usd for change in rest), Decimal("0.00"))
            parts.append(f"| {len(rest)} more lines | {_signed(others)} | |")
    doubtful = sorted({line.price for line in new.doubtful})
    parts += ["", f"Prices of {new.prices}, {new.age_days} days old. Assumptions: {new.usage}."]
    if doubtful:
        parts.append(f"Not read in AWS's own list: {', '.join(doubtful)}.")
    return "\n".join(parts)


def _table(title: str, found: list[Change], name_of: Callable[[Line], str]) -> list[str]:
    by_name: dict[str, Decimal] = {}
    for change in found:
        name = name_of(change.line)
        by_name[name] = by_name.get(name, Decimal("0.00")) + change.usd
    rows = sorted(by_name.items(), key=lambda pair: (-abs(pair[1]), pair[0]))
    return [
        "",
        f"| {title} | USD a month |",
        "|---|---:|",
        *(f"| {name} | {_signed(usd)} |" for name, usd in rows),
    ]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _signed(usd: Decimal) -> str:
    return f"{usd.quantize(_CENT):+,.2f}"
