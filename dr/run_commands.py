"""``python -m dr failover|switch|release|failback|rollback``: the commands that run a plan, and what they are told alike."""

import inspect
import math
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer
from rich.console import Console
from rich.markup import escape

from dr import plan as plans
from dr import regions, running
from dr.errors import FailoverError
from dr.failback import Failback
from dr.failover import Operator, Options
from dr.journal import Journal
from dr.limits import Limits
from dr.regions import Region
from dr.running import Work
from headwater import registry

JOURNALS = Path(".headwater") / "failovers"
_LIMITS = Limits()
_CLOCKS_APART_S = 60.0

EnvironmentName = Annotated[str, typer.Option("--env", help="Environment.")]
OutputsFolder = Annotated[
    Path | None,
    typer.Option("--outputs", help="Folder with each region's stack outputs; default: the environment's."),
]


class Asked(NamedTuple):
    """What every command that runs a plan is told.

    Attributes:
        environment: Name of the environment.
        operator: With the regions and the journal of the run.
        dry_run: Show, and change nothing.
        yes: Do not ask.
    """

    environment: str
    operator: Operator
    dry_run: bool
    yes: bool


def register(app: typer.Typer, root: Path) -> None:
    """Add the commands.

    Args:
        app: Where to.
        root: The checkout.
    """
    for command in (failover, switch, release, failback, rollback):
        app.command()(_told_alike(command, root))


def _finite(value: float) -> float:
    if not math.isfinite(value) or value < 0:
        raise typer.BadParameter(f"found {value:g}, expected seconds, none or more")
    return value


def _past(value: float | None) -> float | None:
    if value is not None and not 0 < value <= time.time() + _CLOCKS_APART_S:
        raise typer.BadParameter(
            f"found {value:.0f}, expected seconds since the epoch, now or before: `date +%s`"
        )
    return value


Force = Annotated[str, typer.Option("--force", help="Reason to go on below a limit; it is recorded.")]
MaxLag = Annotated[
    float,
    typer.Option("--max-lag", callback=_finite, help="Seconds that copies may be behind; it is recorded."),
]


