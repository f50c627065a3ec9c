"""The report of a drill: on the terminal, and as a page with a timeline of each scenario."""

from collections.abc import Mapping, Sequence
from html import escape

from rich.console import Console
from rich.table import Table

from dr.results import Drill, Mark, Result

RTO_S = 60.0
ROUTE_53_S = (30, 90)
"""Three checks, 10 to 30 s apart, until Route 53 sends lookups elsewhere. Arithmetic, not measured here."""

_COLUMNS = (
    *("detect_s", "decide_s", "execute_s", "verify_s", "rto_s", "rpo_events", "rpo_s"),
    *("events_acknowledged", "events_lost_after_recovery", "duplicates_applied", "values_wrong", "conflicts"),
    *(
        "lookup_errors",
        "lookup_p99_ms_before",
        "lookup_p99_ms_during",
        "stale_reads",
        "failback_s",
        "rebuild_s",
    ),
    "keys_differing",
)
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
_WIDTH = 900
_ROW = 18


def failures(drill: Drill) -> list[str]:
    """Targets that were missed."""
    found = []
    for each in drill.scenarios:
        if each.events_lost_after_recovery:
            found.append(f"{each.scenario}: {each.events_lost_after_recovery} events lost, expected none")
        if each.duplicates_applied:
            found.append(f"{each.scenario}: {each.duplicates_applied} events counted twice, expected none")
        if each.values_wrong:
            found.append(f"{each.scenario}: {each.values_wrong} values differ from the oracle, expected none")
        if each.rto_s is not None and each.detect_s is not None and each.rto_s - each.detect_s > RTO_S:
            found.append(
                f"{each.scenario}: {each.rto_s - each.detect_s:.1f} s from the alarm until it was verified, expected "
                f"at most {RTO_S:.0f} s"
            )
    return found


def show(drill: Drill, earlier: Mapping[str, Result], console: Console) -> None:
    """Print the figures that matter most, a row a scenario; the page has all."""
    table = Table("scenario", *_SHOWN.values(), title="Drill")
    for each in drill.scenarios:
        table.add_row(each.scenario, *[_cell(each, None, column) for column in _SHOWN])
        if each.scenario in earlier:
            before = earlier[each.scenario]
            table.add_row("  before", *[_cell(before, None, column) for column in _SHOWN], style="dim")
    console.print(table)
    for each in drill.scenarios:
        for note in each.notes:
            console.print(f"{each.scenario}: {note}")
    console.print(_health(drill))
    for failure in failures(drill):
        console.print(f"[red]{failure}[/]")


def page(drill: Drill, earlier: Mapping[str, Result]) -> str:
    """The report as HTML, with nothing to load."""
    heads = "".join(f"<th>{escape(each.scenario)}</th>" for each in drill.scenarios)
    rows = "".join(
        f"<tr><td>{column}</td>{''.join(f'<td>{escape(_cell(each, earlier.get(each.scenario), column))}</td>' for each in drill.scenarios)}</tr>"
        for column in _COLUMNS
    )
    missed = (
        "".join(f"<li>{escape(failure)}</li>" for failure in failures(drill))
        or "<li>every target was met</li>"
    )
    notes = "".join(
        f"<li>{escape(each.scenario)}: {escape(note)}</li>" for each in drill.scenarios for note in each.notes
    )
    charts = "".join(
        f"<h2>{escape(name)}</h2>{timeline(marks)}" for name, marks in drill.timelines.items() if marks
    )
    return (
        "<!doctype html><html lang='en'><meta charset='utf-8'><title>Failover drill</title><style>"
        "body{font:14px sans-serif;margin:2em}table{border-collapse:collapse}td,th{border:1px solid #ccc;padding:2px 8px;"
        "text-align:right}td:first-child{text-align:left}</style><h1>Failover drill</h1>"
        f"<table><tr><th>figure</th>{heads}</tr>{rows}</table><p>{escape(_health(drill))}</p>"
        f"<ul>{missed}{notes}</ul>{charts}</html>"
    )


def timeline(marks: Sequence[Mark]) -> str:
    """What happened when, as a drawing: a line a mark, to the right as time goes on."""
    first_s, last_s = marks[0].at_s, marks[-1].at_s
    span_s = max(last_s - first_s, 1e-9)
    lines = []
    for row, mark in enumerate(marks):
        x = 10 + (mark.at_s - first_s) / span_s * (_WIDTH * 0.6)
        y = _ROW * (row + 1)
        lines.append(
            f"<line x1='{x:.1f}' y1='0' x2='{x:.1f}' y2='{y}' stroke='#bbd'/><circle cx='{x:.1f}' cy='{y}' r='4' "
            f"fill='#246'/><text x='{x + 8:.1f}' y='{y + 4}' font-size='12'>{mark.at_s - first_s:.1f} s "
            f"{escape(mark.what)}</text>"
        )
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{_WIDTH}' height='{_ROW * (len(marks) + 1)}' role='img'>"
        f"{''.join(lines)}</svg>"
    )


def _cell(result: Result, before: Result | None, column: str) -> str:
    value = getattr(result, column)
    if value is None:
        return ""
    known = None if before is None else getattr(before, column)
    return f"{value:g}" if known is None or known == value else f"{value:g} (was {known:g})"


def _health(drill: Drill) -> str:
    least, most = ROUTE_53_S
    return (
        f"Health checks here are {drill.health_interval_s:g} s apart and three decide. Route 53's, 10 to 30 s apart, "
        f"take {least} to {most} s instead of detect_s: that is arithmetic, and not measured here."
    )
