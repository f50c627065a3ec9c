"""What happened when, as a drawing."""

from collections.abc import Callable, Sequence
from html import escape

from dr.results import Mark

_WIDTH = 1040
_AXIS = 560
_LEFT = 10
_LEGEND = 780
_TOP = 26
_ROW = 18
_TICKS = 6
_PHASES = (
    ("detected", "#d9822b", "until it was detected"),
    ("preflight ended", "#b8a12c", "until it was decided"),
    ("recover ended", "#2b6cb0", "switched and recovered"),
    ("verify ended", "#2f855a", "verified"),
    ("failback begins", "#a0aec0", "served by the other region"),
    ("failback verified", "#6b46c1", "on the way back"),
)
"""Marks that end a phase; a phase that did not happen is left out."""


def chart(marks: Sequence[Mark], title: str) -> str:
    """Draw a timeline: phases as a bar, below them a line a mark, to the right as time goes on.

    Args:
        marks: In their order.
        title: Of the drawing, for whoever does not see it; all that it shows is text in it.
    """
    if not marks:
        return ""
    first_s = marks[0].at_s
    span_s = max(marks[-1].at_s - first_s, 1e-9)

    def x(at_s: float) -> float:
        return _LEFT + (at_s - first_s) / span_s * _AXIS

    lines = [*_ticks(span_s), *_bars(marks, x)]
    for row, mark in enumerate(marks):
        y = _TOP + _ROW * (row + 1) + 6
        lines.append(
            f"<line x1='{x(mark.at_s):.1f}' y1='{_TOP}' x2='{x(mark.at_s):.1f}' y2='{y}' stroke='#dde'/>"
            f"<circle cx='{x(mark.at_s):.1f}' cy='{y}' r='3.5' fill='#246'/>"
            f"<text x='{x(mark.at_s) + 8:.1f}' y='{y + 4}'>{mark.at_s - first_s:.1f} s {escape(mark.what)}</text>"
        )
    height = _TOP + _ROW * (len(marks) + 1) + 4
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{_WIDTH}' height='{height}' font-size='12' "
        f"role='group' aria-label='{escape(title, quote=True)}'><title>{escape(title)}</title>{''.join(lines)}</svg>"
    )


def _ticks(span_s: float) -> list[str]:
    return [
        f"<text x='{_LEFT + _AXIS * tick / _TICKS:.1f}' y='10' fill='#667' font-size='10'>"
        f"{span_s * tick / _TICKS:.0f} s</text>"
        for tick in range(_TICKS + 1)
    ]


def _bars(marks: Sequence[Mark], x: Callable[[float], float]) -> list[str]:
    ends = {mark.what: mark.at_s for mark in marks}
    cut_s = next((mark.at_s for mark in marks if _is_fault(mark.what)), None)
    bars: list[str] = []
    if cut_s is None:
        return bars
    from_s = cut_s
    for what, colour, said in _PHASES:
        if (until_s := ends.get(what)) is None or until_s < from_s:
            continue
        y = _TOP + _ROW * (len(bars) + 1)
        bars.append(
            f"<rect x='{x(from_s):.1f}' y='14' width='{max(x(until_s) - x(from_s), 1):.1f}' height='10' "
            f"fill='{colour}'/><rect x='{_LEGEND}' y='{y - 9}' width='10' height='10' fill='{colour}'/>"
            f"<text x='{_LEGEND + 16}' y='{y}'>{until_s - from_s:.1f} s {escape(said)}</text>"
        )
        from_s = until_s
    return bars


def _is_fault(what: str) -> bool:
    return what.endswith(
        (" is cut off", " is killed", " fails", " in the backfill", "are deployed", "switch begins")
    )
