"""``headwater replay-dead-letters``: what an operator does about the stream function's dead letters."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from headwater import environment, registry
from headwater.commands import REGISTRY, ROOT, AsJson, EnvironmentName, RegistryFile
from headwater.envelope import EnvelopeDecoder
from headwater.environment import Environment
from headwater.stream import redelivery
from headwater.stream.kinesis import KinesisStream
from headwater.stream.letter_queue import LetterQueue
from headwater.stream.records import StreamRecord
from headwater.stream.replay import Replay, ReplayReport

_FUNCTION_S = 90
"""Longer than the stream function may run."""

_STYLES = {"put back": "green", "delivered again": "green", "kept": "yellow"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("replay-dead-letters", epilog="Example: headwater replay-dead-letters --env prod --dry-run")(
        replay_dead_letters
    )


def replay_dead_letters(
    *,
    env: EnvironmentName = "local",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="List the letters by cause, and change nothing.")
    ] = False,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Stop after so many letters that went back; default: all.")
    ] = None,
    include_failed_batches: Annotated[
        bool,
        typer.Option(
            "--include-failed-batches", help="Deliver batches again that the event source mapping gave up."
        ),
    ] = False,
    file: RegistryFile = REGISTRY,
    as_json: AsJson = False,
) -> None:
    """Put dead letters back onto the stream whose cause is mended; the others stay, and it says why.

    Exit code 0: no letter that was looked at stays in the queue. 1: some do; in a dry run, some would.
    """
    outputs = environment.load(ROOT, env)
    decoder = EnvelopeDecoder(registry.load(file))
    queue = LetterQueue(outputs.client("sqs"), outputs.dead_letter_queue_url)
    replay = Replay(
        queue,
        KinesisStream(outputs.client("kinesis"), outputs.event_stream_name),
        decoder,
        _redeliver(outputs) if include_failed_batches else None,
        dry_run=dry_run,
        limit=limit,
    )
    try:
        report = _run(replay, queue.waiting())
    finally:
        queue.release()
    if as_json:
        typer.echo(_json(report, env, dry_run=dry_run))
    else:
        _print(report, dry_run=dry_run)
    if report.count("kept"):
        raise typer.Exit(1)


def _redeliver(outputs: Environment) -> Callable[[Sequence[StreamRecord], str], int]:
    from botocore.config import Config  # noqa: PLC0415 (heavy: only for this command)

    # An invocation that is slow is waited for: another one beside it would find its pages changed.
    config = Config(read_timeout=_FUNCTION_S, retries={"total_max_attempts": 1})
    return partial(redelivery.deliver, outputs.client("lambda", config=config), outputs.stream_function_name)


def _run(replay: Replay, waiting: int) -> ReplayReport:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("letters", total=waiting)
        return replay.run(lambda report: progress.update(task, completed=report.count()))


def _json(report: ReplayReport, env: str, *, dry_run: bool) -> str:
    summary = {
        "environment": env,
        "dry_run": dry_run,
        "letters": report.count(),
        "put_back": report.count("put back"),
        "delivered_again": report.count("delivered again"),
        "kept": report.count("kept"),
        "causes": report.tallies,
    }
    return msgspec.json.encode(summary).decode()


def _print(report: ReplayReport, *, dry_run: bool) -> None:
    if report.tallies:
        table = Table("letters", "would be" if dry_run else "outcome", "cause", "for example")
        for tally in sorted(report.tallies, key=lambda tally: (tally.outcome, -tally.letters)):
            outcome = f"[{_STYLES[tally.outcome]}]{tally.outcome}[/]"
            table.add_row(str(tally.letters), outcome, escape(tally.cause), escape(", ".join(tally.examples)))
        Console().print(table)
    went, kept = report.count("put back", "delivered again"), report.count("kept")
    if dry_run:
        typer.echo(f"{report.count()} letters: {went} would go back, {kept} would stay. Nothing was changed.")
    else:
        typer.echo(f"{report.count()} letters: {went} went back, {kept} stay in the queue.")
