"""An estimate as a page: charts and every line, with nothing to load."""

from collections.abc import Mapping
from decimal import Decimal
from html import escape

from cost.estimate.groups import GROUPINGS, Sums, ranged, remarks, sums
from cost.estimate.lines import Estimate, Line

_WIDTH = 900
_LABEL = 220
_ROW = 22
_BARS = 15
_STYLE = (
    "body{font:14px sans-serif;margin:2em;max-width:1100px}table{border-collapse:collapse}"
    "td,th{border:1px solid #ccc;padding:2px 8px;text-align:left;vertical-align:top}td.n{text-align:right;"
    "white-space:nowrap}details summary{cursor:pointer}.doubt{background:#fff3d6}"
)


def page(found: Estimate) -> str:
    """The page."""
    total = ranged(found.total_usd, found.low_usd, found.high_usd)
    charts = "".join(f"<h2>By {grouping}</h2>{bars(sums(found, grouping))}" for grouping in GROUPINGS)
    rows = "".join(map(_row, found.lines))
    said = "".join(f"<li>{escape(each)}</li>" for each in remarks(found))
    return (
        f"<!doctype html><html lang='en'><meta charset='utf-8'><title>What {escape(found.environment)} costs</title>"
        f"<style>{_STYLE}</style><h1>What {escape(found.environment)} costs a month: {total} USD</h1><ul>{said}</ul>"
        f"{charts}<h2>Lines</h2><p>Shaded: the price was not read in AWS's own list.</p><table><tr><th>component</th>"
        f"<th>view</th><th>what</th><th>USD</th><th>how</th></tr>{rows}</table></html>"
    )


def bars(groups: Mapping[str, Sums]) -> str:
    """A bar a group, dearest first, with a line from its low to its high end; of many groups the last bar is of the others."""
    shown = list(groups.items())
    if len(shown) > _BARS:
        others = [each for _, each in shown[_BARS - 1 :]]
        together = Sums(*(sum(amounts, Decimal("0.00")) for amounts in zip(*others, strict=True)))
        shown = [*shown[: _BARS - 1], (f"{len(others)} others", together)]
    most = float(max((each.high_usd for _, each in shown), default=0)) or 1.0
    scale = (_WIDTH - _LABEL - 250) / most
    drawn = []
    for row, (name, each) in enumerate(shown):
        y = row * _ROW
        usd, low, high = (_LABEL + float(value) * scale for value in each)
        drawn.append(
            f"<text x='{_LABEL - 8}' y='{y + 15}' text-anchor='end' font-size='13'>{escape(name)}</text>"
            f"<rect x='{_LABEL}' y='{y + 4}' width='{max(usd - _LABEL, 1):.1f}' height='14' fill='#4a78a8'/>"
            f"<line x1='{low:.1f}' x2='{high:.1f}' y1='{y + 11}' y2='{y + 11}' stroke='#222'/>"
            f"<text x='{max(high, usd) + 8:.1f}' y='{y + 15}' font-size='12'>{ranged(*each)}</text>"
        )
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{_WIDTH}' height='{_ROW * len(shown) + 6}' role='img'>"
        f"{''.join(drawn)}</svg>"
    )


def _row(line: Line) -> str:
    inputs = "".join(f"<li>{escape(str(term))}</li>" for term in line.terms)
    shade = "" if line.confidence == "sourced" else " class='doubt'"
    return (
        f"<tr{shade}><td>{escape(line.component)}<br>{escape(line.region)}</td><td>{escape(line.view or '')}</td>"
        f"<td>{escape(line.name)}</td><td class='n'>{ranged(line.monthly_usd, line.low_usd, line.high_usd)}</td>"
        f"<td><details><summary>{escape(line.formula)}</summary><ul>{inputs}</ul>{escape(line.source)}</details></td></tr>"
    )
