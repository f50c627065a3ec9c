"""The two functions: the stream's and the lookups'."""

import math
from collections.abc import Iterator, Mapping

from cost.capacity.limits import find
from cost.estimate.context import Situation
from cost.estimate.scaling import met
from cost.estimate.terms import (
    BYTES_A_GB,
    SECONDS,
    SECONDS_A_MONTH,
    Item,
    Term,
    declared,
    derived,
    metered,
    number,
)
from cost.graphs import Declared
from cost.metering import platform_lines_bytes, served_line_bytes

FULL_CORE_MB = 1769
"""Memory at which a function has one processor of its own; with less it is as much slower."""
TRACED_SHARE = 0.05
TRACED_PER_S = 1
"""Requests that are traced: the first of a second, and a part of the others."""


def items(found: Situation) -> Iterator[Item]:
    """What functions cost."""
    stream, lookup = found.function("stream"), found.function("lookup")
    if stream is not None:
        yield from _stream(found, stream)
    if lookup is not None:
        yield from _lookup(found, lookup)
    yield from _standing_by(found)


def _standing_by(found: Situation) -> Iterator[Item]:
    """Environments that are kept warm in regions without traffic: as many as there are at least."""
    for warm in found.of("ProvisionedConcurrencyConfig"):
        function = next(
            (
                each
                for each in found.of("Function")
                if (each.region, each.component) == (warm.region, warm.component)
            ),
            None,
        )
        if warm.region == found.region or function is None:
            continue
        count = declared(
            warm.name,
            "provisionedConcurrentExecutions",
            warm.facts["provisionedConcurrentExecutions"],
            "environments",
        )
        terms = (count, SECONDS_A_MONTH, gigabytes_of(function))
        price = f"lambda.kept_warm_{chip_of(function)}"
        yield Item(warm.component, price, warm.region, None, "kept warm", "GB-second", terms)


def chip_of(function: Declared) -> str:
    """As it stands in names of prices."""
    return "arm" if function.facts.get("architectures") == ["arm64"] else "x86"


def _slower(function: Declared) -> float:
    return max(1.0, FULL_CORE_MB / float(function.facts["memorySize"]))


def gigabytes_of(function: Declared) -> Term:
    """Its memory."""
    term = declared(function.name, "memorySize", function.facts["memorySize"], "MB")
    return term._replace(value=term.value / 1024, unit="GB")


def _stream(found: Situation, function: Declared) -> Iterator[Item]:
    facts, source = function.facts, found.measured.source
    batches = derived(
        "batches a month", found.batches, "batches", f"{found.events_per_batch:.3g} events a batch"
    )

    def item(name: str, price: str, unit: str, *terms: Term) -> Item:
        return Item(function.component, price, function.region, None, name, unit, terms)

    yield item("invocations", "lambda.requests", "request", batches)
    slower = _slower(function)
    price = f"lambda.duration_{chip_of(function)}"
    batch_s = Term("seconds a batch", number(found.measured.stream_batch_ms * slower / 1e3), "s", source)
    yield item("duration, batches", price, "GB-second", batches, batch_s, gigabytes_of(function))
    each_s = Term("seconds an event", number(found.measured.stream_event_ms * slower / 1e3), "s", source)
    for name in found.usage.sources:
        yield item(
            f"duration, {name}",
            price,
            "GB-second",
            found.assume(f"sources.{name}.events"),
            SECONDS_A_MONTH,
            each_s,
            gigabytes_of(function),
        )
    line = _line("batch", found.measured.stream_log_bytes, source, function)
    yield from logs(function, "logs of batches", batches, line, found)
    if facts.get("traced"):
        per_s = float(found.batches) / SECONDS
        traced = min(per_s, TRACED_PER_S) + max(per_s - TRACED_PER_S, 0) * TRACED_SHARE
        traces = derived("traces a second", traced, "traces/s", "the first of each second, 5 % of the others")
        yield item("traces", "xray.traces", "trace", traces, SECONDS_A_MONTH)


def platform_bytes(function: Declared) -> int:
    """Bytes that Lambda itself logs of a run of it."""
    return platform_lines_bytes(function.name, function.facts.get("systemLogLevel"))


def _line(run: str, ours: float, source: str, function: Declared) -> Term:
    own = platform_bytes(function)
    return Term(
        f"bytes logged a {run}",
        number(ours + own),
        "bytes",
        f"{source}; {own} of them are Lambda's own lines",
    )


def logs(
    function: Declared, name: str, count: Term, line: Term, found: Situation, *more: Term
) -> Iterator[Item]:
    """What a function logs: as it comes in, and as it is kept.

    Args:
        function: Whose logs they are.
        name: Of the line.
        count: How often it logs.
        line: Bytes each time.
        found: What is declared.
        more: Further factors.
    """
    terms = (count, *more, line, BYTES_A_GB)
    yield Item(function.component, "cloudwatch.logs_ingest", function.region, None, name, "GB", terms)
    groups = (
        group
        for group in found.of("LogGroup")
        if (group.region, group.component) == (function.region, function.component)
    )
    for group in groups:
        days = group.facts["retentionInDays"]
        kept = declared(group.name, "retentionInDays", days, "days")
        months = kept._replace(value=kept.value / 365 * 12, unit="months")
        yield Item(
            function.component,
            "cloudwatch.logs_storage",
            function.region,
            None,
            f"{name} kept",
            "GB-month",
            (*terms, months, Term("compressed to", number(0.15), "of 1", "as AWS's price examples have it")),
        )


