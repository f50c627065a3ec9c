"""``headwater bundle``: builds the functions' zips and shows their sizes."""

import time
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.table import Table

from infra.packaging.bundle import build_bundle, functions
from infra.packaging.errors import PackagingError
from infra.packaging.wheels import TARGETS

_ROOT = Path(__file__).resolve().parents[2]


def register(app: typer.Typer) -> None:
    """Add the sub-command to the command line."""
    app.command(epilog="Example: headwater bundle --target aws")(bundle)


def bundle(
    target: Annotated[
        Literal["aws", "local"] | None, typer.Option(help="Where the functions run; both unless given.")
    ] = None,
) -> None:
    """Build the zip of every function and show its size."""
    names = functions(_ROOT)
    if not names:
        raise PackagingError(f"functions: no lambdas/*/handler.py under {_ROOT}; nothing to build")
    table = Table("function", "target", title="dist/<target>/<function>.zip")
    for heading in ("size, kB", "built in, ms"):
        table.add_column(heading, justify="right")
    table.add_column("sha256")
    for name in [target] if target else list(TARGETS):
        for function in names:
            started = time.perf_counter()
            built = build_bundle(function, name, _ROOT)
            took_ms = 1e3 * (time.perf_counter() - started)
            table.add_row(function, name, f"{built.bytes / 1e3:,.0f}", f"{took_ms:,.0f}", built.sha256[:12])
    Console().print(table)
