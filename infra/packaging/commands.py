"""``headwater bundle``: builds what is deployed, functions' zips and jobs' wheels, and shows the sizes."""

import hashlib
import time
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.table import Table

from infra.packaging.bundle import build_bundle, functions
from infra.packaging.errors import PackagingError
from infra.packaging.job_files import build_job_files
from infra.packaging.wheels import TARGETS

_ROOT = Path(__file__).resolve().parents[2]


def register(app: typer.Typer) -> None:
    """Add the sub-command to the command line."""
    app.command(epilog="Example: headwater bundle --target aws")(bundle)


def bundle(
    target: Annotated[
        Literal["aws", "local"] | None, typer.Option(help="Where they run; both unless given.")
    ] = None,
) -> None:
    """Build the zip of every function and the wheels of the jobs, and show their sizes."""
    names = functions(_ROOT)
    if not names:
        raise PackagingError(f"functions: no lambdas/*/handler.py under {_ROOT}; nothing to build")
    targets: list[str] = [target] if target else list(TARGETS)
    table = Table("function", "target", title="dist/<target>/<function>.zip")
    for heading in ("size, kB", "built in, ms"):
        table.add_column(heading, justify="right")
    table.add_column("sha256")
    for name in targets:
        for function in names:
            started = time.perf_counter()
            built = build_bundle(function, name, _ROOT)
            took_ms = 1e3 * (time.perf_counter() - started)
            table.add_row(function, name, f"{built.bytes / 1e3:,.0f}", f"{took_ms:,.0f}", built.sha256[:12])
    console = Console()
    console.print(table)
    console.print(_wheels(targets))


def _wheels(targets: list[str]) -> Table:
    table = Table("wheel", "target", title="Glue jobs")
    table.add_column("size, kB", justify="right")
    table.add_column("sha256")
    for name in targets:
        files = build_job_files(name, _ROOT)
        for wheel in (*files.packages, *files.follower_packages, files.wheel):
            content = wheel.read_bytes()
            digest = hashlib.sha256(content).hexdigest()
            table.add_row(wheel.name, name, f"{len(content) / 1e3:,.0f}", digest[:12])
    return table
