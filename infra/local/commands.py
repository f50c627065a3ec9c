"""``headwater up|outputs|down local``."""

import json
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from infra.local import cloud
from infra.local.state import LocalState

ROOT = Path(__file__).parents[2]

Environment = Annotated[str, typer.Argument(help="Environment; only `local` runs on this machine.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(epilog="Example: headwater up local")(up)
    app.command(epilog="Example: headwater outputs local --json")(outputs)
    app.command(epilog="Example: headwater down local")(down)


def up(
    environment: Environment,
    *,
    as_json: AsJson = False,
    empty: Annotated[
        bool, typer.Option("--empty", help="Create nothing: for `pulumi up -s local`, or other tools.")
    ] = False,
) -> None:
    """Start the local cloud and create every resource of the platform in it."""
    if empty:
        cloud.check_environment(ROOT, environment)
        started = cloud.start(ROOT)
        # A line that a shell can read: `eval "$(headwater up local --empty)"`.
        typer.echo(f"export AWS_ENDPOINT_URL={started.endpoint_url}")
        return
    state = up_with_progress(environment, Console(stderr=True))
    if as_json:
        typer.echo(json.dumps(state.outputs))
    else:
        print_resources(state, Console())


def outputs(environment: Environment, *, as_json: AsJson = False) -> None:
    """Print the stack outputs of an environment that is up."""
    cloud.check_environment(ROOT, environment, "stack output")
    state = cloud.running(ROOT)
    if as_json:
        typer.echo(json.dumps(state.outputs))
        return
    table = Table("output", "value")
    for name, value in sorted(state.outputs.items()):
        table.add_row(name, value if isinstance(value, str) else json.dumps(value))
    Console().print(table)


def down(environment: Environment) -> None:
    """Stop what `headwater up` started, and nothing else."""
    cloud.check_environment(ROOT, environment, "destroy")
    stopped = cloud.down(ROOT)
    typer.echo("The local cloud is down." if stopped else "The local cloud was not up.")


def up_with_progress(environment: str, console: Console) -> LocalState:
    """Bring the local cloud up, showing each resource as it is made."""
    with Progress(
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=console, transient=True,
    ) as progress:  # fmt: skip
        task = progress.add_task("starting the local cloud", total=None)

        def made(token: str, name: str) -> None:
            progress.update(task, advance=1, description=f"{token.rpartition(':')[2]} {name}")

        return cloud.up(ROOT, environment, made)


def print_resources(state: LocalState, console: Console) -> None:
    """Print what was made, by component, and what the emulator does not offer."""
    table = Table("component", "resources", title="Created in the local cloud")
    by_component: dict[str, Counter[str]] = {}
    for resource in state.resources:
        if not resource.not_emulated:
            kinds = by_component.setdefault(resource.component, Counter())
            kinds[resource.type.rpartition(":")[2]] += 1
    for component, kinds in sorted(by_component.items()):
        made = ", ".join(f"{kind} × {count}" if count > 1 else kind for kind, count in sorted(kinds.items()))
        table.add_row(component, made)
    console.print(table)
    for resource in state.resources:
        if resource.not_emulated:
            console.print(f"[yellow]not emulated[/] {resource.type} {resource.name}: {resource.not_emulated}")
    console.print(
        f"Endpoint {state.endpoint_url}, Redis {state.redis_url}. Stop with `headwater down local`."
    )
