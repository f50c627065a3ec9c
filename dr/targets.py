"""What a drill has to reach, and whether it did."""

from typing import NamedTuple

from dr.results import Drill, Result

RTO_S = 60.0
ROUTE_53_S = (30, 90)
"""Three checks, 10 to 30 s apart, until Route 53 sends lookups elsewhere. Arithmetic, not measured here."""

_ZEROS = {
    "events_lost_after_recovery": "events lost",
    "duplicates_applied": "events counted twice",
    "values_wrong": "values differ from the oracle",
    "rows_unexpected": "rows differ from what had arrived",
    "rows_lost": "rows of the tables lost",
    "rows_too_many": "rows of the tables too many",
}


class Target(NamedTuple):
    """One target of one scenario, beside what came of it.

    Attributes:
        name: What is asked for.
        wanted: How much.
        found: How much it was.
        passed: Whether that is enough.
    """

    name: str
    wanted: str
    found: str
    passed: bool


def of(result: Result) -> list[Target]:
    """Targets of a scenario; one that it has no figure for is none of its own."""
    found = []
    if result.rto_s is not None and result.detect_s is not None:
        took_s = result.rto_s - result.detect_s
        found.append(
            Target(
                "from the alarm until it was verified",
                f"at most {RTO_S:.0f} s",
                f"{took_s:.1f} s",
                took_s <= RTO_S,
            )
        )
    for figure, name in _ZEROS.items():
        count = getattr(result, figure)
        if count is not None:
            found.append(Target(name, "none", str(count), count == 0))
    return found


def missed(drill: Drill) -> list[str]:
    """Targets that were missed, each in a sentence."""
    return [
        f"{each.scenario}: {target.found} {target.name}, expected {target.wanted}"
        for each in drill.scenarios
        for target in of(each)
        if not target.passed
    ]
