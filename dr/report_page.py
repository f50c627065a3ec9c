"""The report of a drill as one page of HTML with nothing to load: what was broken, decided, reached, and not shown."""

import time
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path

from dr import listing, report, targets
from dr.listing import Value
from dr.local.stand_ins import STAND_INS
from dr.report_chart import chart
from dr.results import Decision, Drill, Result

_GROUPS = {
    "Clocks": ("detect_s", "decide_s", "execute_s", "verify_s", "rto_s", "rebuild_s", "failback_s"),
    "Events": (
        *("events_acknowledged", "shards", "rpo_events", "rpo_s", "events_overwritten", "values_overwritten"),
        *("events_lost_after_recovery", "duplicates_applied", "values_compared", "values_wrong"),
    ),
    "Keys": ("conflicts", "keys_differing", "keys_written_over"),
    "Lookups": (
        *(
            "lookups",
            "lookup_errors",
            "lookup_error_window_s",
            "lookup_p99_ms_before",
            "lookup_p99_ms_during",
            "stale_reads",
        ),
    ),
    "Tables": (
        *("tables_read", "rows_read", "rows_committed", "rows_missing", "rows_unexpected"),
        *("rows_merged", "rows_lost", "rows_too_many"),
    ),
}
_LISTED = 10
"""Keys of a listing that the page shows; the file has all."""

_STYLE = (
    "body{font:14px/1.45 system-ui,sans-serif;margin:2em auto;max-width:1080px;color:#222}"
    "table{border-collapse:collapse;margin:.5em 0 1em}td,th{border:1px solid #ccd;padding:3px 9px;text-align:right;"
    "vertical-align:top}th{background:#f2f4f8}td:first-child,th:first-child,.text td,.text th{text-align:left}"
    ".passed{color:#176b2c}.missed{color:#b3131b;font-weight:bold}.quiet{color:#667}h2{margin-top:2em;border-bottom:2px "
    "solid #dde}code{font-size:12px}svg{display:block}.wide{overflow-x:auto}"
)


def page(drill: Drill, earlier: Mapping[str, Result], folder: Path) -> str:
    """The report.

    Args:
        drill: The drill.
        earlier: Each scenario's last run before it.
        folder: Where the page will lie; listings of keys are below it.
    """
    at = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(drill.at_s))
    scenarios = "".join(
        _scenario(drill, each, earlier.get(each.scenario), folder) for each in drill.scenarios
    )
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'><title>Failover drill</title>"
        f"<style>{_STYLE}</style></head><body><main><h1>Failover drill</h1><p>{at}. {_verdict(drill)}</p>"
        f"{_summary(drill)}{scenarios}{_arithmetic(drill)}{_stand_ins()}</main></body></html>"
    )


def journals(folder: Path, scenario: str) -> Path:
    """Where a scenario's journal and listings are."""
    return folder / "drills" / "journals" / scenario


def _verdict(drill: Drill) -> str:
    missed = targets.missed(drill)
    if not missed:
        return "<span class='passed'>Every target was met.</span>"
    return f"<span class='missed'>{'; '.join(map(escape, missed))}.</span>"


def _summary(drill: Drill) -> str:
    rows = []
    for each in drill.scenarios:
        found = targets.of(each)
        passed = sum(target.passed for target in found)
        cells = (each.rto_s, each.rpo_events, each.events_acknowledged, each.events_lost_after_recovery)
        rows.append(
            [
                f"<a href='#{escape(each.scenario)}'>{escape(each.scenario)}</a>",
                _mark(f"{passed} of {len(found)}", passed=passed == len(found)),
                *map(report.figure, cells),
            ]
        )
    heads = ("scenario", "targets met", "RTO s", "missing at the cut", "events", "lost after recovery")
    return _table(heads, rows)


def _scenario(drill: Drill, result: Result, before: Result | None, folder: Path) -> str:
    name = result.scenario
    marks = drill.timelines.get(name, [])
    began_s = marks[0].at_s if marks else drill.at_s
    notes = "".join(f"<li>{escape(note)}</li>" for note in result.notes)
    return (
        f"<h2 id='{escape(name)}'>{escape(name)}</h2><p>{escape(result.broken)}</p>"
        f"<h3>Targets</h3>{_targets(result)}"
        f"<h3>What happened when</h3><div class='wide' tabindex='0'>{chart(marks, f'Timeline of {name}')}</div>"
        f"<h3>Who decided what</h3>{_decisions(drill.decisions.get(name, []), began_s)}"
        f"<h3>Figures</h3>{_figures(result, before)}{_heartbeats(result)}"
        f"{f'<ul>{notes}</ul>' if notes else ''}{_keys(result, folder)}"
    )


