"""The report of a drill on the terminal; `dr.report_page` has all of it."""

from collections.abc import Mapping
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Column, Table

from dr import targets
from dr.results import Drill, Result

_SHOWN = {
    "rto_s": "RTO s",
    "rpo_events": "RPO",
    "events_acknowledged": "events",
    "events_lost_after_recovery": "lost",
    "duplicates_applied": "twice",
    "values_wrong": "wrong",
    "lookup_errors": "errors",
    "failback_s": "back s",
}


def show(drill: Drill, earlier: Mapping[str, Result], console: Console) -> None:
    """Print the figures that matter most, a row a scenario."""
    # Narrow enough for 80 columns: a figure that is cut off tells another one.
    columns = [Column(name, no_wrap=True) for name in ("scenario", "met", *_SHOWN.values())]
    table = Table(*columns, title="Drill", box=box.SIMPLE_HEAD, padding=0)
    for each in drill.scenarios:
        passed = [target.passed for target in targets.of(each)]
        said = f"{sum(passed)}/{len(passed)}"
        table.add_row(
            each.scenario,
            said if all(passed) else f"[red]{said}[/]",
            *[_short(getattr(each, column)) for column in _SHOWN],
        )
        if each.scenario in earlier:
            before = earlier[each.scenario]
            table.add_row(
                "  last run", "", *[_short(getattr(before, column)) for column in _SHOWN], style="dim"
            )
    console.print(table)
    for each in drill.scenarios:
        for note in each.notes:
            console.print(f"{each.scenario}: {note}", markup=False)
    console.print(on_aws(drill))
    for failure in targets.missed(drill):
        console.print(failure, style="red", markup=False)


def figure(value: Any) -> str:
    """A figure as people read it; nothing, where there is none."""
    if value is None:
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)


def _short(value: Any) -> str:
    return f"{value:.1f}" if isinstance(value, float) else figure(value)


def on_aws(drill: Drill) -> str:
    """What of the figures would be another one on AWS, by arithmetic."""
    least, most = targets.ROUTE_53_S
    return (
        f"Health checks here are {drill.health_interval_s:g} s apart and three decide. Route 53's, 10 to 30 s apart, "
        f"take {least} to {most} s instead of detect_s, and callers' resolvers may keep an old answer for up to "
        f"{targets.RESOLVERS_S} s more: that is arithmetic, and not measured here."
    )
