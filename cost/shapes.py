"""How a rate goes through the day: for each hour of UTC, its part of the day's mean."""

from cost.errors import UsageError

SHAPES: dict[str, tuple[float, ...]] = {
    "flat": (1.0,) * 24,
    # People of one continent, awake: a quarter of the mean before dawn, twice as much as the mean at no hour.
    "day": (
        *(0.45, 0.35, 0.25, 0.25, 0.25, 0.35, 0.55, 0.80, 1.05, 1.25, 1.35, 1.40),
        *(1.40, 1.40, 1.35, 1.35, 1.35, 1.40, 1.45, 1.45, 1.35, 1.20, 1.10, 0.90),
    ),
    # Shops and streams: most of it after work.
    "evening": (
        *(0.60, 0.40, 0.25, 0.20, 0.20, 0.25, 0.40, 0.60, 0.80, 0.90, 1.00, 1.05),
        *(1.10, 1.10, 1.10, 1.15, 1.20, 1.40, 1.70, 1.95, 2.05, 2.00, 1.60, 1.00),
    ),
    # Offices: nothing to speak of at night.
    "office": (
        *(0.10, 0.10, 0.10, 0.10, 0.10, 0.20, 0.50, 1.20, 2.00, 2.40, 2.40, 2.20),
        *(1.90, 2.10, 2.30, 2.20, 1.80, 1.10, 0.50, 0.30, 0.15, 0.10, 0.10, 0.05),
    ),
}
"""Made up, with a mean of 1: replace them by what your own traffic shows."""


def hours(key: str, shape: str) -> tuple[float, ...]:
    """The hours of a shape.

    Raises:
        UsageError: There is no such shape; names the key.

    >>> max(hours("sources.departures.shape", "evening"))
    2.05
    """
    if shape not in SHAPES:
        raise UsageError(f"usage {key!r}: found {shape!r}, expected one of {', '.join(SHAPES)}; choose one")
    return SHAPES[shape]
