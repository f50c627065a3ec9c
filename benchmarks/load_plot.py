"""Draws latency against load."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")

from matplotlib import pyplot as plt

_LABELS = {"ours": "Headwater", "floor": "floor: one GET, decoded", "feast": "Feast"}
_COLOURS = {"ours": "#0b6e99", "floor": "#8a8f98", "feast": "#c2571a"}


def plot(found: Sequence[dict[str, Any]], file: Path) -> None:
    """Write p50 and p99 of each side against the rate, as SVG."""
    # Without a salt and a date the same figures give the same file.
    with plt.rc_context({"svg.hashsalt": "headwater", "font.family": "sans-serif", "svg.fonttype": "none"}):
        figure, axes = plt.subplots(figsize=(8, 4.5), layout="constrained")
        for side, label in _LABELS.items():
            points = [one for one in found if one["case"] == side]
            rates = [one["rate_per_s"] for one in points]
            for percentile, style in (("p50", "-"), ("p99", "--")):
                latencies = [one[f"{percentile}_us"] / 1000 for one in points]
                axes.plot(
                    rates, latencies, style, color=_COLOURS[side], marker=".", label=f"{label}, {percentile}"
                )
        axes.set(
            xscale="log",
            yscale="log",
            xlabel="lookups of 50 features due per second, one process",
            ylabel="milliseconds from when a lookup was due",
        )
        axes.grid(visible=True, which="both", alpha=0.2)
        figure.legend(loc="outside upper center", frameon=False, ncols=3)
        figure.savefig(file, metadata={"Date": None})
        plt.close(figure)
