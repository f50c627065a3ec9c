"""``headwater athena-sql|athena-training-set``: training sets for teams that live in Athena."""

import subprocess
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from headwater import environment, names, registry
from headwater.commands import REGISTRY, ROOT, EnvironmentName, RegistryFile
from headwater.errors import InputError, SettingsError
from headwater.instants import to_us

PYTHON = ROOT / ".athena" / "bin" / "python"

Service = Annotated[str, typer.Argument(help="Feature service.")]
Timestamp = Annotated[str, typer.Option(help="Column of the instants.")]
AsHappened = Annotated[
    bool, typer.Option("--as-happened", help="Also use events that were not known yet at the instant.")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(
        "athena-sql",
        epilog="Example: headwater athena-sql flight_delay --labels-table lab.departures "
        "--from 2013-12-01T00:00:00Z --until 2014-01-01T00:00:00Z",
    )(athena_sql)
    app.command(
        "athena-training-set",
        epilog="Example: headwater athena-training-set flight_delay --env prod --labels labels.parquet "
        "--out training.parquet",
    )(athena_training_set)


def athena_sql(
    service: Service,
    *,
    labels_table: Annotated[
        str, typer.Option(help="Table of the label rows, <database>.<table>, or a SELECT that gives them.")
    ],
    timestamp: Timestamp = "event_time",
    microseconds: Annotated[
        bool,
        typer.Option("--microseconds", help="Instants are whole microseconds since the epoch, in and out."),
    ] = False,
    earliest: Annotated[
        str, typer.Option("--from", help="No label row is earlier: bounds what is scanned.")
    ] = "",
    latest: Annotated[str, typer.Option("--until", help="No label row is later.")] = "",
    as_happened: AsHappened = False,
    env: EnvironmentName = "prod",
    file: RegistryFile = REGISTRY,
) -> None:
    """Print the statement that adds a service's stored features to a table of label rows."""
    from headwater.offline.athena import dialects, statement  # noqa: PLC0415 (heavy: only for this command)
    from headwater.offline.athena.label_table import LabelTable, Span  # noqa: PLC0415

    if bool(earliest) != bool(latest):
        raise InputError("--from and --until: found one of them, expected both or neither; give the other")
    span = Span(_instant_us("--from", earliest), _instant_us("--until", latest)) if earliest else None
    labels = LabelTable(labels_table, timestamp, "microseconds" if microseconds else "timestamp", span)
    compiled = registry.load(file)
    found = statement.training_set(
        compiled,
        service,
        names.glue_database(env),
        labels,
        mode="as_happened" if as_happened else "as_known",
    )
    typer.echo(dialects.render(found, "athena"))
    left_out = compiled.service(service).on_demand
    if left_out:
        typer.echo(f"Not in the statement, since they are Python: {', '.join(left_out)}.", err=True)


def athena_training_set(
    service: Service,
    *,
    labels: Annotated[
        Path | None, typer.Option(help="Parquet file of label rows: instants, entity keys, labels.")
    ] = None,
    labels_table: Annotated[
        str,
        typer.Option(
            help="Instead, label rows in Athena: <database>.<table>, or a SELECT; instants in microseconds."
        ),
    ] = "",
    out: Annotated[Path, typer.Option(help="Parquet file to write.")],
    timestamp: Timestamp = "event_time",
    as_happened: AsHappened = False,
    workgroup: Annotated[str, typer.Option(help="Workgroup of Athena.")] = "primary",
    database: Annotated[str, typer.Option(help="Of the event log; default: the environment's.")] = "",
    env: EnvironmentName = "local",
    file: RegistryFile = REGISTRY,
) -> None:
    """Add a service's features to label rows, point in time, with one statement on Athena."""
    if (labels is None) == (not labels_table):
        raise InputError("--labels and --labels-table: expected one of them; say where the label rows are")
    if labels is not None and not labels.is_file():
        raise InputError(f"labels {labels}: no such file; give a Parquet file of label rows")
    if not out.absolute().parent.is_dir():
        raise InputError(f"out {out}: no folder {out.absolute().parent}; make it, or write elsewhere")
    environment.load(ROOT, env)
    if not PYTHON.exists():
        raise SettingsError(
            f"Athena: no environment {PYTHON.parents[1]} to run statements in; run `make athena`"
        )
    command = [
        *(str(PYTHON), "-m", "feature_jobs.athena_training_set", service),
        *("--registry", str(file.absolute()), "--outputs", str(environment.path(ROOT, env))),
        *(("--labels", str(labels.absolute())) if labels else ("--labels-table", labels_table)),
        *("--out", str(out.absolute()), "--timestamp", timestamp),
        *("--mode", "as_happened" if as_happened else "as_known", "--workgroup", workgroup),
        *(("--database", database) if database else ()),
    ]
    raise typer.Exit(subprocess.run(command, cwd=ROOT, check=False).returncode)


def _instant_us(option: str, text: str) -> int:
    try:
        return to_us(datetime.fromisoformat(text))
    except (TypeError, ValueError) as error:
        raise InputError(
            f"{option} {text!r}: expected RFC 3339 with an offset, such as 2013-12-01T00:00:00Z"
        ) from error
