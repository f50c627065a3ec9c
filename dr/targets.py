"""What a drill has to reach, and whether it did."""

from typing import NamedTuple

from dr.results import Drill, Result

RTO_S = 60.0
ERROR_WINDOW_S = 5.0
"""How long lookups may be without an answer: three health checks a second apart, and the time of a few lookups."""

ROUTE_53_S = (30, 90)
"""Three checks, 10 to 30 s apart, until Route 53 sends lookups elsewhere. Arithmetic, not measured here."""

RESOLVERS_S = 60
"""How long callers' resolvers may keep an answer that leads to an API. Route 53's, and not measured here, either."""

_ZEROS = {
    "events_lost_after_recovery": "events lost",
    "duplicates_applied": "events counted twice",
    "values_wrong": "values differ from the oracle",
}
_ZEROS_OF_TABLES = {
    "rows_unexpected": "rows differ from what had arrived",
    "rows_lost": "rows of the tables lost",
    "rows_too_many": "rows of the tables too many",
}
_SOME = {
    "events_acknowledged": "events acknowledged",
    "values_compared": "values compared with the oracle",
    "lookups": "lookups",
}
"""Without any, a figure that is none would show nothing."""

_UNMEASURED = "not measured"


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
    """Targets of a scenario. What every scenario has to measure and this one did not is missed."""
    # What is planned is not detected: it counts from its beginning.
    took_s = None if result.rto_s is None else result.rto_s - (result.detect_s or 0)
    found = [
        _at_most("from the alarm until it was verified", took_s, RTO_S),
        *[_some(name, getattr(result, figure)) for figure, name in _SOME.items()],
        *[_none(name, getattr(result, figure)) for figure, name in _ZEROS.items()],
        _at_most("without an answer to lookups", result.lookup_error_window_s, ERROR_WINDOW_S),
    ]
    if result.tables_read is not None:
        found += [
            _some("rows read without the lost region", result.rows_read),
            *[_none(name, getattr(result, figure)) for figure, name in _ZEROS_OF_TABLES.items()],
        ]
    if result.failure:
        found.append(Target("end of the scenario", "its last step", result.failure, passed=False))
    return found


def missed(drill: Drill) -> list[str]:
    """Targets that were missed, each in a sentence."""
    return [
        f"{each.scenario}: {target.name}: found {target.found}, expected {target.wanted}"
        for each in drill.scenarios
        for target in of(each)
        if not target.passed
    ]


def _at_most(name: str, found: float | None, most: float) -> Target:
    said = _UNMEASURED if found is None else f"{found:.1f} s"
    return Target(name, f"at most {most:.0f} s", said, found is not None and found <= most)


def _none(name: str, found: int | None) -> Target:
    return Target(name, "none", _UNMEASURED if found is None else str(found), found == 0)


def _some(name: str, found: int | None) -> Target:
    return Target(name, "some", _UNMEASURED if found is None else str(found), bool(found))
