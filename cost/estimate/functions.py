"""The two functions: the stream's and the lookups'."""

import math
from collections.abc import Iterator

from cost.estimate.context import Situation
from cost.estimate.scaling import clamped, met
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
from cost.metering import served_line_bytes

FULL_CORE_MB = 1769
"""Memory at which a function has one processor of its own; with less it is as much slower."""
PLATFORM_LINES_BYTES = 330
"""What Lambda itself logs for an invocation: START, END and REPORT."""
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
    line = Term(
        "bytes logged a batch",
        number(found.measured.stream_log_bytes + PLATFORM_LINES_BYTES),
        "bytes",
        f"{source}; and Lambda's own lines",
    )
    yield from _logs(function, "logs of batches", batches, line, found)
    if facts.get("traced"):
        per_s = float(found.batches) / SECONDS
        traced = min(per_s, TRACED_PER_S) + max(per_s - TRACED_PER_S, 0) * TRACED_SHARE
        traces = derived("traces a second", traced, "traces/s", "the first of each second, 5 % of the others")
        yield item("traces", "xray.traces", "trace", traces, SECONDS_A_MONTH)


def _logs(
    function: Declared, name: str, count: Term, line: Term, found: Situation, *more: Term
) -> Iterator[Item]:
    terms = (count, *more, line, BYTES_A_GB)
    yield Item(function.component, "cloudwatch.logs_ingest", function.region, None, name, "GB", terms)
    groups = [group for group in found.of("LogGroup", active=True) if group.component == function.component]
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


def _lookup(found: Situation, function: Declared) -> Iterator[Item]:
    facts, chip, measured = function.facts, chip_of(function), found.measured

    def item(name: str, price: str, unit: str, *terms: Term) -> Item:
        return Item(function.component, price, function.region, None, name, unit, terms)

    warm = found.one("ProvisionedConcurrencyConfig")
    busy = 0.0
    shape = [0.0] * 24
    seconds: dict[str, Term] = {}
    for service in found.usage.services:
        rate = found.value(f"services.{service}.lookups")
        rows = found.value(f"services.{service}.batch")
        ms = (measured.lookup_ms + max(rows - 1, 0) * measured.lookup_row_ms) * _slower(function)
        # Lambda counts whole milliseconds.
        billed_s = number(math.ceil(ms) / 1e3)
        seconds[service] = Term("seconds a lookup", billed_s, "s", f"{measured.source}; whole milliseconds")
        busy += rate * float(billed_s)
        hours = found.hours("services", service)
        shape = [
            sum(pair) for pair in zip(shape, (hour * rate * float(billed_s) for hour in hours), strict=True)
        ]
    relative = [hour / busy if busy else 1.0 for hour in shape]
    share = 0.0
    if warm is not None:
        bounds = found.one("Target", scalableDimension="lambda:function:ProvisionedConcurrency")
        policy = None if bounds is None else found.one("Policy", range=bounds.name)
        least = most = float(warm.facts["provisionedConcurrentExecutions"])
        target = 1.0
        if bounds is not None and policy is not None:
            least, most = bounds.facts["minCapacity"], bounds.facts["maxCapacity"]
            target = float(policy.facts["target"])
        kept = clamped(busy / target, relative, least, most)
        share = met(busy, relative, most)
        environments = derived(
            "environments kept warm",
            kept,
            "environments",
            f"{busy:.3g} busy on average at {target:g}, bounded",
        )
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
            how = "what the most warm environments have room for" if warm else "none is kept warm"
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
        line = Term(
            "bytes logged a lookup",
            number(measured.lookup_log_bytes + PLATFORM_LINES_BYTES),
            "bytes",
            f"{measured.source}; and Lambda's own lines",
        )
        yield from _logs(function, f"logs of {service}", asked[0], line, found, asked[1])
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
