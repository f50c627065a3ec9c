"""``python -m dr outputs|plan|drill|status|failover|switch|release|failback|rollback|runbook``."""

import sys
import time
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from dr import plan as plans
from dr import (
    regions,
    report,
    report_page,
    results,
    run_commands,
    stack_outputs,
    state,
    states,
    targets,
)
from dr import runbook as runbooks
from dr.errors import FailoverError
from dr.run_commands import EnvironmentName, OutputsFolder
from headwater import cli
from infra.local import environments

ROOT = Path(__file__).parents[1]

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)


@app.command()
def outputs(*, environment: EnvironmentName) -> None:
    """Save each region's outputs, given what `pulumi stack output --json` prints."""
    for file in stack_outputs.save(ROOT, environment, sys.stdin.buffer.read()):
        Console().print(file)


@app.command()
def plan(
    *, environment: EnvironmentName, name: Annotated[str, typer.Option(help="Which plan.")] = "failover"
) -> None:
    """Show the steps of a plan."""
    environments.check(ROOT, environment)
    if name not in plans.PLANS:
        raise FailoverError(f"plan {name!r}: unknown; choose one of {', '.join(plans.PLANS)}")
    chosen = plans.PLANS[name]
    table = Table("step", "who", "what", "calls", title=f"{chosen.name} of {environment}: {chosen.purpose}")
    for step in chosen.steps:
        calls = "\n".join(
            f"{each.api}{' (control plane)' if each.control_plane else ''}" for each in step.actions
        )
        table.add_row(step.name, step.owner, step.does, calls)
    Console().print(table)


@app.command()
def status(
    *,
    environment: EnvironmentName,
    outputs: OutputsFolder = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Show where producers write, and how each region is."""
    found = [state.of(site) for site in regions.load(ROOT, environment, outputs).values()]
    if as_json:
        print(msgspec.json.format(msgspec.json.encode(found)).decode())
        return
    console = Console()
    console.print(states.table(environment, found))
    for each in found:
        for what, why in each.unknown.items():
            console.print(f"{each.region}, {what}: {why}", markup=False)


run_commands.register(app, ROOT)


@app.command()
def drill(
    *,
    environment: EnvironmentName = "local",
    names: Annotated[
        list[str] | None, typer.Option("--name", help="Scenario; may be given more than once.")
    ] = None,
    folder: Annotated[
        Path, typer.Option("--out", file_okay=False, writable=True, help="Where results are kept.")
    ] = ROOT / "build",
) -> None:
    """Break two local regions in every way there is, and measure what becomes of the events."""
    # What it runs on takes seconds to load, which an operator in an emergency does not have.
    from dr.local.drill import run as run_drill  # noqa: PLC0415
    from infra.local import cloud  # noqa: PLC0415

    cloud.check_environment(ROOT, environment)
    console = Console(stderr=True)
    started = time.monotonic()
    done = run_drill(
        ROOT,
        folder / "drills" / "journals",
        names or [],
        lambda said: console.print(f"{time.monotonic() - started:6.1f} s  {said}", markup=False),
        lambda drill: results.save(folder, drill),
    )
    earlier = results.before(folder, done, lambda said: console.print(said, markup=False))
    (folder / "drill.html").write_text(report_page.page(done, earlier, folder))
    report.show(done, earlier, Console())
    if missed := targets.missed(done):
        raise FailoverError("drill: " + "; ".join(missed))


@app.command()
def runbook() -> None:
    """Write docs/runbook.md from the plans."""
    (ROOT / runbooks.FILE).write_text(runbooks.text())


def main() -> None:
    """Run a command."""
    cli.run(app)
