"""All advice for an environment, as a table and as JSON."""

import json
from collections.abc import Iterable
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

from cost.advice import commitments, functions, platform, storage, stores, views
from cost.advice.cases import Case
from cost.advice.proposals import Advice, of_change, of_commitment
from cost.estimate.lines import Estimate

_NOTES = (
    "Each saving is for itself: two pieces of advice on the same thing do not add up.",
    "Online values expire with the longest window that reads them: there is no shorter TTL to advise.",
)


def advise(case: Case, estimate: Estimate) -> list[Advice]:
    """What would cost less, the most first; what saves nothing is left out.

    Args:
        case: The environment.
        estimate: What it costs as it is.
    """
    changes = [
        *stores.proposals(case),
        *functions.proposals(case),
        *platform.proposals(case, estimate),
        *views.proposals(case),
    ]
    found = [
        *(of_change(estimate, proposal) for proposal in changes),
        *(of_commitment(each) for each in commitments.commitments(case, estimate)),
        *functions.library(case, estimate),
        *storage.advice(case, estimate),
    ]
    return sorted((each for each in found if each.saving_usd > 0), key=lambda each: -each.saving_usd)


def show(found: Iterable[Advice], estimate: Estimate, console: Console, *, explain: str = "") -> None:
    """Print advice; with ``explain`` the arithmetic of what has this in its key, ``all`` for all."""
    table = Table(
        title=f"Advice for {estimate.environment}, which costs {estimate.total_usd:,.2f} USD a month"
    )
    for heading in ("advice", "saves USD a month", "of range", "risk"):
        table.add_column(heading, justify="right" if "USD" in heading or "range" in heading else "left")
    advice = list(found)
    for each in advice:
        mark = "" if each.confidence == "sourced" else "*"
        table.add_row(
            f"{each.key}\n{each.title}\n({each.how})",
            f"{each.saving_usd:,.2f}{mark}",
            "" if each.low_usd == each.high_usd else f"{each.low_usd:,.2f} to {each.high_usd:,.2f}",
            each.risk,
            end_section=True,
        )
    console.print(table)
    for each in advice:
        if explain and (explain == "all" or explain in each.key):
            console.print(f"[bold]{each.key}[/]: {each.saving_usd:,.2f} USD", highlight=False)
            for line in (*each.arithmetic, *(f"source: {source}" for source in each.sources)):
                console.print(f"  {line}", markup=False, highlight=False, soft_wrap=True)
    for note in (*_NOTES, f"Prices of {estimate.prices}, {estimate.age_days} days old; {estimate.measured}."):
        console.print(note, highlight=False)
    console.print("* rests on a price that was not read in a copy of AWS's own list.")


def as_json(found: Iterable[Advice], estimate: Estimate) -> str:
    """Advice as JSON; amounts are numbers."""
    content: dict[str, Any] = {
        "environment": estimate.environment,
        "total_monthly_usd": float(estimate.total_usd),
        "prices": {"date": estimate.prices, "age_days": estimate.age_days},
        "measured": estimate.measured,
        "notes": list(_NOTES),
        "advice": [
            {
                name: float(value) if name.endswith("_usd") else msgspec.to_builtins(value)
                for name, value in ((field, getattr(each, field)) for field in each.__struct_fields__)
            }
            for each in found
        ],
    }
    return json.dumps(content, indent=1)
