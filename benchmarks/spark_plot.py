"""Draws how training sets grow on one machine and on Spark."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")

import numpy as np
from matplotlib import pyplot as plt

from benchmarks.spark_crossover import Line

_LABELS = {"one_machine": "one machine", "spark": "Spark"}
_COLOURS = {"one_machine": "#0b6e99", "spark": "#c2571a"}


def plot(growth: Sequence[dict[str, Any]], crossover: dict[str, Any], file: Path) -> None:
    """Write time against events as SVG: points and lines where it was measured, dashes where it was not."""
    # Without a salt and a date the same figures give the same file.
    with plt.rc_context({"svg.hashsalt": "headwater", "font.family": "sans-serif", "svg.fonttype": "none"}):
        figure, axes = plt.subplots(figsize=(8, 4.5), layout="constrained")
        events = [one["events"] for one in growth]
        ahead = np.geomspace(events[-1], crossover["workers"][-1]["events"], 50)
        for side, label in _LABELS.items():
            line = Line(**crossover["fits"][f"{side}_seconds"])
            seconds = [one[f"{side}_seconds"] for one in growth]
            where = "" if side == "one_machine" else f" on the same {crossover['cores']} cores"
            colour = _COLOURS[side]
            axes.plot(events, seconds, "-", marker=".", color=colour, label=f"{label}{where}, measured")
            axes.plot(
                ahead,
                [line.at(count) for count in ahead],
                "--",
                color=colour,
                label=f"{label}{where}, extrapolated",
            )
        for edge, meaning in (
            ("extrapolated_events_where_one_machine_is_out_of_memory", "one machine is out of memory"),
            ("extrapolated_events_where_spark_is_faster", "Spark is faster"),
        ):
            at = crossover[edge]
            if at is not None and events[0] <= at <= ahead[-1]:
                axes.axvline(
                    at, color="#8a8f98", linestyle=":", label=f"{meaning} from here on, extrapolated"
                )
        axes.set(
            xscale="log",
            yscale="log",
            xlabel="events, ten a label",
            ylabel="seconds for a training set over 1, 7 and 30 days",
        )
        axes.grid(visible=True, which="both", alpha=0.2)
        figure.legend(loc="outside upper center", frameon=False, ncols=2)
        figure.savefig(file, metadata={"Date": None})
        plt.close(figure)
