"""A month's findings on the terminal."""

from collections.abc import Sequence
from decimal import Decimal

from rich.console import Console
from rich.table import Table

from cost.actuals.findings import Findings
from cost.actuals.movements import Movement
from cost.prices.tiers import to_cents

_NUMBERS = ("charged", "estimated", "difference")


def show(found: Findings, console: Console) -> None:
    """Print what was charged beside what was estimated, by component and by view, what is apart, and what moved."""
    bill = found.bill
    title = f"{bill.environment} in {bill.month}, USD"
    by_component = _table(title, ["component", "service"])
    for row in found.compared:
        _add(by_component, [row.component, row.service], row.actual_usd, row.estimated_usd)
    by_component.add_section()
    _add(by_component, ["together", ""], found.actual_usd, found.estimated_usd)
    console.print(by_component)
    by_view = _table(f"{title}, by view", ["view"])
    for share in found.shares:
        _add(by_view, [share.view], share.actual_usd, share.estimated_usd)
    console.print(by_view)
    apart = [(f"{kind} of {bill.environment}", usd) for kind, usd in sorted(bill.apart.items())]
    apart += [
        (f"{kind} of the account, without a tag", usd) for kind, usd in sorted(bill.account_apart.items())
    ]
    for kind, usd in apart:
        console.print(f"Apart: {kind}: {to_cents(usd):,} USD", highlight=False)
    _show_unusual(found.unusual, console)
    for remark in found.remarks:
        console.print(remark, highlight=False, markup=False, soft_wrap=True)


def _show_unusual(unusual: Sequence[Movement], console: Console) -> None:
    for each in unusual:
        console.print(
            f"{each.component} / {each.service} / {each.usage_type}: {to_cents(each.before_usd):,} to "
            f"{to_cents(each.after_usd):,} USD, moved by {each.driver.driver.value}",
            style="bold",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )
        for part in each.parts:
            console.print(
                f"  {part.driver.value}: {to_cents(part.usd):+,} USD = {part.arithmetic}",
                highlight=False,
                markup=False,
                soft_wrap=True,
            )


def _table(title: str, names: Sequence[str]) -> Table:
    table = Table(*names, *_NUMBERS, title=title, title_justify="left")
    for column in table.columns[len(names) :]:
        column.justify = "right"
    return table


def _add(table: Table, names: Sequence[str], actual: Decimal, estimated: Decimal) -> None:
    table.add_row(*names, f"{actual:,}", f"{estimated:,}", f"{actual - estimated:+,}")
