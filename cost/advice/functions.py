"""Advice on the functions: their processors, what they log, and whether there need be one for lookups."""

from collections.abc import Iterator
from decimal import Decimal

from cost.advice.cases import Case
from cost.advice.proposals import Advice, Beside, Proposal
from cost.capacity.assumptions import Assumptions
from cost.capacity.needs import plan
from cost.estimate.lines import Estimate, total
from cost.estimate.terms import HOURS, plain
from cost.prices.snapshot import weakest
from cost.prices.tiers import charge, to_cents
from cost.quantities import Point

KEPT_DAYS = 30
_OF_FUNCTION = ("cloudwatch", "lambda")


def proposals(case: Case) -> Iterator[Proposal]:
    """What could be done otherwise."""
    if any(each.facts.get("architectures") != ["arm64"] for each in case.graph.of("Function")):
        yield Proposal(
            "functions.arm",
            "Run the functions on arm64 instead of x86",
            "architectures of PythonFunction; zips have to be built for it",
            "Every dependency that is compiled has to exist for it; times were not measured on it.",
            case.with_facts("Function", {"architectures": ["arm64"]}),
        )
    longest = max((each.facts["retentionInDays"] for each in case.graph.of("LogGroup")), default=0)
    if longest > KEPT_DAYS:
        yield Proposal(
            "logs.retention",
            f"Keep logs for {KEPT_DAYS} instead of up to {longest} days",
            f"logRetentionDays: {KEPT_DAYS}",
            "What happened earlier can no longer be looked up; an audit may ask for more.",
            case.with_facts("LogGroup", {"retentionInDays": KEPT_DAYS}),
        )
    sample = case.situation.function("lookup")
    part = float(sample.facts.get("HEADWATER_SERVED_SAMPLE", 0)) if sample else 0.0
    if part:
        yield Proposal(
            "lookups.sample",
            f"Log {part / 10:.2%} instead of {part:.2%} of what is served",
            f"servedSample: {part / 10:g}",
            "Skew between serving and training is found later, and rare services may have too few rows to tell.",
            case.with_facts("Function", {"HEADWATER_SERVED_SAMPLE": str(part / 10)}, "lookup"),
        )


def library(case: Case, estimate: Estimate) -> Iterator[Advice]:
    """Callers that read the stores themselves; their processors are counted as Fargate's.

    What lookups cost in the stores, and the log of what was served, stay.
    """
    lines = [line for line in estimate.lines if line.component == "lookup" and line.service in _OF_FUNCTION]
    if not lines:
        return
    points: tuple[Point, ...] = ("middle", "low", "high")
    callers = {point: _callers(case, point) for point in points}
    names = ", ".join(dict.fromkeys(line.name for line in lines))
    amounts = [
        total(lines) - callers["middle"].usd,
        sum((line.low_usd for line in lines), Decimal(0)) - callers["low"].usd,
        sum((line.high_usd for line in lines), Decimal(0)) - callers["high"].usd,
    ]
    yield Advice(
        key="lookups.library",
        title="Let callers that are Python read the stores with the library instead of asking the function",
        how="headwater.client.connect in the callers",
        risk="Callers need a way to the cache and its credentials, and take part in every new version of the library. "
        "Others keep the function, and with it a part of its cost. What callers log is theirs.",
        saving_usd=amounts[0],
        low_usd=min(amounts),
        high_usd=max(amounts),
        arithmetic=(
            f"the function's {names}: {total(lines):,.2f} USD",
            f"less {callers['middle'].arithmetic} = {callers['middle'].usd:,.2f} USD",
        ),
        sources=(*dict.fromkeys(line.source for line in lines), callers["middle"].source),
        confidence=weakest([callers["middle"].confidence, *(line.confidence for line in lines)]),
    )


def _callers(case: Case, point: Point) -> Beside:
    given, found = Assumptions(region=case.graph.region), case.lookups
    services = case.usage.at(point).services.values()
    peak = sum(float(each.lookups.value * each.batch.value * each.peak.value) for each in services)
    needed = plan("library", "nodes", max(peak, 1.0), found, given).compute.processes
    hours = Decimal(needed * HOURS)
    memory = Decimal(needed * given.task_memory_gb * HOURS) / given.task_vcpus
    prices = [
        (case.prices.find("fargate.vcpu_x86", case.graph.region, "vCPU-hour"), hours),
        (case.prices.find("fargate.memory_x86", case.graph.region, "GB-hour"), memory),
    ]
    usd = sum((to_cents(charge(price, quantity).usd) for price, quantity in prices), Decimal("0.00"))
    per = found.shape(given.shape).busy("library").mean
    return Beside(
        usd,
        f"{needed} processors of callers for {peak:,.0f} rows/s at the peak × {per:.0f} µs (measured {found.date}) at "
        f"most {given.process_load:.0%} busy, {plain(hours)} h, as if on Fargate",
        "; ".join(f"{price.key}: {price.tiers[0].source}" for price, _ in prices),
        weakest([price.confidence for price, _ in prices]),
    )
