"""``python -m cost prices show|refresh``."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from cost.prices import snapshot as snapshots
from cost.prices.refresh import refresh as ask
from cost.prices.refresh import write

prices = typer.Typer(no_args_is_help=True, help="Snapshots of AWS's prices.")


def register(app: typer.Typer) -> None:
    """Add the sub-commands to the command line."""
    app.add_typer(prices, name="prices")


@prices.command(epilog="Example: python -m cost prices show --region us-east-1 dynamodb")
def show(
    text: Annotated[str, typer.Argument(help="Only keys with this in them.")] = "",
    *,
    region: Annotated[str, typer.Option(help="Only this region.")] = "",
    file: Annotated[Path | None, typer.Option("--prices", help="Snapshot; default: the latest.")] = None,
) -> None:
    """Show prices, how old they are, and which were not read in AWS's own list."""
    found = snapshots.load(file)
    today = datetime.now(UTC).date()
    age = (today - found.date).days
    table = Table("key", "region", "USD", "per", "as of", "confidence", title=f"{found.date}, {age} days old")
    for price in found.prices:
        if text in price.key and region in {"", price.region}:
            said = ", ".join(
                f"{tier.usd}{'' if tier.up_to is None else f' up to {tier.up_to:,f}'}" for tier in price.tiers
            )
            free = "" if price.free is None else f"; {price.free.quantity:,f} free"
            per = price.unit if price.per == 1 else f"{price.per:,f} {price.unit}"
            dates = ", ".join(sorted({tier.as_of for tier in price.tiers}))
            table.add_row(price.key, price.region, said + free, per, dates, price.confidence)
    Console().print(table)
    for word, meaning in found.confidences.items():
        Console().print(f"{word}: {meaning}", highlight=False)


@prices.command(epilog="Example: python -m cost prices refresh; needs pricing:GetProducts")
def refresh(
    *,
    folder: Annotated[Path, typer.Option("--out", help="Where the new snapshot goes.")] = snapshots.FOLDER,
) -> None:
    """Ask AWS's Price List, and write a snapshot of today.

    It was tested against answers written after AWS's documentation, and has not run against AWS: compare what it says
    has changed.
    """
    # Heavy, and only who refreshes pays it.
    import boto3  # noqa: PLC0415

    before = snapshots.load()
    today = datetime.now(UTC).date()
    rows = ask(before, boto3.client("pricing", region_name="us-east-1"), today)  # type: ignore[call-overload,unused-ignore]
    file = write(before, rows, today, folder)
    for row in rows:
        if row.changed:
            typer.echo(f"{row.price.key} in {row.price.region}: was {row.changed}")
        if row.kept:
            typer.echo(f"{row.price.key} in {row.price.region}: kept of {row.price.checked}: {row.kept}")
    compared = sum(not row.kept for row in rows)
    typer.echo(f"{file}: {compared} of {len(rows)} prices compared")