def _asked(
    root: Path,
    *,
    environment: EnvironmentName,
    left: Annotated[str, typer.Option("--from", help="Region that is lost, or left.")],
    taken: Annotated[str, typer.Option("--to", help="Region that goes on.")],
    run: Annotated[str, typer.Option("--run", help="Name of the run; an old one goes on where it stopped.")],
    outputs: OutputsFolder = None,
    journal: Annotated[
        Path | None, typer.Option("--journal", help="Journal of what is done; default: the environment's.")
    ] = None,
    producers: Annotated[
        int, typer.Option("--producers", min=0, help="How many producers' outboxes are waited for.")
    ] = 0,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the steps and check; change nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> Asked:
    """Options that every command has."""
    if not run.strip():
        raise FailoverError("run '': has no name; name it with --run, such as --run 2026-11-24")
    sites = regions.load(root, environment, outputs)
    file = journal or root / JOURNALS / f"{environment}.jsonl"
    definitions = registry.load(root / "features" / "registry.json")
    operator = Operator(
        *_ways(sites, left, taken),
        Journal(file, run),
        definitions,
        Options(well_until_s=time.time(), producers=producers),
    )
    return Asked(environment, operator, dry_run, yes)


def _told_alike(command: Callable[..., None], root: Path) -> Callable[..., None]:
    """Give a command the options of `_asked`, whose answer is its first argument."""
    shared = list(inspect.signature(_asked).parameters.values())[1:]
    own = list(inspect.signature(command).parameters.values())[1:]

    def told(**given: Any) -> None:
        asked = _asked(root, **{each.name: given.pop(each.name) for each in shared})
        command(asked, **given)

    told.__name__, told.__doc__ = command.__name__, command.__doc__
    # What Typer reads options from.
    told.__signature__ = inspect.Signature([*shared, *own])  # type: ignore[attr-defined]
    told.__annotations__ = {each.name: each.annotation for each in (*shared, *own)}
    return told


def failover(
    asked: Asked,
    *,
    well_until: Annotated[
        float | None,
        typer.Option(
            "--well-until", callback=_past, help="When --from was last well, in epoch seconds; default: now."
        ),
    ] = None,
    force: Force = "",
    max_lag: MaxLag = _LIMITS.lag_s,
) -> None:
    """Move to another region from one that is lost."""
    operator = asked.operator
    operator.options = operator.options._replace(
        well_until_s=well_until or time.time(), force=force, limits=Limits(lag_s=max_lag)
    )
    _do(plans.FAILOVER, asked, operator.failover())


def switch(asked: Asked, *, force: Force = "", max_lag: MaxLag = _LIMITS.lag_s) -> None:
    """Move to another region while both are well; nothing is lost."""
    operator = asked.operator
    operator.options = operator.options._replace(force=force, limits=Limits(lag_s=max_lag))
    _do(plans.SWITCH, asked, operator.switch())


def release(asked: Asked) -> None:
    """Give up the switch RUN, which holds producers back: they write in --from again."""
    operator = asked.operator
    if operator.journal.entries():
        operator.journal.agree(**operator.purpose(plans.SWITCH))
    _do(
        plans.RELEASE,
        asked,
        operator.release(),
        Journal(operator.journal.file, f"{operator.journal.run}-release"),
    )


def failback(
    asked: Asked,
    *,
    delete_cache: Annotated[
        str,
        typer.Option(
            "--delete-cache",
            help="Cache of --from that may be deleted, to be made again as a copy of --to's.",
        ),
    ] = "",
    stream_gone: Annotated[
        bool, typer.Option("--stream-gone", help="The old stream is gone for good.")
    ] = False,
    force: Force = "",
) -> None:
    """Go back to the region that the failover RUN left; --from and --to are that failover's."""
    operator = asked.operator
    there = operator.journal
    operator.options = operator.options._replace(force=force, deleting=delete_cache)
    if not there.ended("point"):
        raise FailoverError(
            f"run {there.run!r}: {there.file} has no failover of that name that moved the pointer; name the run that did"
        )
    there.agree(**operator.purpose(plans.FAILOVER))
    journal = Journal(there.file, f"{there.run}-back")
    _do(plans.FAILBACK, asked, Failback(operator, journal, stream_exists=not stream_gone).work(), journal)


def rollback(
    asked: Asked,
    *,
    code: Annotated[
        Path,
        typer.Option("--code", exists=True, dir_okay=False, help="Zip that the stream function had before."),
    ],
) -> None:
    """Give the stream function of region --to its earlier code; nobody leaves --from."""
    _do(plans.ROLLBACK, asked, asked.operator.rollback(code.read_bytes()))


def _ways(sites: Mapping[str, Region], left: str, taken: str) -> tuple[Region, Region]:
    if left == taken:
        raise FailoverError(f"region {left!r}: is both left and gone to; name two regions")
    for name in (left, taken):
        if name not in sites:
            raise FailoverError(
                f"region {name!r}: no outputs of it; choose of {', '.join(sites)}, or save its outputs beside theirs"
            )
    return sites[left], sites[taken]


def _do(chosen: plans.Plan, asked: Asked, work: Mapping[str, Work], journal: Journal | None = None) -> None:
    """Run a plan, or show what it would do.

    Args:
        chosen: The plan.
        asked: What the command was told.
        work: By name of the step.
        journal: Of the run; None: the operator's.
    """
    operator, console = asked.operator, Console(highlight=False)
    used = journal or operator.journal
    console.print(f"{chosen.name} of {asked.environment}: {operator.left.name} to {operator.taken.name}")
    if asked.dry_run:
        _show(chosen, operator, used, console)
        return
    if not asked.yes:
        typer.confirm("Go on?", abort=True)
    with used.held():
        used.agree(**operator.purpose(chosen))
        if all(used.ended(step.name) for step in chosen.steps):
            console.print(
                f"run {escape(used.run)!r}: has ended before; to do it again, give a new run a name"
            )
            _check_standing(operator, used)
            return
        try:
            running.run(chosen, used, work, lambda step, said: console.print(f"{step.name}: {escape(said)}"))
        except KeyboardInterrupt:
            console.print("interrupted; the same command goes on here")
            raise


def _show(chosen: plans.Plan, operator: Operator, journal: Journal, console: Console) -> None:
    for check in operator.checks(chosen):
        said = "ok" if check.passed else "BELOW LIMIT"
        console.print(escape(f"{said}: {check.name}: {check.found} ({check.expected})"))
    for step in chosen.steps:
        done = running.is_done(chosen, journal, step)
        console.print(f"done before: {step.name}" if done else escape(f"would {step.name}: {step.does}"))


def _check_standing(operator: Operator, journal: Journal) -> None:
    """Refuse to let a run that ended long ago pass for one of now: somebody may have moved producers since."""
    moved = next(
        (
            entry.detail
            for entry in reversed(journal.entries())
            if "epoch" in entry.detail and entry.kind == "ended"
        ),
        None,
    )
    if moved is None:
        return
    found = operator.moves.current()
    if (found.epoch, found.region) != (moved["epoch"], moved["region"]):
        raise FailoverError(
            f"run {journal.run!r}: moved producers to {moved['region']} in epoch {moved['epoch']}, and found them in epoch "
            f"{found.epoch} at {found.region}; nothing was done: give a new run a name of its own"
        )
