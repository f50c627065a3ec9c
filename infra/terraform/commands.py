"""``headwater export terraform``."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from infra.terraform import export

ROOT = Path(__file__).resolve().parents[2]


def register(app: typer.Typer) -> None:
    """Add the sub-command to the command line."""
    exports = typer.Typer(
        help="Write an environment in the terms of other tools.",
        epilog="Example: headwater export terraform --env prod",
        no_args_is_help=True,
    )
    exports.command(epilog="Example: headwater export terraform --env prod --out prod-tf")(terraform)
    app.add_typer(exports, name="export")


def terraform(
    environment: Annotated[str, typer.Option("--env", help="Environment, such as prod.")],
    out: Annotated[
        Path | None, typer.Option(help="Folder to write into; build/terraform/<environment> unless given.")
    ] = None,
) -> None:
    """Write every resource of an environment as a Terraform configuration, with the files it needs."""
    # Importing the program takes seconds; `--help` does not pay them.
    from infra.stacks.program import program  # noqa: PLC0415

    found = export.read(ROOT, environment, program)
    folder = out or ROOT / "build" / "terraform" / environment
    file = export.write(found, folder)
    console = Console(highlight=False)
    console.print(f"{file}: {len(found.types)} resources, {len(found.files)} files beside it")
    for place, reason in found.left_out.items():
        console.print(f"[yellow]left out[/] {place}: {reason}")
    console.print(f"Next: terraform -chdir={folder} init && terraform -chdir={folder} plan")
