"""``headwater demo``."""

import json
import time
from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.panel import Panel
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from headwater import environment
from headwater.commands import REGISTRY, ROOT
from infra.local import cloud
from infra.local.commands import up_with_progress
from infra.local.state import LocalState

if TYPE_CHECKING:
    from examples.flights.demo import Outcome

RESULT = ROOT / "build" / "demo.json"
_SHOWN_MISMATCHES = 20


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: headwater demo --history-from 11 --share 0.2")(demo)


def demo(
    *,
    history_from: Annotated[int, typer.Option(min=1, max=11, help="First month of history.")] = 1,
    live_month: Annotated[int, typer.Option(min=2, max=12, help="Month that is streamed.")] = 12,
    share: Annotated[float, typer.Option(help="Part of the flights, above 0 and up to 1.")] = 1.0,
    checkpoints: Annotated[int, typer.Option(min=1, help="Instants at which vectors are asked for.")] = 300,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave the local cloud up, to look around in it.")
    ] = False,
) -> None:
    """Stand the platform up on this machine, stream real flights, and compare training with serving."""
    from examples.flights import demo as story  # noqa: PLC0415 (heavy: only for this command)

    plan = story.Plan(range(history_from, live_month), live_month, share, checkpoints)
    plan.check()
    RESULT.unlink(missing_ok=True)
    started = time.monotonic()
    console = Console(stderr=True)
    if cloud.down(ROOT):
        console.print("Took down the local cloud of an earlier run: the demo starts from an empty one.")
    try:
        state = up_with_progress(cloud.ENVIRONMENT, console)
        with Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            TimeElapsedColumn(),
            console=console,
        ) as progress:
            outcome = story.run(plan, environment.load(ROOT, cloud.ENVIRONMENT), REGISTRY, progress)
        created = [resource for resource in state.resources if not resource.not_emulated]
        result = outcome.to_json(len(created), time.monotonic() - started)
        RESULT.parent.mkdir(parents=True, exist_ok=True)
        RESULT.write_text(json.dumps(result, indent=2) + "\n")
        _print(state, result, outcome, keep=keep)
    finally:
        if not keep:
            cloud.down(ROOT)
    if outcome.comparison.mismatches:
        raise typer.Exit(1)


def _print(state: LocalState, result: dict[str, Any], outcome: "Outcome", *, keep: bool) -> None:
    console = Console()
    mismatches = outcome.comparison.mismatches
    if mismatches:
        table = Table(
            "served by", "flight", "feature", "trained on", "served", "status", title="Training ≠ serving"
        )
        for mismatch in mismatches[:_SHOWN_MISMATCHES]:
            table.add_row(*map(str, mismatch))
        console.print(table)
        console.print(f"{len(mismatches)} mismatches, {min(len(mismatches), _SHOWN_MISMATCHES)} shown")
    ways = Counter(resource.component for resource in state.resources if not resource.not_emulated)
    skipped = sum(bool(resource.not_emulated) for resource in state.resources)
    verdict = "[bold red]not equal[/]" if mismatches else "[bold green]all equal[/]"
    table = Table.grid(padding=(0, 2))
    rows = (
        ("deployed", f"{result['resources']} resources in {len(ways)} components; {skipped} not emulated"),
        ("events", f"{result['events']:,}, of them {result['history_events']:,} history"),
        ("backfilled", f"{outcome.backfilled_pages:,} pages in two stores"),
        ("vectors", f"{result['vectors_compared']:,} of training = serving by function and library"),
        ("values", f"{result['values_compared']:,} compared, {result['mismatches']:,} unequal: {verdict}"),
        (
            "lookup",
            f"p50 {result['lookup_p50_ms']:.1f} ms, p99 {result['lookup_p99_ms']:.1f} ms through the emulator",
        ),
        ("", f"p50 {result['library_p50_ms']:.2f} ms by the library from Redis"),
        ("took", f"{result['seconds']:.0f} s"),
    )
    for name, text in rows:
        table.add_row(f"[bold]{name}[/]", text)
    console.print(Panel(table, title="Headwater", expand=False))
    console.print(
        f"Results: {RESULT.relative_to(ROOT)}. Definitions: features/flights.py. Map: docs/architecture.md."
    )
    if keep:
        console.print(
            "The local cloud is up: `headwater outputs local`, `headwater lookup --help`; `make down` stops it."
        )
    else:
        console.print(
            "The local cloud is down again; `headwater demo --keep` leaves it up to look around in it."
        )
