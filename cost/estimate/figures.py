"""Copies of one region's figures in the other: the only functions that a clock runs."""

import json
from collections.abc import Iterator

from cost.estimate.context import Situation
from cost.estimate.functions import PLATFORM_LINES_BYTES, chip_of, gigabytes_of
from cost.estimate.offline import starts_a_month
from cost.estimate.terms import BYTES_A_GB, Item, Term, declared, derived, metered, number
from cost.graphs import Declared
from headwater.stream import figures
from headwater.stream.cloudwatch import HOUR_S, Metric
from headwater.stream.figures import Copied, Measured

RUN_S = 1.0
"""Three or four calls, half of them to the other region. Nobody has measured it."""

_PUTS = 2
_COMPRESSED = 0.15
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
            yield from _logs(found, function, runs)
            yield from _metrics(function, runs)


def _item(function: Declared, name: str, price: str, unit: str, *terms: Term) -> Item:
    return Item(function.component, price, function.region, None, name, unit, terms)


def _runs(function: Declared, runs: Term) -> Iterator[Item]:
    took = Term("seconds a run", number(RUN_S), "s", "assumed")
    price = f"lambda.duration_{chip_of(function)}"
    yield _item(function, "runs", "lambda.requests", "request", runs)
    yield _item(function, "duration of runs", price, "GB-second", runs, took, gigabytes_of(function))


def _logs(found: Situation, function: Declared, runs: Term) -> Iterator[Item]:
    line_bytes = len(json.dumps(Copied(dict.fromkeys(_read(), _MINUTES), [])._asdict()))
    line = metered("bytes logged a run, with Lambda's own lines", line_bytes + PLATFORM_LINES_BYTES, "bytes")
    terms = (runs, line, BYTES_A_GB)
    yield _item(function, "logs of runs", "cloudwatch.logs_ingest", "GB", *terms)
    for group in found.of("LogGroup"):
        if (group.region, group.component) == (function.region, function.component):
            days = group.facts["retentionInDays"]
            kept = declared(group.name, "retentionInDays", days, "days")
            months = kept._replace(value=kept.value / 365 * 12, unit="months")
            squeezed = Term("compressed to", number(_COMPRESSED), "of 1", "as AWS's price examples have it")
            yield _item(
                function, "logs of runs kept", "cloudwatch.logs_storage", "GB-month", *terms, months, squeezed
            )


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
