"""Capacity that follows use through the day."""

from collections.abc import Iterable, Sequence


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


def met(needed: Sequence[float], provided: Sequence[float]) -> float:
    """Part of what is needed that finds room, hour by hour.

    >>> met([5, 15], [10, 10])
    0.75
    """
    found = sum(min(need, room) for need, room in zip(needed, provided, strict=True))
    return found / sum(needed) if sum(needed) else 1.0