def _targets(result: Result) -> str:
    rows = [
        [
            escape(each.name),
            escape(each.wanted),
            escape(each.found),
            _mark("passed" if each.passed else "missed", passed=each.passed),
        ]
        for each in targets.of(result)
    ]
    return _table(("target", "asked for", "found", "met"), rows)


def _decisions(decisions: Sequence[Decision], began_s: float) -> str:
    if not decisions:
        return "<p class='quiet'>Nobody had to decide anything.</p>"
    rows = [[f"{each.at_s - began_s:.1f} s", escape(each.who), escape(each.what)] for each in decisions]
    return _table(("after", "who", "what"), rows, kind="text")


def _figures(result: Result, before: Result | None) -> str:
    rows = []
    for group, columns in _GROUPS.items():
        there = [column for column in columns if getattr(result, column) is not None]
        for place, column in enumerate(there):
            value, known = getattr(result, column), getattr(before, column, None)
            shown = [column, report.figure(value), report.figure(known), _change(value, known)]
            rows.append(["" if place else group, *shown])
    return _table(("", "figure", "found", "last run", "change"), rows)


def _change(value: float, known: float | None) -> str:
    if known is None or value == known:
        return ""
    return f"{round(value - known, 3):+g}"


def _heartbeats(result: Result) -> str:
    rows = [
        [escape(place), escape(producer), str(len(numbers)), _runs(numbers)]
        for place, producers in result.heartbeats_missing.items()
        for producer, numbers in producers.items()
    ]
    if not rows:
        return ""
    return "<h3>Heartbeats missing at the cut</h3>" + _table(
        ("where", "producer", "how many", "numbers"), rows
    )


def _runs(numbers: Sequence[int]) -> str:
    shown = ", ".join(map(str, numbers[:_LISTED]))
    return shown if len(numbers) <= _LISTED else f"{shown} … {numbers[-1]}"


def _keys(result: Result, folder: Path) -> str:
    return "".join(_listing(journals(folder, result.scenario) / name, folder) for name in result.listings)


def _listing(file: Path, folder: Path) -> str:
    if not file.exists():
        return ""
    lines = listing.lines(file)
    rows = [
        [escape(line.store), f"<code>{escape(line.key)}</code>", _value(line.lost), _value(line.surviving)]
        for line in lines[:_LISTED]
    ]
    link = f"<a href='{escape(str(file.relative_to(folder)))}'>{escape(file.name)}</a>"
    return (
        f"<h3>{escape(file.stem)}</h3><p>{min(len(lines), _LISTED)} of {len(lines)} lines; all, with the values' bytes, "
        f"in {link}.</p><div class='wide' tabindex='0'>"
        + _table(("store", "key", "the lost region's value has", "what is kept has"), rows, kind="text")
        + "</div>"
    )


def _value(value: Value | None) -> str:
    if value is None:
        return "no value"
    if not value.has:
        return f"{len(value.base64) * 3 // 4} bytes"
    return "<br>".join(
        f"<code>{escape(shard)}: …{escape(end[-9:])}</code>" for shard, end in value.has.items()
    )


def _arithmetic(drill: Drill) -> str:
    least, most = targets.ROUTE_53_S
    rows = []
    for each in drill.scenarios:
        if each.rto_s is not None and each.detect_s is not None:
            own_s = each.rto_s - each.detect_s
            rows.append([escape(each.scenario), f"{own_s:.1f}", f"{least + own_s:.0f} to {most + own_s:.0f}"])
    return (
        f"<h2>On AWS, by arithmetic</h2><p>{escape(report.on_aws(drill))} Calls, replication and promotion take their "
        "own time there; none of that is in these sums.</p>"
        + _table(("scenario", "s from the alarm on, here", "s from the fault on, with Route 53"), rows)
    )


def _stand_ins() -> str:
    rows = [[escape(aws), escape(here)] for aws, here in STAND_INS]
    return "<h2>What stands in for AWS</h2>" + _table(("on AWS", "in the drill"), rows, kind="text")


def _mark(text: str, *, passed: bool) -> str:
    return f"<span class='{'passed' if passed else 'missed'}'>{escape(text)}</span>"


def _table(heads: Iterable[str], rows: Iterable[Sequence[str]], kind: str = "figures") -> str:
    """A table; cells are HTML."""
    head = "".join(f"<th scope='col'>{escape(each)}</th>" for each in heads)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table class='{kind}'><tr>{head}</tr>{body}</table>"
