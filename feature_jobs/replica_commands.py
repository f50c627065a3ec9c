"""``headwater replicate-tables``: keeps the tables of one region readable in another."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from headwater import environment, registry
from headwater.commands import REGISTRY, ROOT, AsJson, RegistryFile
from headwater.environment import Environment
from headwater.errors import SettingsError

if TYPE_CHECKING:
    from headwater.offline.replica.reports import Report


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        "replicate-tables", epilog="Example: headwater replicate-tables --env prod --to-env prod-west"
    )(replicate_tables)


def replicate_tables(
    *,
    env: Annotated[str, typer.Option(help="Environment whose tables are written.")] = "",
    to_env: Annotated[str, typer.Option(help="Environment that their files are copied to.")] = "",
    outputs: Annotated[Path | None, typer.Option(help="Outputs of the one, instead of --env.")] = None,
    to_outputs: Annotated[
        Path | None, typer.Option(help="Outputs of the other, instead of --to-env.")
    ] = None,
    table: Annotated[list[str] | None, typer.Option(help="Table; may be given again. Default: all.")] = None,
    source_is_lost: Annotated[
        bool, typer.Option("--source-is-lost", help="Do with what has arrived; do not ask the first region.")
    ] = False,
    fail_back: Annotated[
        bool,
        typer.Option(
            "--fail-back", help="Where the second has rows that the first never got, bring them there first."
        ),
    ] = False,
    file: RegistryFile = REGISTRY,
    as_json: AsJson = False,
) -> None:
    """Let tables of a second region be what has arrived there of the first's."""
    from feature_jobs.merging import Merging  # noqa: PLC0415 (heavy: only for this command)
    from feature_jobs.replicate import Replication  # noqa: PLC0415

    source, target = _outputs("--env", env, outputs), _outputs("--to-env", to_env, to_outputs)
    merging = Merging(source, target, registry.load(file)) if fail_back else None
    replication = Replication(source, target, source_is_lost=source_is_lost, merge=merging)
    found = replication.run_each(table or ())
    if as_json:
        typer.echo(msgspec.json.encode([report._asdict() for report in found.reports]))
    else:
        Console().print(_shown(found.reports))
    found.check()


def _shown(reports: Iterable["Report"]) -> Table:
    shown = Table(
        "table",
        "",
        "commits behind",
        "rows behind",
        "seconds behind",
        "snapshots",
        "merged rows",
        "lost tags",
    )
    for report in reports:
        what = "advanced" if report.advanced else "nothing new" if report.path else "nothing arrived"
        figures = (
            report.commits_behind, report.rows_behind, round(report.seconds_behind), report.snapshots,
            report.merged_rows,
        )  # fmt: skip
        shown.add_row(report.table, what, *(f"{figure:,}" for figure in figures), ", ".join(report.lost_tags))
    return shown


def _outputs(option: str, name: str, file: Path | None) -> Environment:
    if bool(name) == (file is not None):
        found = "both a name and a file" if name else "neither a name nor a file"
        raise SettingsError(f"{option}: found {found} of outputs, expected one of them; give one")
    return environment.load(ROOT, name) if file is None else environment.read(file)
