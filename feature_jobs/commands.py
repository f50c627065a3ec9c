"""``headwater training-set|ingest|materialize|backfill``: the jobs, on this machine, against an environment."""

import time
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress, TaskID

from headwater import environment, registry
from headwater.commands import REGISTRY, ROOT, EnvironmentName, RegistryFile
from headwater.instants import parse_us
from headwater.settings import open_environment


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(
        "training-set",
        epilog="Example: headwater training-set flight_delay --labels labels.parquet --out training.parquet",
    )(training_set)
    app.command(epilog="Example: headwater ingest")(ingest)
    app.command(epilog="Example: headwater materialize accounts --rows accounts.parquet")(materialize)
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
    memory_mb: Annotated[
        int, typer.Option(min=0, help="Work in parts that keep events below this; 0: in one part.")
    ] = 0,
    tag: Annotated[str, typer.Option(help="Tag what is read, to build the same rows again.")] = "",
    at_tag: Annotated[str, typer.Option(help="Read what another training set was tagged as.")] = "",
    env: EnvironmentName = "local",
    file: RegistryFile = REGISTRY,
) -> None:
    """Add a service's features to label rows, point in time, from the event log."""
    if tag and at_tag:
        raise typer.BadParameter("give --tag or --at-tag, not both")
    from feature_jobs import training_set as job  # noqa: PLC0415 (heavy: only for this command)
    from headwater.offline import event_log  # noqa: PLC0415

    compiled = registry.load(file)
    log = event_log.open_event_log(environment.load(ROOT, env), compiled)
    if tag or at_tag:
        log = log.tagged(service, tag or at_tag, create=bool(tag))
    with Progress() as progress:
        tasks: dict[str, TaskID] = {}

        def moved(view: str, done: int, total: int) -> None:
            if view not in tasks:
                tasks[view] = progress.add_task(view, total=total)
            progress.update(tasks[view], completed=done)

        rows, columns = job.build(
            compiled,
            log,
            service,
            labels,
            out,
            timestamp_column=timestamp,
            mode="as_happened" if as_happened else "as_known",
            memory_bytes=memory_mb * 1_000_000 or None,
            progress=moved,
        )
    typer.echo(f"Wrote {rows} rows of {columns} columns to {out}.")


def ingest(*, env: EnvironmentName = "local", file: RegistryFile = REGISTRY) -> None:
    """Move archived events from where they landed into the event log."""
    from feature_jobs import ingest as job  # noqa: PLC0415 (heavy: only for this command)
    from feature_jobs.landing import BucketLanding  # noqa: PLC0415
    from headwater.offline import event_log, served_log  # noqa: PLC0415

    compiled = registry.load(file)
    outputs = environment.load(ROOT, env)
    log = event_log.open_event_log(outputs, compiled)
    log.ensure_tables()
    report = job.ingest(compiled, log, BucketLanding(outputs.client("s3"), outputs.bucket_name))
    typer.echo(f"{report.objects} objects, {report.rows} rows, {report.new_rows} new to the event log.")
    served = served_log.open_served_log(outputs)
    served.ensure_table()
    found = job.ingest_served(served, BucketLanding(outputs.client("s3"), outputs.bucket_name))
    typer.echo(
        f"{found.objects} objects, {found.rows} rows, {found.new_rows} new to the log of what was served."
    )


def materialize(
    source: Annotated[str, typer.Argument(help="Table source.")],
    *,
    rows: Annotated[Path, typer.Option(help="Parquet file: event_time and the source's columns.")],
    env: EnvironmentName = "local",
    file: RegistryFile = REGISTRY,
) -> None:
    """Bring the new rows of a table of facts into the event log and online."""
    from feature_jobs import materialize as job  # noqa: PLC0415 (heavy: only for this command)
    from feature_jobs.training_set import read_rows  # noqa: PLC0415
    from headwater.offline import event_log  # noqa: PLC0415

    compiled = registry.load(file)
    outputs = environment.load(ROOT, env)
    table = read_rows("rows", rows)
    log = event_log.open_event_log(outputs, compiled)
    log.ensure_tables()
    engine = job.MachineTables(log, {source: table}, env)
    stores = open_environment(outputs, consistent=True)
    report = job.materialize(compiled, [source], engine, stores, env, time.time_ns() // 1000)
    typer.echo(
        f"{report.new_rows:,} of {table.num_rows:,} rows new to the event log, {report.changes:,} changes of pages, "
        f"{report.seconds:.1f} s."
    )


def backfill(
    *,
    cutover: Annotated[
        str,
        typer.Option(help="Instant up to which the log is taken; default: where the stream took over."),
    ] = "",
    env: EnvironmentName = "local",
    file: RegistryFile = REGISTRY,
) -> None:
    """Fill the online stores from the event log, up to a cut-over."""
    from feature_jobs import backfill as job  # noqa: PLC0415 (heavy: only for this command)
    from feature_jobs.fill import check_reached  # noqa: PLC0415
    from feature_jobs.ingest import ingest  # noqa: PLC0415
    from feature_jobs.landing import BucketLanding  # noqa: PLC0415
    from headwater.offline import event_log  # noqa: PLC0415

    cutover_us = parse_us(cutover) if cutover else None
    compiled = registry.load(file)
    outputs = environment.load(ROOT, env)
    stores = open_environment(outputs, consistent=True)
    if cutover_us is None:
        check_reached(compiled, stores, env, time.time_ns() // 1000)
    log = event_log.open_event_log(outputs, compiled)
    log.ensure_tables()
    ingest(compiled, log, BucketLanding(outputs.client("s3"), outputs.bucket_name))
    with Progress() as progress:
        tasks: dict[str, TaskID] = {}

        def moved(view: str, done: int, total: int) -> None:
            if view not in tasks:
                tasks[view] = progress.add_task(view, total=None)
            progress.update(tasks[view], completed=done, total=total)

        report = job.backfill(compiled, log, stores, env, cutover_us, moved)
    rate = report.pages / max(report.seconds, 1e-9)
    typer.echo(
        f"{report.events:,} events on {report.pages:,} new pages in {report.seconds:.1f} s, {rate:,.0f} pages a second."
    )
