"""Draws a capacity plan: cost, latency and what is needed, against the rate."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")

from matplotlib import pyplot as plt

from cost.capacity.curve import Planner, Point
from cost.capacity.hits import Hit
from cost.capacity.latency import of_one_process
from cost.capacity.needs import PATHS
from cost.capacity.report import Report, best

_LABELS = {"function": "lookup function", "library": "library in the caller", "container": "container fleet"}
_COLOURS = {"function": "#c2571a", "library": "#0b6e99", "container": "#5b8c3a"}
_LOADS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)


def plot(report: Report, file: Path) -> None:
    """Write the plan as SVG: the same plan gives the same file."""
    with plt.rc_context({"svg.hashsalt": "headwater", "font.family": "sans-serif", "svg.fonttype": "none"}):
        figure, axes = plt.subplots(2, 2, figsize=(11, 8), layout="constrained")
        points = best(report.points)
        _lines(axes[0][0], points, lambda point: point.per_million, "USD a million lookups")
        on_nodes = [point for point in report.points if point.latency is not None]
        _lines(axes[0][1], on_nodes, _p99_ms, "p99 in ms, from cache nodes, simulated")
        _one_process(axes[1][0], report.planner)
        _limits(axes[1][1], report.hits)
        figure.legend(
            *axes[0][0].get_legend_handles_labels(), loc="outside upper center", frameon=False, ncols=3
        )
        figure.savefig(file, metadata={"Date": None})
        plt.close(figure)


def _p99_ms(point: Point) -> float:
    return point.latency.p99_s * 1e3 if point.latency else 0.0


def _lines(axes: Any, points: Sequence[Point], value: Callable[[Point], float], title: str) -> None:
    """One line a way; hollow where it does not fit within what AWS grants."""
    for path in PATHS:
        own = [point for point in points if point.plan.path == path]
        rates = [point.plan.rate for point in own]
        colour = _COLOURS[path]
        axes.plot(rates, [value(point) for point in own], color=colour, label=_LABELS[path])
        for point in own:
            face = colour if point.fits else "white"
            axes.plot(point.plan.rate, value(point), "o", color=colour, markerfacecolor=face, markersize=5)
    axes.set(xscale="log", yscale="log", xlabel="lookups a second", title=title)
    axes.grid(visible=True, which="both", alpha=0.2)


def _one_process(axes: Any, planner: Planner) -> None:
    """Latency of the library against the load of one process, simulated."""
    shape = planner.measured.shape(planner.given.shape)
    found = [of_one_process(shape, load) for load in _LOADS]
    for name, style in (("p50_s", "-"), ("p99_s", "--"), ("p999_s", ":")):
        times = [getattr(latency, name) * 1e3 for _, latency in found]
        label = name.removesuffix("_s")
        axes.plot([rate for rate, _ in found], times, style, color=_COLOURS["library"], label=label)
    axes.set(yscale="log", xlabel="lookups a second, one process", title="library, in ms, without the store")
    axes.legend(frameon=False)
    axes.grid(visible=True, which="both", alpha=0.2)


def _limits(axes: Any, hits: Sequence[Hit]) -> None:
    """The rate at which each limit is met, by the way that meets it first."""
    first: dict[str, Hit] = {}
    for hit in hits:
        first.setdefault(hit.limit.key, hit)
    rows = list(first.values())[::-1]
    for row, hit in enumerate(rows):
        colour = _COLOURS[hit.path]
        face = "white" if hit.limit.adjustable else colour
        axes.plot(hit.rate, row, "s", color=colour, markerfacecolor=face)
    axes.set_yticks(range(len(rows)), [hit.limit.key for hit in rows], fontsize=8)
    axes.set(xscale="log", xlabel="lookups a second", title="limits: filled, AWS does not raise them")
    axes.grid(visible=True, axis="x", alpha=0.2)
