"""``python -m cost estimate|diff|actuals|graphs|prices|unit-prices|capacity|advise``."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cost import diff as diffs
from cost import graphs, measured, unit_prices
from cost.actuals import commands as actual_commands
from cost.advice import commands as advice_commands
from cost.capacity import commands as capacity_commands
from cost.errors import CostError
from cost.estimate import exports, html, tables
from cost.estimate.lines import Estimate
from cost.estimate.pricing import estimate as price
from cost.files import write
from cost.graphs import ROOT
from cost.prices import commands as price_commands
from cost.prices.snapshot import MAXIMUM_AGE_DAYS, Prices
from cost.prices.snapshot import load as load_prices
from cost.usage import assumptions
from headwater import cli, registry
from headwater.registry import Registry

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="What an environment costs, what it did cost, what would cost less, and how far it carries.",
)
price_commands.register(app)
capacity_commands.register(app)
advice_commands.register(app)

EnvironmentName = Annotated[str, typer.Option("--env", help="Environment.")]
UsageFile = Annotated[
    Path | None, typer.Option("--usage", help="Assumptions; default: cost/usage/<environment>.yaml.")
]
PricesFile = Annotated[Path | None, typer.Option("--prices", help="Snapshot of prices; default: the latest.")]
RegistryFile = Annotated[Path, typer.Option("--registry", help="Compiled definitions.")]
MaximumAge = Annotated[
    int, typer.Option("--max-price-age", help="Days after which a price is not believed any more.")
]
_REGISTRY = ROOT / graphs.REGISTRY


@app.command(epilog="Example: python -m cost estimate --env prod --explain 'writes by the stream'")
def estimate(
    *,
    environment: EnvironmentName,
    usage_file: UsageFile = None,
    prices_file: PricesFile = None,
    registry_file: RegistryFile = _REGISTRY,
    maximum_age: MaximumAge = MAXIMUM_AGE_DAYS,
    explain: Annotated[
        str, typer.Option(help="Show formula, inputs and source of lines with this in them; `all` for all.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
    csv: Annotated[Path | None, typer.Option(help="Write the lines into this file.")] = None,
    report: Annotated[
        Path | None, typer.Option("--html", help="Write a page with charts into this file.")
    ] = None,
) -> None:
    """Say what an environment costs a month."""
    found = estimate_of(environment, usage_file, prices_file, registry.load(registry_file), maximum_age)
    if csv is not None:
        write(csv, exports.as_csv(found))
    if report is not None:
        write(report, html.page(found))
    if as_json:
        typer.echo(exports.as_json(found))
    elif explain:
        tables.explain(found, "" if explain == "all" else explain, Console())
    else:
        tables.show(found, Console())


def estimate_of(
    environment: str,
    usage_file: Path | None,
    prices_file: Path | None,
    definitions: Registry,
    maximum_age: int = MAXIMUM_AGE_DAYS,
) -> Estimate:
    """Read everything an estimate is made of, and make it.

    Raises:
        CostError: Something is missing, stale or in another unit.
    """
    assumed = assumptions.load(usage_file or assumptions.file_of(environment), definitions)
    prices = Prices(load_prices(prices_file), today(), maximum_age)
    return price(current_graph(environment), assumed, definitions, prices, measured.load())


def current_graph(environment: str) -> graphs.Graph:
    """The graph of an environment as the checkout declares it; recorded anew, and said so, if it changed."""
    graph, anew = graphs.load(environment)
    if anew:
        file = graphs.save(graph)
        typer.echo(f"{file.relative_to(ROOT)}: what it is recorded from has changed; recorded anew", err=True)
    return graph


def today() -> date:
    """What ages are counted from."""
    return datetime.now(UTC).date()


@app.command(epilog="Example: python -m cost diff main..HEAD")
def diff(
    commits: Annotated[
        str, typer.Argument(help="Two commits as A..B; only A: from it to the files as they are here.")
    ] = "",
    *,
    environment: EnvironmentName = "prod",
    registries: Annotated[
        tuple[Path, Path] | None, typer.Option(help="Two compiled registries, of one environment.")
    ] = None,
    environments: Annotated[tuple[str, str] | None, typer.Option("--envs", help="Two environments.")] = None,
    usage_file: UsageFile = None,
    prices_file: PricesFile = None,
    maximum_age: MaximumAge = MAXIMUM_AGE_DAYS,
) -> None:
    """Say in Markdown what a change costs a month, and why."""
    prices = Prices(load_prices(prices_file), today(), maximum_age)
    if sum([bool(commits), registries is not None, environments is not None]) != 1:
        raise CostError(
            "diff: expected one of A..B, --registries A B and --envs A B; say which two things are compared"
        )
    if registries is not None:
        graph = current_graph(environment)
        before, after = (
            diffs.of_registry(graph, file, usage_file or assumptions.file_of(environment))
            for file in registries
        )
    elif environments is not None:
        before, after = (
            diffs.of_checkout(current_graph(name), usage_file or assumptions.file_of(name))
            for name in environments
        )
    else:
        old, _, new = commits.partition("..")
        before = diffs.at_commit(old, environment, usage_file)
        if new:
            after = diffs.at_commit(new, environment, usage_file)
        else:
            here = current_graph(environment)
            after = diffs.of_checkout(here, usage_file or assumptions.file_of(environment))
            after = after._replace(name="the files here")
    typer.echo(diffs.markdown(before, after, prices))


actual_commands.register(
    app,
    lambda environment, usage_file: estimate_of(environment, usage_file, None, registry.load(_REGISTRY)),
)


@app.command("unit-prices")
def write_unit_prices() -> None:
    """Write the prices that alarms multiply metrics by, from the latest snapshot."""
    write(ROOT / unit_prices.FILE, unit_prices.encode(load_prices(), today()).decode())


@app.command("graphs")
def record_graphs() -> None:
    """Record anew what every environment with assumptions declares, where it has changed."""
    for file in sorted(assumptions.FOLDER.glob("*.yaml")):
        current_graph(file.stem)


def main() -> None:
    """Run a command."""
    cli.run(app)
