"""Capacity that follows use through the day."""

from collections.abc import Iterable


def clamped(mean: float, hours: Iterable[float], least: float, most: float) -> float:
    """What is provisioned on average, if each hour has what it needs between two bounds.

    Args:
        mean: Needed on average.
        hours: Need of each hour, as a multiple of the mean.
        least: Provisioned at least.
        most: Provisioned at most.

    >>> clamped(10, [0.5, 1.5], 8, 12)
    10.0
    """
    found = [min(max(mean * hour, least), most) for hour in hours]
    return sum(found) / len(found)


def met(mean: float, hours: Iterable[float], most: float) -> float:
    """Part of what is needed that an upper bound leaves room for.

    >>> met(10, [0.5, 1.5], 10)
    0.75
    """
    needed = [mean * hour for hour in hours]
    return sum(min(need, most) for need in needed) / sum(needed) if sum(needed) else 1.0
