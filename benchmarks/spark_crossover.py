"""Where Spark becomes the better choice: what was measured, carried on by fits that are stated.

A side's time is taken as fixed seconds and seconds an event; more cores divide Spark's share an event as the second
core did here. So on Glue, with cores as fast as this machine's, shuffles over a network as fast as its disk, and
cores that scale no worse the more there are: less favours one machine.
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

WORKER_CORES = 4
"""Of a G.1X worker of Glue."""

MEMORY_SHARE = 0.8
"""Of a machine's memory that one process may take."""


class Line(NamedTuple):
    """``fixed + each * events``."""

    fixed: float
    each: float

    def at(self, events: float) -> float:
        """Value for so many events."""
        return self.fixed + self.each * events

    def reaches(self, value: float) -> float | None:
        """Events for which it comes to a value; None: never."""
        return max((value - self.fixed) / self.each, 0.0) if self.each > 0 else None


def fit(events: Sequence[int], values: Sequence[float]) -> Line:
    """The line with the least squares of relative differences, neither part of it negative.

    >>> fit([10, 20, 40], [7.0, 12.0, 22.0])
    Line(fixed=2.0, each=0.5)
    """
    x, y = np.array(events, dtype=float), np.array(values)
    terms = np.stack([np.ones_like(x), x], axis=1) / y[:, None]
    (fixed, each), *_ = np.linalg.lstsq(terms / [1, x.max()], np.ones_like(y), rcond=None)
    each /= x.max()
    if fixed < 0:
        fixed, each = 0.0, float((x / y).sum() / (x * x / y**2).sum())
    elif each < 0:
        fixed, each = float((1 / y).sum() / (1 / y**2).sum()), 0.0
    return Line(round(float(fixed), 9), float(f"{each:.6g}"))


def worst_error(line: Line, events: Sequence[int], values: Sequence[float]) -> float:
    """By what share of a measured value a line misses it at most: what follows from the line is no surer.

    >>> worst_error(Line(0.0, 1.0), [1, 2], [1.0, 4.0])
    0.5
    """
    return max(abs(line.at(count) / value - 1) for count, value in zip(events, values, strict=True))


def crossing(one_machine: Line, spark: Line) -> float | None:
    """Events beyond which Spark is faster; None: however many there are, it is not."""
    if spark.each >= one_machine.each:
        return None if spark.fixed >= one_machine.fixed else 0.0
    return max((spark.fixed - one_machine.fixed) / (one_machine.each - spark.each), 0.0)


def scaling(fixed: float, one_core_seconds: float, seconds: float, cores: int) -> float:
    """How Spark's share an event falls with cores: by ``cores ** -scaling``, 0 if not at all, 1 at best.

    >>> scaling(2.0, 22.0, 12.0, cores=2)
    1.0

    Args:
        fixed: Seconds that do not fall.
        one_core_seconds: With one core.
        seconds: With ``cores``.
        cores: All that the machine has, two or more.
    """
    if not fixed < seconds < one_core_seconds:
        return 0.0
    return min(math.log((one_core_seconds - fixed) / (seconds - fixed)) / math.log(cores), 1.0)


def workers_to_win(
    one_machine: Line, spark: Line, events: float, *, cores: int, scaling: float
) -> int | None:
    """Workers of Glue, the driver's among them, with which Spark is faster; None: no number is enough.

    Args:
        one_machine: Seconds on one machine.
        spark: Seconds with ``cores``.
        events: How many.
        cores: With which ``spark`` was measured.
        scaling: As `scaling` gives it.
    """
    left = one_machine.at(events) - spark.fixed
    if left <= 0 or scaling <= 0:
        return None
    needed = cores * math.pow(max(spark.each * events / left, 1 / cores), 1 / scaling)
    return math.ceil(needed / WORKER_CORES) + 1


def crossover(
    growth: Sequence[dict[str, Any]], *, cores: int, machine_mb: float, ahead: Sequence[int]
) -> dict[str, Any]:
    """Where Spark is the better choice, from how time and memory grow.

    Args:
        growth: Results with ``events``, the seconds of both sides and the peak memory of one machine, the two
            largest of them done in parts; one or more with ``spark_one_core_seconds``.
        cores: Of this machine, all of which Spark had.
        machine_mb: Its memory.
        ahead: Events beyond those measured, for which to say how many workers it would take.
    """
    events = [one["events"] for one in growth]
    seconds = {side: [one[f"{side}_seconds"] for one in growth] for side in ("one_machine", "spark")}
    lines = {side: fit(events, values) for side, values in seconds.items()}
    # Smaller sizes are done in one part, and their memory grows faster.
    memory = fit(events[-2:], [one["one_machine_peak_rss_mb"] for one in growth[-2:]])
    single = [one for one in growth if one["spark_one_core_seconds"] is not None][-1]
    exponent = scaling(lines["spark"].fixed, single["spark_one_core_seconds"], single["spark_seconds"], cores)
    crossed = crossing(lines["one_machine"], lines["spark"])
    measured = [one["events"] for one in growth if one["spark_seconds"] < one["one_machine_seconds"]]
    return {
        "case": "crossover",
        "first_measured_events_where_spark_is_faster": min(measured, default=None),
        "extrapolated_events_where_spark_is_faster": crossed,
        "extrapolated_events_where_one_machine_takes_an_hour": lines["one_machine"].reaches(3_600),
        "extrapolated_events_where_one_machine_is_out_of_memory": memory.reaches(MEMORY_SHARE * machine_mb),
        "fits": {
            "form": "fixed + each * events, least squares of relative differences; memory: of the two largest",
            "one_machine_seconds": lines["one_machine"]._asdict(),
            "spark_seconds": lines["spark"]._asdict(),
            "worst_errors": {side: worst_error(lines[side], events, seconds[side]) for side in lines},
            "one_machine_peak_rss_mb": memory._asdict(),
        },
        "cores": cores,
        "machine_mb": machine_mb,
        "spark_scaling": exponent,
        "spark_scaling_from": {
            "events": single["events"],
            "one_core_seconds": single["spark_one_core_seconds"],
            "seconds": single["spark_seconds"],
        },
        "workers": [
            {
                "events": count,
                "measured": count in events,
                "one_machine_seconds": lines["one_machine"].at(count),
                "glue_g1x_workers_to_be_faster": workers_to_win(
                    lines["one_machine"], lines["spark"], count, cores=cores, scaling=exponent
                ),
            }
            for count in [*events, *ahead]
        ],
    }
