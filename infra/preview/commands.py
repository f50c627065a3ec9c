"""``headwater preview|retained``: what the program declares, before it is made and when it goes."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from headwater.errors import InputError
from infra.local import graph as graphs
from infra.preview.component_diagram import draw_component
from infra.preview.diagram import draw
from infra.preview.recording import record
from infra.preview.retained import MEANING, left
from infra.preview.tree import listing, tree

ROOT = Path(__file__).resolve().parents[2]


def register(app: typer.Typer) -> None:
    """Add the sub-commands to the command line."""
    app.command(epilog="Example: headwater preview --env prod --diagram architecture.svg")(preview)
    app.command(epilog="Example: headwater retained --env prod")(retained)


def preview(
    environment: Annotated[str, typer.Option("--env", help="Environment, such as prod.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
    diagram: Annotated[Path | None, typer.Option(help="Draw the architecture into this SVG file.")] = None,
    component: Annotated[str, typer.Option(help="Draw this component instead, such as online.")] = "",
) -> None:
    """Show every resource of an environment, by component, with the settings that matter; no cloud is asked."""
    if component and diagram is None:
        raise InputError(f"--component {component}: found without --diagram; say which file to draw it into")
    # Importing the program takes seconds; `--help` does not pay them.
    from infra.stacks.program import program  # noqa: PLC0415

    graph = record(ROOT, environment, program)
    if as_json:
        typer.echo(json.dumps(listing(graph), indent=2))
    elif diagram is None:
        Console().print(tree(graph, environment))
    if diagram is not None:
        drawing = draw_component(graph, component) if component else draw(graph, environment)
        try:
            diagram.write_text(drawing)
        except OSError as error:
            raise InputError(f"--diagram {diagram}: {error}; name a file that can be written") from error
        typer.echo(f"drawn into {diagram}", err=True)


def retained(
    environment: Annotated[str, typer.Option("--env", help="Environment, such as prod.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
) -> None:
    """List what stays when an environment is destroyed, why, and how it goes; no cloud is asked."""
    from infra.stacks.program import program  # noqa: PLC0415 (as above)

    emulated = bool(graphs.read_config(ROOT, environment).get("headwater:endpoint"))
    found = left(record(ROOT, environment, program), emulated=emulated)
    if as_json:
        typer.echo(json.dumps([each._asdict() for each in found], indent=2))
        return
    if not found:
        typer.echo(f"{environment}: nothing stays.")
        return
    table = Table(title=f"What stays of {environment}")
    for heading in ("what", "name", "in the program", "why it stays", "how it goes"):
        table.add_column(heading, overflow="fold")
    for each in found:
        table.add_row(*each)
    console = Console(highlight=False)
    console.print(table)
    for why in sorted({each.why for each in found} & set(MEANING), key=list(MEANING).index):
        console.print(f"{why}: {MEANING[why]}.", soft_wrap=True)
