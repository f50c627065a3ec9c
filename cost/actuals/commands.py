"""``python -m cost actuals``."""

from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Protocol

import typer
from rich.console import Console

from cost.actuals import exports, months, tables
from cost.actuals.charges import Bill
from cost.actuals.findings import Findings, find
from cost.actuals.months import Month
from cost.errors import BillError
from cost.estimate.lines import Estimate
from cost.files import write

_COST_EXPLORER_REGION = "us-east-1"
"""Where Cost Explorer answers, for every region."""


class Source(StrEnum):
    """Where a bill is read."""

    COST_EXPLORER = "cost-explorer"
    CUR = "cur"


class Reader(Protocol):
    """Reads bills."""

    def read(self, environment: str, month: Month) -> Bill:
        """Read what an environment was charged."""

    def asked(self) -> str:
        """What reading has taken so far, which is paid for."""


class Estimator(Protocol):
    """Makes the estimate of an environment."""

    def __call__(self, environment: str, usage_file: Path | None) -> Estimate:
        """Estimate it."""


def register(app: typer.Typer, estimate: Estimator) -> None:
    """Add the command to the command line.

    Args:
        app: The command line.
        estimate: What charges are compared with.
    """

    @app.command(epilog="Example: python -m cost actuals --env prod --month 2026-10")
    def actuals(
        *,
        environment: Annotated[str, typer.Option("--env", help="Environment.")],
        month: Annotated[str, typer.Option(help="Year and month, such as 2026-10.")],
        source: Annotated[Source, typer.Option(help="Where the bill is read.")] = Source.COST_EXPLORER,
        table: Annotated[str, typer.Option(help="Database and table of the Cost and Usage Report 2.0.")] = "",
        workgroup: Annotated[str, typer.Option(help="Athena workgroup that asks it.")] = "",
        region: Annotated[str, typer.Option(help="Region of the table.")] = "us-east-1",
        usage_file: Annotated[
            Path | None, typer.Option("--usage", help="Assumptions; default: cost/usage/<environment>.yaml.")
        ] = None,
        least_usd: Annotated[
            float, typer.Option("--from-usd", help="Movements from so many dollars on are told.")
        ] = 10,
        least_percent: Annotated[
            float, typer.Option("--from-percent", help="And from so many percent of the month before on.")
        ] = 20,
        as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
        csv: Annotated[
            Path | None, typer.Option(help="Write components and services into this file.")
        ] = None,
    ) -> None:
        """Say what an environment was charged, beside the estimate and the month before."""
        chosen = months.parse(month, datetime.now(UTC).date())
        reader = _reader(source, table, workgroup, region)
        found = findings(
            reader,
            environment,
            chosen,
            estimate(environment, usage_file),
            (Decimal(str(least_usd)), Decimal(str(least_percent))),
        )
        typer.echo(reader.asked(), err=True)
        if csv is not None:
            write(csv, exports.as_csv(found))
        if as_json:
            typer.echo(exports.as_json(found))
        else:
            tables.show(found, Console())


def findings(
    reader: Reader, environment: str, month: Month, estimate: Estimate, least: tuple[Decimal, Decimal]
) -> Findings:
    """Read a month and the one before, and compare.

    Args:
        reader: Where bills are read.
        environment: The environment.
        month: The month.
        estimate: What it is compared with.
        least: Dollars and percent from which on a movement is told.

    Raises:
        BillError: A month cannot be read, or nothing in it has the environment's tag.
    """
    bill = reader.read(environment, month)
    if not bill.charges:
        raise BillError(
            f"bill of {environment} in {month}: {bill.source}: nothing has the tag environment={environment}; a tag counts "
            "from the day it was activated: see docs/components/cost-controls.md"
        )
    before = reader.read(environment, months.before(month))
    return find(bill, before if before.charges else None, estimate, *least)


def _reader(source: Source, table: str, workgroup: str, region: str) -> Reader:
    # Heavy, and only who asks AWS pays it.
    import boto3  # noqa: PLC0415

    from cost.actuals.cost_explorer import CostExplorer  # noqa: PLC0415
    from cost.actuals.cur import Report  # noqa: PLC0415

    make: Any = boto3.client
    if source is Source.COST_EXPLORER:
        return CostExplorer(make("ce", region_name=_COST_EXPLORER_REGION))
    if not table or not workgroup:
        raise BillError(
            "actuals: --source cur needs --table and --workgroup; name the export's table, and who asks it"
        )
    return Report(make("athena", region_name=region), table, workgroup)