def billed_s(found: Situation, function: Declared, service: str) -> float:
    """Seconds that a lookup of a service is billed for: Lambda counts whole milliseconds."""
    measured, rows = found.measured, found.value(f"services.{service}.batch")
    ms = (measured.lookup_ms + max(rows - 1, 0) * measured.lookup_row_ms) * _slower(function)
    return math.ceil(ms) / 1e3


def _hourly(found: Situation, seconds: Mapping[str, float]) -> list[float]:
    """Environments that lookups take in each hour of the day, if one of a service takes so many seconds of one."""
    rates = {name: found.value(f"services.{name}.lookups") * each for name, each in seconds.items()}
    shapes = {name: list(found.hours("services", name)) for name in rates}
    return [sum(rates[name] * shape[hour] for name, shape in shapes.items()) for hour in range(24)]


def _kept_warm(found: Situation, warm: Declared, seconds: Mapping[str, float]) -> tuple[Term, float]:
    """Environments kept warm on average, and the part of the lookups that they take.

    How many are kept follows how many are busy. Lookups go on to others when all are busy, or when each has had as
    many in a second as Lambda lets one have, however short they are.
    """
    bounds = found.one("Target", scalableDimension="lambda:function:ProvisionedConcurrency")
    policy = None if bounds is None else found.one("Policy", range=bounds.name)
    least = most = float(warm.facts["provisionedConcurrentExecutions"])
    target = 1.0
    if bounds is not None and policy is not None:
        least, most = bounds.facts["minCapacity"], bounds.facts["maxCapacity"]
        target = float(policy.facts["target"])
    at_least_s = 1 / find("lambda.requests_per_environment").value
    busy = _hourly(found, seconds)
    taken = _hourly(found, {name: max(each, at_least_s) for name, each in seconds.items()})
    kept = [min(max(each / target, least), most) for each in busy]
    mean = sum(busy) / len(busy)
    environments = derived(
        "environments kept warm",
        sum(kept) / len(kept),
        "environments",
        f"{mean:.3g} busy on average at {target:g}, from {least:g} to {most:g}, hour by hour",
    )
    return environments, met(taken, kept)


def _lookup(found: Situation, function: Declared) -> Iterator[Item]:
    facts, chip, measured = function.facts, chip_of(function), found.measured

    def item(name: str, price: str, unit: str, *terms: Term) -> Item:
        return Item(function.component, price, function.region, None, name, unit, terms)

    warm = found.one("ProvisionedConcurrencyConfig")
    billed = {service: billed_s(found, function, service) for service in found.usage.services}
    source = f"{measured.source}; whole milliseconds"
    seconds = {name: Term("seconds a lookup", number(each), "s", source) for name, each in billed.items()}
    share = 0.0
    if warm is not None:
        environments, share = _kept_warm(found, warm, billed)
        yield item(
            "kept warm",
            f"lambda.kept_warm_{chip}",
            "GB-second",
            environments,
            SECONDS_A_MONTH,
            gigabytes_of(function),
        )
    for service in found.usage.services:
        asked = (found.assume(f"services.{service}.lookups"), SECONDS_A_MONTH)
        yield item(f"invocations, {service}", "lambda.requests", "request", *asked)
        parts = [(share, "warm_duration"), (1 - share, "duration")] if warm else [(1.0, "duration")]
        for part, price in parts:
            how = "what warm environments take, ten a second each at most" if warm else "none is kept warm"
            split = derived("part of lookups", part, "of 1", how)
            name = f"duration, {service}{', warm' if price == 'warm_duration' else ''}"
            yield item(
                name,
                f"lambda.{price}_{chip}",
                "GB-second",
                *asked,
                split,
                seconds[service],
                gigabytes_of(function),
            )
        line = _line("lookup", measured.lookup_log_bytes, measured.source, function)
        yield from logs(function, f"logs of {service}", asked[0], line, found, asked[1])
        outside = found.assume("network.outside")
        size = metered("bytes of a row", served_line_bytes(found.registry, service), "bytes")
        yield item(
            f"answers of {service} to the internet",
            "data_transfer.internet_out",
            "GB",
            *asked,
            found.assume(f"services.{service}.batch"),
            size,
            outside,
            BYTES_A_GB,
        )
        if found.one("Api") is not None:
            yield item(f"HTTP API, {service}", "apigateway.http_api", "request", *asked)
    if facts.get("snapStart"):
        yield item(
            "snapshots kept",
            "lambda.snap_start_kept",
            "GB-second",
            Term("versions", number(1), "versions", "the published one"),
            SECONDS_A_MONTH,
            gigabytes_of(function),
        )
