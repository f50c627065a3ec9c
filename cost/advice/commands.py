"""``python -m cost advise``: what would cost less."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cost import graphs, measured
from cost.prices.snapshot import Prices, load
from cost.usage import assumptions
from headwater import registry
from headwater.registry import Registry


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: python -m cost advise --env prod --explain table")(advise)


def advise(
    *,
    environment: Annotated[str, typer.Option("--env", help="Environment.")],
    usage_file: Annotated[
        Path | None, typer.Option("--usage", help="Assumptions; default: cost/usage/<environment>.yaml.")
    ] = None,
    explain: Annotated[
        str, typer.Option(help="Show arithmetic and sources of advice with this in its key; `all` for all.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
) -> None:
    """Say what would cost less a month, by how much and at which risk."""
    # They come with NumPy, which takes long to import: other commands do not pay for it.
    from cost.advice import report  # noqa: PLC0415
    from cost.advice.cases import Case  # noqa: PLC0415
    from cost.capacity import measured as lookups  # noqa: PLC0415

    case = Case(*_read(environment, usage_file), measured.load(), lookups.load())
    estimate = case.estimate()
    found = report.advise(case, estimate)
    if as_json:
        typer.echo(report.as_json(found, estimate))
    else:
        report.show(found, estimate, Console(), explain=explain)


def _read(
    environment: str, usage_file: Path | None
) -> tuple[graphs.Graph, assumptions.Usage, Registry, Prices]:
    graph, anew = graphs.load(environment)
    if anew:
        file = graphs.save(graph)
        typer.echo(f"{file.name}: what it is recorded from has changed; recorded anew", err=True)
    definitions = registry.load(graphs.ROOT / graphs.REGISTRY)
    assumed = assumptions.load(usage_file or assumptions.file_of(environment), definitions)
    return graph, assumed, definitions, Prices(load(), datetime.now(UTC).date())
