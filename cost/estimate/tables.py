"""An estimate on the terminal."""

from rich.console import Console
from rich.table import Table

from cost.errors import CostError
from cost.estimate.groups import GROUPINGS, ranged, remarks, sums
from cost.estimate.lines import Estimate

_DEAREST = 12
_MARK = "*"


def show(found: Estimate, console: Console) -> None:
    """Print totals by component, view, service and region, and the dearest lines."""
    for grouping in GROUPINGS:
        table = Table(
            grouping, "USD a month", title=f"{found.environment} by {grouping}", title_justify="left"
        )
        table.columns[1].justify = "right"
        for name, each in sums(found, grouping).items():
            table.add_row(name, ranged(each.usd, each.low_usd, each.high_usd))
        console.print(table)
    table = Table("component", "view", "what", "USD a month", title="Dearest lines", title_justify="left")
    table.columns[3].justify = "right"
    for line in found.lines[:_DEAREST]:
        mark = "" if line.confidence == "sourced" else _MARK
        usd = ranged(line.monthly_usd, line.low_usd, line.high_usd)
        table.add_row(line.component, line.view or "", f"{line.name}{mark}", usd)
    console.print(table)
    console.print(
        f"Total: {ranged(found.total_usd, found.low_usd, found.high_usd)} USD a month", highlight=False
    )
    for remark in remarks(found):
        console.print(remark, highlight=False, markup=False, soft_wrap=True)
    if any(line.confidence != "sourced" for line in found.lines[:_DEAREST]):
        console.print(f"{_MARK} its price was not read in AWS's own list.", highlight=False)


def explain(found: Estimate, wanted: str, console: Console) -> None:
    """Print lines with their formulas, inputs and sources.

    Args:
        found: The estimate.
        wanted: Text that stands in a line's component, view, name or price; empty: every line.
        console: Where to.

    Raises:
        CostError: No line has the text.
    """
    lines = [
        line
        for line in found.lines
        if wanted in f"{line.component} {line.view or ''} {line.name} {line.price}"
    ]
    if not lines:
        raise CostError(
            f"--explain {wanted!r}: no line has it in its component, view, name or price; see --csv for all of them"
        )
    for line in lines:
        where = " / ".join(filter(None, [line.region, line.component, line.view, line.name]))
        usd = ranged(line.monthly_usd, line.low_usd, line.high_usd)
        console.print(f"{where}: {usd} USD", style="bold", markup=False, highlight=False, soft_wrap=True)
        console.print(f"  {line.formula}", markup=False, highlight=False, soft_wrap=True)
        for term in line.terms:
            console.print(f"    {term}", markup=False, highlight=False, soft_wrap=True)
        console.print(f"  {line.source}", markup=False, highlight=False, soft_wrap=True)
