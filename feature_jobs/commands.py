"""``headwater training-set|ingest|backfill``: the jobs, on this machine, against an environment."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from headwater import environment, registry
from headwater.commands import REGISTRY, ROOT, EnvironmentName, RegistryFile
from headwater.errors import InputError
from headwater.instants import to_us
from headwater.settings import open_environment


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(
        "training-set",
        epilog="Example: headwater training-set flight_delay --labels labels.parquet --out training.parquet",
    )(training_set)
    app.command(epilog="Example: headwater ingest")(ingest)
    app.command(epilog="Example: headwater backfill --cutover 2013-12-01T00:00:00Z")(backfill)


def training_set(
    service: Annotated[str, typer.Argument(help="Feature service.")],
    *,
    labels: Annotated[Path, typer.Option(help="Parquet file of label rows: instants, entity keys, labels.")],
    out: Annotated[Path, typer.Option(help="Parquet file to write.")],
    timestamp: Annotated[str, typer.Option(help="Column of the instants.")] = "event_time",
    as_happened: Annotated[
        bool, typer.Option("--as-happened", help="Also use events that were not known yet at the instant.")
    ] = False,
    env: EnvironmentName = "local",
    file: RegistryFile = REGISTRY,
) -> None:
    """Add a service's features to label rows, point in time, from the event log."""
    from feature_jobs import training_set as job  # noqa: PLC0415 (heavy: only for this command)
    from headwater.offline import event_log  # noqa: PLC0415

    compiled = registry.load(file)
    log = event_log.open_event_log(environment.load(ROOT, env), compiled)
    rows, columns = job.build(
        compiled,
        log,
        service,
        labels,
        out,
        timestamp_column=timestamp,
        mode="as_happened" if as_happened else "as_known",
    )
    typer.echo(f"Wrote {rows} rows of {columns} columns to {out}.")


def ingest(*, env: EnvironmentName = "local", file: RegistryFile = REGISTRY) -> None:
    """Move archived events from where they landed into the event log."""
    from feature_jobs import ingest as job  # noqa: PLC0415 (heavy: only for this command)
    from headwater.offline import event_log  # noqa: PLC0415

    compiled = registry.load(file)
    outputs = environment.load(ROOT, env)
    log = event_log.open_event_log(outputs, compiled)
    log.ensure_tables()
    report = job.ingest(compiled, log, outputs.client("s3"), outputs.bucket_name)
    typer.echo(f"{report.objects} objects, {report.rows} rows, {report.new_rows} new to the event log.")


def backfill(
    *,
    cutover: Annotated[str, typer.Option(help="Instant up to which the event log is taken.")],
    env: EnvironmentName = "local",
    file: RegistryFile = REGISTRY,
) -> None:
    """Fill the online stores from the event log, up to a cut-over."""
    from feature_jobs import backfill as job  # noqa: PLC0415 (heavy: only for this command)
    from headwater.offline import event_log  # noqa: PLC0415

    try:
        instant = datetime.fromisoformat(cutover)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise InputError(
            f"--cutover {cutover!r}: expected RFC 3339 with an offset, such as 2013-12-01T00:00:00Z"
        )
    compiled = registry.load(file)
    outputs = environment.load(ROOT, env)
    log = event_log.open_event_log(outputs, compiled)
    with Progress() as progress:
        tasks = {name: progress.add_task(name, total=None) for name in compiled.views}

        def moved(view: str, done: int, total: int) -> None:
            progress.update(tasks[view], completed=done, total=total)

        report = job.backfill(compiled, log, open_environment(outputs), env, to_us(instant), moved)
    rate = report.pages / max(report.seconds, 1e-9)
    typer.echo(
        f"{report.events:,} events on {report.pages:,} new pages in {report.seconds:.1f} s, {rate:,.0f} pages a second."
    )
