"""What the lookups of a drill went through, reckoned from the line that each of them left."""

from collections.abc import Sequence

from dr.local.traffic import Looked


def error_window_s(looked: Sequence[Looked]) -> float:
    """Longest time without an answer, in seconds: from a lookup that failed to the next one's that did not.

    >>> seen = [(1.0, ""), (2.0, "TimeoutError"), (2.5, "TimeoutError"), (4.0, ""), (5.0, "TimeoutError"), (5.5, "")]
    >>> error_window_s([Looked(at_s, "home", 3.0, error) for at_s, error in seen])
    2.0
    """
    longest = 0.0
    since_s: float | None = None
    for one in looked:
        if one.error and since_s is None:
            since_s = one.at_s
        if since_s is not None:
            # The last ones may never have been answered.
            longest = max(longest, one.at_s + (one.ms / 1000 if one.error else 0.0) - since_s)
        if not one.error:
            since_s = None
    return longest


def stale_reads(looked: Sequence[Looked]) -> int:
    """Lookups that saw an older heartbeat than one before them, in the order of the lookups.

    >>> stale_reads([Looked(float(at), "home", 3.0, "", beat) for at, beat in enumerate([5, 10, 5, None, 10, 15])])
    2
    """
    newest, stale = 0.0, 0
    for one in looked:
        if one.error:
            continue
        seen = one.heartbeat or 0.0
        stale += seen < newest
        newest = max(newest, seen)
    return stale
