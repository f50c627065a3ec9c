"""``headwater sagemaker export|mirror``: training sets for models that are trained there, and snapshots of views."""

import time
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress, TaskID

from headwater import environment, names, registry
from headwater.commands import REGISTRY, ROOT, EnvironmentName, RegistryFile
from headwater.errors import InputError
from headwater.feature_groups import event_time
from headwater.instants import parse_us
from headwater.windows import parse_duration

_EXAMPLE = (
    "Example: headwater sagemaker export flight_delay --name model-7 --labels labels.parquet --label late "
    "--validation-from 2013-12-01T00:00:00Z"
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(
        help="Bring training sets and snapshots of views to SageMaker.", epilog=_EXAMPLE, no_args_is_help=True
    )
    group.command(epilog=_EXAMPLE)(export)
    group.command(epilog="Example: headwater sagemaker mirror airport_weather --env prod")(mirror)
    app.add_typer(group, name="sagemaker")


def export(
    service: Annotated[str, typer.Argument(help="Feature service.")],
    *,
    name: Annotated[str, typer.Option(help="Name of the export, and tag of what is read for it.")],
    labels: Annotated[Path, typer.Option(help="Parquet file of label rows: instants, entity keys, labels.")],
    label: Annotated[str, typer.Option(help="Column of the label rows that is to be learnt.")],
    parquet: Annotated[
        bool, typer.Option("--parquet", help="Write Parquet with names; else CSV without a header.")
    ] = False,
    column: Annotated[
        list[str] | None, typer.Option(help="Column of the label rows to write behind the features.")
    ] = None,
    without: Annotated[list[str] | None, typer.Option(help="Feature to leave out.")] = None,
    validation_from: Annotated[
        str, typer.Option(help="Instant at which validation begins; else everything is for training.")
    ] = "",
    gap: Annotated[
        str,
        typer.Option(
            help="Leave out rows this close before validation, such as 12h: their labels came later."
        ),
    ] = "",
    timestamp: Annotated[str, typer.Option(help="Column of the instants.")] = "event_time",
    as_happened: Annotated[
        bool, typer.Option("--as-happened", help="Also use events that were not known yet at the instant.")
    ] = False,
    memory_mb: Annotated[
        int, typer.Option(min=0, help="Work in parts that keep events below this; 0: in one part.")
    ] = 0,
    env: EnvironmentName = "local",
    file: RegistryFile = REGISTRY,
) -> None:
    """Build a training set, point in time, and write it where SageMaker's training jobs read it."""
    if gap and not validation_from:
        raise InputError("--gap: found without --validation-from, before which it lies; give both or neither")
    from feature_jobs import sagemaker_export as job  # noqa: PLC0415 (heavy: only for this command)
    from feature_jobs.folders import BucketFolder  # noqa: PLC0415
    from feature_jobs.training_set import read_rows  # noqa: PLC0415
    from headwater.offline import event_log, pins  # noqa: PLC0415
    from headwater.offline.channels import Split  # noqa: PLC0415

    order = job.Order(
        name=pins.check_tag(name),
        service=service,
        label=label,
        mode="as_happened" if as_happened else "as_known",
        form="parquet" if parquet else "csv",
        timestamp_column=timestamp,
        more=tuple(column or ()),
        without=tuple(without or ()),
        split=Split(parse_us(validation_from), parse_duration(gap) if gap else 0)
        if validation_from
        else None,
    )
    compiled = registry.load(file)
    rows = read_rows("labels", labels)
    outputs = environment.load(ROOT, env)
    folder = BucketFolder(
        outputs.client("s3"), outputs.bucket_name, names.sagemaker_training_prefix(order.name)
    )
    with Progress() as progress:
        tasks: dict[str, TaskID] = {}

        def moved(view: str, done: int, total: int) -> None:
            if view not in tasks:
                tasks[view] = progress.add_task(view, total=total)
            progress.update(tasks[view], completed=done)

        page = job.export(
            compiled,
            event_log.open_event_log(outputs, compiled),
            rows,
            order,
            folder,
            memory_bytes=memory_mb * 1_000_000 or None,
            progress=moved,
        )
    for channel, found in page.channels.items():
        typer.echo(f"{channel}: {found.rows:,} rows, {folder.uri}{channel}/")
    typer.echo(f"{len(page.columns)} columns; what they are: {folder.uri}{job.PAGE}")


def mirror(
    view: Annotated[str, typer.Argument(help="Feature view, one of sagemakerViews.")],
    *,
    at: Annotated[str, typer.Option(help="Instant of the snapshot, to the millisecond; default: now.")] = "",
    per_second: Annotated[float, typer.Option(min=0.1, help="Most records put in a second.")] = 50.0,
    most: Annotated[int, typer.Option(min=1, help="Refuse to put more records than this.")] = 100_000,
    memory_mb: Annotated[
        int, typer.Option(min=0, help="Work in parts that keep events below this; 0: in one part.")
    ] = 0,
    env: EnvironmentName = "local",
    file: RegistryFile = REGISTRY,
) -> None:
    """Put the values of a view's entities at an instant into its feature group, for exploration."""
    from feature_jobs import sagemaker_mirror as job  # noqa: PLC0415 (heavy: only for this command)
    from feature_jobs.folders import BucketFolder  # noqa: PLC0415
    from headwater.offline import event_log  # noqa: PLC0415

    now_us = time.time_ns() // 1000
    at_us = parse_us(at) if at else now_us - now_us % 1000
    if at_us > now_us:
        raise InputError(
            f"--at {at}: not reached yet, and what is known by then neither; give an earlier one"
        )
    compiled = registry.load(file)
    if view not in compiled.views:
        raise InputError(f"view {view!r}: not in the registry; name one of {', '.join(compiled.views)}")
    spec = compiled.views[view]
    outputs = environment.load(ROOT, env)
    group = job.check_group(outputs.client("sagemaker"), env, spec)
    notes = BucketFolder(outputs.client("s3"), outputs.bucket_name, names.sagemaker_mirror_prefix(group))
    rows = job.records(
        event_log.open_event_log(outputs, compiled),
        compiled,
        spec,
        at_us,
        most=most,
        memory_bytes=memory_mb * 1_000_000 or None,
    )
    typer.echo(f"{len(rows):,} entities. If this is cut off, go on with --at {event_time(at_us)}")
    runtime = outputs.client("sagemaker-featurestore-runtime")
    done = job.mirror(runtime, group, rows, notes, at_us, job.Pace(per_second))
    typer.echo(f"{group}: {done.records:,} records at {event_time(at_us)}")
