"""The few shapes of a drawing, as SVG."""

from collections.abc import Sequence
from xml.sax.saxutils import escape

INK = "#0f172a"
PALE = "#64748b"
PAPER = "#ffffff"
_FONT = "Inter, 'Segoe UI', Helvetica, Arial, 'DejaVu Sans', sans-serif"
_LETTER_WIDTH = 6.4
_ARROW = 9.0
_CENTRED = 'text-anchor="middle"'


def mark_width(text: str) -> float:
    """Width of a mark."""
    return len(text) * _LETTER_WIDTH + 16


class Canvas:
    """Collects shapes in the order in which they cover each other.

    Args:
        width: Of the drawing, in pixels.
        height: The same.
    """

    def __init__(self, *, width: float, height: float) -> None:
        self._width, self._height = width, height
        self._shapes: list[str] = []

    def box(self, left: float, top: float, width: float, height: float, colour: str) -> None:
        """A card with a stripe of a colour at its left."""
        place = f'x="{left:.1f}" y="{top:.1f}" height="{height:.1f}"'
        self._shapes += [
            f'<rect {place} width="{width:.1f}" rx="9" fill="{PAPER}" stroke="{colour}" stroke-opacity="0.35"/>',
            f'<rect {place} width="{width:.1f}" rx="9" fill="{colour}" fill-opacity="0.05"/>',
            f'<rect {place} width="6" rx="3" fill="{colour}"/>',
        ]

    def text(
        self, left: float, base: float, text: str, *, size: int, colour: str = INK, bold: bool = False
    ) -> None:
        """A line of text."""
        weight = ' font-weight="600"' if bold else ""
        self._shapes.append(
            f'<text x="{left:.1f}" y="{base:.1f}" font-size="{size}" fill="{colour}"{weight}>{escape(text)}</text>'
        )

    def mark(self, left: float, top: float, text: str, colour: str) -> float:
        """A small label on a ground of a colour; gives its width."""
        width = mark_width(text)
        middle = left + width / 2
        self._shapes += [
            f'<rect x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="18" rx="9" fill="{colour}"/>',
            f'<text x="{middle:.1f}" y="{top + 13:.1f}" font-size="11" fill="{PAPER}" {_CENTRED}>{escape(text)}</text>',
        ]
        return width

    def arrow(self, points: Sequence[tuple[float, float]], width: float, colour: str) -> None:
        """A curve through points, level at each, with a head at the last; a light rim sets it off from those below."""
        tip_x, tip_y = points[-1]
        path = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
        ends = [*points[1:-1], (tip_x - _ARROW, tip_y)]
        for (from_x, from_y), (to_x, to_y) in zip(points, ends, strict=False):
            bend = (to_x - from_x) / 2
            path += f" C{from_x + bend:.1f} {from_y:.1f} {to_x - bend:.1f} {to_y:.1f} {to_x:.1f} {to_y:.1f}"
        head = f"M{tip_x:.1f} {tip_y:.1f} l{-_ARROW:.1f} {-_ARROW / 2:.1f} v{_ARROW:.1f} z"
        self._shapes += [
            f'<path d="{path}" fill="none" stroke="{PAPER}" stroke-width="{width + 4:.1f}"/>',
            f'<path d="{path}" fill="none" stroke="{colour}" stroke-opacity="0.7" stroke-width="{width:.1f}"/>',
            f'<path d="{head}" fill="{colour}"/>',
        ]

    def finish(self) -> str:
        """The drawing as a file's content."""
        size = f"{self._width:.0f} {self._height:.0f}"
        wide, high = size.split()
        about = f'width="{wide}" height="{high}" viewBox="0 0 {size}" font-family="{_FONT}"'
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" {about}>',
                f'<rect width="{wide}" height="{high}" rx="12" fill="{PAPER}"/>',
                *self._shapes,
                "</svg>",
                "",
            ]
        )
