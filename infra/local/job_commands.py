"""``headwater job|run-machine``: Glue jobs and state machines from the command line."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from headwater import environment
from headwater.errors import InputError
from infra.local.job_executor import JobExecutor
from infra.local.machine_runs import MachineRunner

ROOT = Path(__file__).parents[2]
EnvironmentName = Annotated[str, typer.Option("--env", help="Environment.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(epilog="Example: headwater job compact -- --sources departures --keep-days 3")(job)
    app.command(
        "run-machine",
        epilog="""Example: headwater run-machine backfill --input '{"cutover": "2013-12-01T00:00:00Z"}'""",
    )(run_machine)


def job(
    name: Annotated[str, typer.Argument(help="Job, such as ingest.")],
    arguments: Annotated[
        list[str] | None, typer.Argument(help="Behind `--`: arguments that take the place of the job's own.")
    ] = None,
    *,
    env: EnvironmentName = "local",
) -> None:
    """Run a Glue job of the local cloud on this machine: the deployed script with its deployed arguments."""
    outputs = environment.load(ROOT, env)
    executor = JobExecutor(outputs, ROOT, typer.echo)
    if name not in outputs.job_names:
        raise InputError(f"job {name!r}: not in {env!r}, which has {', '.join(sorted(outputs.job_names))}")
    run = executor.run(outputs.job_names[name], as_pairs(arguments or []))
    typer.echo(f"{name}: {run.state} after {run.seconds:.1f} s")
    if run.state != "SUCCEEDED":
        raise typer.Exit(run.exit_code if run.exit_code > 0 else 1)


def run_machine(
    name: Annotated[str, typer.Argument(help="State machine, such as materialize.")],
    *,
    given: Annotated[str, typer.Option("--input", help="Its input, a JSON object.")] = "{}",
    env: EnvironmentName = "local",
) -> None:
    """Run a state machine to its end and show each state; in the local cloud, run its jobs here."""
    outputs = environment.load(ROOT, env)
    executor = (
        JobExecutor(outputs, ROOT, lambda line: typer.echo(f"     {line}")) if outputs.endpoint_url else None
    )
    done = MachineRunner(outputs, executor, typer.echo).run(name, as_object(given))
    typer.echo(f"{name}: {done.status}{f', {done.error}: {done.cause}' if done.error else ''}")
    if done.status != "SUCCEEDED":
        raise typer.Exit(1)


def as_pairs(words: Sequence[str]) -> dict[str, str]:
    """Arguments of a job, as Glue takes them: each with one value.

    >>> as_pairs(["--keep-days", "3"])
    {'--keep-days': '3'}

    Raises:
        InputError: One has no value, or no name.
    """
    names, values = words[::2], words[1::2]
    if len(names) != len(values) or not all(name.startswith("--") for name in names):
        raise InputError(
            f"arguments {' '.join(words)!r}: expected pairs of --name and value, as Glue takes them"
        )
    return dict(zip(names, values, strict=True))


def as_object(text: str) -> dict[str, Any]:
    """Input of a state machine.

    Raises:
        InputError: It is no JSON object.
    """
    try:
        found = json.loads(text)
    except ValueError as error:
        raise InputError(f"--input {text!r}: {error}; give a JSON object") from error
    if not isinstance(found, dict):
        raise InputError(f"--input {text!r}: found a {type(found).__name__}, expected a JSON object")
    return found
