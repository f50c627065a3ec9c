"""What a piece of advice is, and how it comes about: a changed environment, or a commitment to AWS."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

import msgspec

from cost.advice.cases import Case, Difference, differences
from cost.estimate.lines import Estimate, Line, total
from cost.estimate.terms import plain
from cost.prices.snapshot import Confidence, Price, weakest
from cost.prices.tiers import to_cents


class Proposal(NamedTuple):
    """Something to do otherwise.

    Attributes:
        key: Stable name.
        title: What to do, in a sentence.
        how: What to change: a configuration key, a definition, an order.
        risk: What it costs beside money.
        case: The environment with the change.
        beside: Costs that the estimate of the changed environment does not have, with their arithmetic.
    """

    key: str
    title: str
    how: str
    risk: str
    case: Case
    beside: "Sequence[Beside]" = ()


class Beside(NamedTuple):
    """A cost that comes with a proposal and is no line of an estimate."""

    usd: Decimal
    arithmetic: str
    source: str
    confidence: Confidence


class Commitment(NamedTuple):
    """A discount for a promise.

    Attributes:
        key: Stable name.
        title: What to promise, in a sentence.
        how: What to order.
        risk: What it costs beside money.
        lines: What it makes cheaper.
        share: Part of them that is always there, and is promised.
        why: How that part was found.
        price: Of the discount, a fraction.
    """

    key: str
    title: str
    how: str
    risk: str
    lines: Sequence[Line]
    share: Decimal
    why: str
    price: Price


class Advice(msgspec.Struct, frozen=True, kw_only=True):
    """Something that would cost less.

    Attributes:
        key: Stable name.
        title: What to do.
        how: What to change.
        risk: What it costs beside money.
        saving_usd: A month, at the middle of the assumptions' ranges.
        low_usd: The least over the ends of the ranges.
        high_usd: The most.
        arithmetic: How it comes about, line by line.
        sources: Where the prices were read.
        confidence: The weakest of them.
    """

    key: str
    title: str
    how: str
    risk: str
    saving_usd: Decimal
    low_usd: Decimal
    high_usd: Decimal
    arithmetic: tuple[str, ...]
    sources: tuple[str, ...]
    confidence: Confidence


def of_change(before: Estimate, proposal: Proposal) -> Advice:
    """What a change saves: the estimate as it is, less the estimate of the changed environment."""
    after = proposal.case.estimate()
    found = differences(before, after)
    more = sum((each.usd for each in proposal.beside), Decimal("0.00"))
    ends = sorted((before.low_usd - after.low_usd - more, before.high_usd - after.high_usd - more))
    saving = before.total_usd - after.total_usd - more
    lines = _touched(found)
    return Advice(
        key=proposal.key,
        title=proposal.title,
        how=proposal.how,
        risk=proposal.risk,
        saving_usd=saving,
        low_usd=min(ends[0], saving),
        high_usd=max(ends[1], saving),
        arithmetic=(
            *(each.arithmetic for each in found),
            *(f"beside it: {each.arithmetic} = {each.usd:,.2f} USD" for each in proposal.beside),
        ),
        sources=tuple(
            dict.fromkeys([*(line.source for line in lines), *(each.source for each in proposal.beside)])
        ),
        confidence=weakest(
            [*(line.confidence for line in lines), *(each.confidence for each in proposal.beside)]
        ),
    )


def _touched(found: Sequence[Difference]) -> list[Line]:
    return [line for each in found for line in (each.before, each.after) if line is not None]


def of_commitment(commitment: Commitment) -> Advice:
    """What a promise saves."""
    fraction = commitment.price.tiers[0].usd * commitment.share
    tier = commitment.price.tiers[0]
    amounts = [
        to_cents(sum((getattr(line, name) for line in commitment.lines), Decimal(0)) * fraction)
        for name in ("monthly_usd", "low_usd", "high_usd")
    ]
    paid = total(commitment.lines)
    names = ", ".join(dict.fromkeys(line.name for line in commitment.lines))
    part = f"{plain(commitment.share)} ({commitment.why})"
    return Advice(
        key=commitment.key,
        title=commitment.title,
        how=commitment.how,
        risk=commitment.risk,
        saving_usd=amounts[0],
        low_usd=min(amounts),
        high_usd=max(amounts),
        arithmetic=(
            f"{paid:,.2f} USD ({names}) × {part} × {tier.usd} ({tier.said}) = {amounts[0]:,.2f} USD",
        ),
        sources=(
            f"{commitment.price.key}: {tier.source}, as of {tier.as_of}, {tier.confidence}",
            *dict.fromkeys(line.source for line in commitment.lines),
        ),
        confidence=weakest([commitment.price.confidence, *(line.confidence for line in commitment.lines)]),
    )


def always_there(hours: list[float]) -> Decimal:
    """Part of the mean that the quietest hour of a day has.

    >>> always_there([0.5, 1.5])
    Decimal('0.5')
    """
    mean = sum(hours) / len(hours)
    return Decimal(str(round(min(hours) / mean, 4))) if mean else Decimal(0)
