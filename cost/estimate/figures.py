"""Copies of one region's figures in the other: the only functions that a clock runs."""

import json
from collections.abc import Iterator

from cost.estimate.context import Situation
from cost.estimate.functions import chip_of, gigabytes_of, logs, platform_bytes
from cost.estimate.jobs import starts_a_month
from cost.estimate.terms import Item, Term, derived, metered, number
from cost.graphs import Declared
from headwater.stream import figures
from headwater.stream.cloudwatch import HOUR_S, Metric
from headwater.stream.figures import Copied, Measured

RUN_S = 1.0
"""Three or four calls, half of them to the other region. Nobody has measured it."""

_PUTS = 2
_MINUTES = HOUR_S // 60


def items(found: Situation) -> Iterator[Item]:
    """What copying costs, in the region that it is copied to."""
    functions = {(each.region, each.name): each for each in found.of("Function")}
    for schedule in found.of("Schedule"):
        function = functions.get((schedule.region, schedule.facts["target"]))
        if function is not None and schedule.facts["enabled"]:
            runs = derived(
                "runs a month", starts_a_month(schedule.facts["expression"]), "runs", "graph: its schedule"
            )
            yield from _runs(function, runs)
            yield from logs(function, "logs of runs", runs, _line(function), found)
            yield from _metrics(function, runs)


def _item(function: Declared, name: str, price: str, unit: str, *terms: Term) -> Item:
    return Item(function.component, price, function.region, None, name, unit, terms)


def _runs(function: Declared, runs: Term) -> Iterator[Item]:
    took = Term("seconds a run", number(RUN_S), "s", "assumed")
    price = f"lambda.duration_{chip_of(function)}"
    yield _item(function, "runs", "lambda.requests", "request", runs)
    yield _item(function, "duration of runs", price, "GB-second", runs, took, gigabytes_of(function))


def _line(function: Declared) -> Term:
    logged = json.dumps(Copied(dict.fromkeys(_read(), _MINUTES), [])._asdict())
    size = len(logged) + platform_bytes(function)
    return metered("bytes logged a run, with Lambda's own lines", size, "bytes")


def _metrics(function: Declared, runs: Term) -> Iterator[Item]:
    read = _read()
    published = figures.copies("", "", read)
    count = metered("figures read a run", len(read), "metrics")
    yield _item(function, "figures read", "cloudwatch.metrics_read", "metric", runs, count)
    puts = metered("calls that publish, a run", _PUTS, "requests")
    yield _item(function, "calls that publish", "cloudwatch.requests", "request", runs, puts)
    own = metered("metrics that are published", len(published), "metrics")
    yield _item(function, "published metrics", "cloudwatch.custom_metrics", "metric-month", own)


def _read() -> dict[str, Metric]:
    """What each run reads; of which region makes no difference to what it costs."""
    return figures.measured(Measured(*Measured._fields), "")
