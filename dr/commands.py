"""``python -m dr outputs|plan|drill|status|failover|switch|failback|runbook``."""

import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from dr import plan as plans
from dr import (
    preflight,
    regions,
    report,
    report_page,
    results,
    running,
    stack_outputs,
    state,
    states,
    targets,
)
from dr import runbook as runbooks
from dr.errors import FailoverError
from dr.failback import Failback
from dr.failover import Operator, Options
from dr.journal import Journal
from dr.limits import Limits
from dr.local.drill import run as run_drill
from dr.regions import Region
from dr.running import Work
from headwater import registry
from headwater.errors import HeadwaterError
from infra.local import cloud

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)

ROOT = Path(__file__).parents[1]

EnvironmentName = Annotated[str, typer.Option("--env", help="Environment.")]
OutputsFolder = Annotated[
    Path | None,
    typer.Option("--outputs", help="Folder with each region's stack outputs; default: the environment's."),
]
JournalFile = Annotated[Path, typer.Option("--journal", help="Journal of what is done.")]
Left = Annotated[str, typer.Option("--from", help="Region that is lost, or left.")]
Taken = Annotated[str, typer.Option("--to", help="Region that goes on.")]
Run = Annotated[str, typer.Option("--run", help="Name of the run; an old one goes on where it stopped.")]
Producers = Annotated[int, typer.Option("--producers", help="Whose outboxes are waited for.")]
WellUntil = Annotated[float, typer.Option("--well-until", help="When it was last well (epoch seconds).")]
Force = Annotated[str, typer.Option("--force", help="Reason to go on below a limit; it is recorded.")]
MaxLag = Annotated[float, typer.Option("--max-lag", help="Seconds that copies may be behind.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show the steps and check; change nothing.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]

_LIMITS = Limits()
_JOURNAL = ROOT / ".headwater" / "drills" / "journal.jsonl"


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
            console.print(f"{each.region}, {what}: {why}")


@app.command()
def failover(
    *,
    environment: EnvironmentName,
    left: Left,
    taken: Taken,
    run: Run,
    outputs: OutputsFolder = None,
    journal: JournalFile = _JOURNAL,
    producers: Producers = 0,
    well_until: WellUntil = 0,
    force: Force = "",
    max_lag: MaxLag = _LIMITS.lag_s,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Move to another region from one that is lost."""
    operator = _operator(
        regions.load(ROOT, environment, outputs),
        left,
        taken,
        Journal(journal, run),
        _options(producers, well_until, force, max_lag),
    )
    _do(plans.FAILOVER, operator, operator.failover(), environment, dry_run=dry_run, yes=yes)


@app.command()
def switch(
    *,
    environment: EnvironmentName,
    left: Left,
    taken: Taken,
    run: Run,
    outputs: OutputsFolder = None,
    journal: JournalFile = _JOURNAL,
    producers: Producers = 0,
    force: Force = "",
    max_lag: MaxLag = _LIMITS.lag_s,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Move to another region while both are well; nothing is lost."""
    operator = _operator(
        regions.load(ROOT, environment, outputs),
        left,
        taken,
        Journal(journal, run),
        _options(producers, 0, force, max_lag),
    )
    _do(plans.SWITCH, operator, operator.switch(), environment, dry_run=dry_run, yes=yes)


@app.command()
def failback(
    *,
    environment: EnvironmentName,
    left: Left,
    taken: Taken,
    run: Run,
    delete_cache: Annotated[
        str,
        typer.Option(
            "--delete-cache",
            help="Cache of --from that may be deleted, to be made again as a copy of --to's.",
        ),
    ] = "",
    outputs: OutputsFolder = None,
    journal: JournalFile = _JOURNAL,
    producers: Producers = 0,
    stream_gone: Annotated[
        bool, typer.Option("--stream-gone", help="The old stream is gone for good.")
    ] = False,
    force: Force = "",
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Go back to the region that the failover RUN left; --from and --to are that failover's."""
    operator = _operator(
        regions.load(ROOT, environment, outputs),
        left,
        taken,
        Journal(journal, run),
        _options(producers, force=force)._replace(deleting=delete_cache),
    )
    if not operator.journal.ended("point"):
        raise FailoverError(
            f"run {run!r}: {journal} has no failover of that name that moved the pointer; name the run that did"
        )
    operator.journal.agree(plan=plans.FAILOVER.name, left=left, taken=taken)
    back = Failback(operator, Journal(journal, f"{run}-back"), stream_exists=not stream_gone)
    _do(
        plans.FAILBACK,
        operator,
        back.work(),
        environment,
        dry_run=dry_run,
        yes=yes,
        journal=Journal(journal, f"{run}-back"),
    )


@app.command()
def rollback(
    *,
    environment: EnvironmentName,
    left: Left,
    taken: Taken,
    run: Run,
    code: Annotated[Path, typer.Option("--code", help="Zip that the stream function had before.")],
    outputs: OutputsFolder = None,
    journal: JournalFile = _JOURNAL,
    producers: Producers = 0,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Give the stream function of region --to its earlier code; nobody leaves --from."""
    operator = _operator(
        regions.load(ROOT, environment, outputs), left, taken, Journal(journal, run), _options(producers)
    )
    work = operator.rollback(code.read_bytes())
    _do(plans.ROLLBACK, operator, work, environment, dry_run=dry_run, yes=yes)


@app.command()
def drill(
    *,
    environment: EnvironmentName = "local",
    names: Annotated[
        list[str] | None, typer.Option("--name", help="Scenario; may be given more than once.")
    ] = None,
    folder: Annotated[Path, typer.Option("--out", help="Where results are kept.")] = ROOT / "build",
) -> None:
    """Break two local regions in every way there is, and measure what becomes of the events."""
    cloud.check_environment(environment)
    console = Console(stderr=True)
    started = time.monotonic()
    done = run_drill(
        ROOT,
        folder / "drills" / "journals",
        names or [],
        lambda said: console.print(f"{time.monotonic() - started:6.1f} s  {said}"),
        lambda drill: results.save(folder, drill),
    )
    earlier = results.before(folder, done)
    (folder / "drill.html").write_text(report_page.page(done, earlier, folder))
    report.show(done, earlier, Console())
    if missed := targets.missed(done):
        raise FailoverError("drill: " + "; ".join(missed))


@app.command()
def runbook() -> None:
    """Write docs/runbook.md from the plans."""
    (ROOT / runbooks.FILE).write_text(runbooks.text())


def main() -> None:
    """Run a command; errors of ours are shown by their message."""
    try:
        app(standalone_mode=False)
    except HeadwaterError as error:
        Console(stderr=True).print(f"[red]{error}[/]")
        raise SystemExit(1) from error
    except typer.Abort:
        raise SystemExit(1) from None


def _operator(
    sites: Mapping[str, Region], left: str, taken: str, journal: Journal, options: Options
) -> Operator:
    if left == taken:
        raise FailoverError(f"region {left!r}: is both left and gone to; name two regions")
    for name in (left, taken):
        if name not in sites:
            raise FailoverError(
                f"region {name!r}: no outputs of it; choose of {', '.join(sites)}, or save its outputs beside theirs"
            )
    definitions = registry.load(ROOT / "features" / "registry.json")
    return Operator(sites[left], sites[taken], journal, definitions, options)


def _options(
    producers: int, well_until: float = 0, force: str = "", max_lag: float = _LIMITS.lag_s
) -> Options:
    return Options(
        well_until_s=well_until or time.time(), limits=Limits(lag_s=max_lag), force=force, producers=producers
    )


def _do(
    chosen: plans.Plan,
    operator: Operator,
    work: dict[str, Work],
    environment: str,
    *,
    dry_run: bool,
    yes: bool,
    journal: Journal | None = None,
) -> None:
    console = Console()
    console.print(f"{chosen.name} of {environment}: {operator.left.name} to {operator.taken.name}")
    if dry_run:
        for check in preflight.check(
            operator.left, operator.taken, operator.options.limits, operator.options.well_until_s
        ):
            console.print(
                f"{'ok' if check.passed else 'BELOW LIMIT'}: {check.name}: {check.found} ({check.expected})"
            )
        for step in chosen.steps:
            console.print(f"would {step.name}: {step.does}")
        return
    if not yes:
        typer.confirm("Go on?", abort=True)
    used = journal or operator.journal
    used.agree(plan=chosen.name, left=operator.left.name, taken=operator.taken.name)
    tell: Callable[[plans.Step, str], None] = lambda step, said: console.print(f"{step.name}: {said}")  # noqa: E731
    running.run(chosen, used, work, tell)
