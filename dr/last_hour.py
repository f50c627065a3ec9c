"""What a region had in its last hour: by its own CloudWatch, or by copies in the other region, if it does not answer."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from dr.checks import Check, unanswered
from dr.regions import Region
from headwater.stream import figures
from headwater.stream.cloudwatch import HOUR_S, Minutes, minutes
from headwater.stream.figures import Measured

NAME = "what the other region had in its last hour"
_NOT_INVOKED = "lookup"
"""The figure that an hour may lack though all is well: callers may all ask by the library. Where the stream function has
figures, Lambda was measured, and the lookup function was not invoked."""


class _Answer(NamedTuple):
    """Of one of the two.

    Attributes:
        found: Minutes of each figure.
        said: Who answered, and how old that is.
        fault: Why that is not enough; empty: it is.
    """

    found: Mapping[str, Minutes]
    said: str
    fault: str = ""


class LastHour(NamedTuple):
    """What was found.

    Attributes:
        used: Highest minute of each figure.
        check: Whether all of them were found, where, and how old they are.
    """

    used: dict[str, float]
    check: Check


def last_hour(left: Region, taken: Region, most_old_s: float, well_until_s: float) -> LastHour:
    """Ask the region itself, and then the copies, until one of them has all figures.

    Args:
        left: The region whose figures they are. It is not waited for for long.
        taken: The region that has the copies.
        most_old_s: Most that copies may be older than `well_until_s`.
        well_until_s: When the region was last seen well, in seconds since the epoch.
    """
    here = left.outputs
    of = Measured(
        here.environment,
        left.name,
        here.stream_function_name,
        here.lookup_function_name,
        here.event_stream_name,
        here.online_table_name,
    )
    wanted = figures.measured(of, taken.name)

    def itself() -> _Answer:
        found = minutes(left.client("cloudwatch"), wanted, well_until_s, HOUR_S)
        return _Answer(found, f"{left.name}'s CloudWatch{_age(figures.newest(found), well_until_s)}")

    def copied() -> _Answer:
        asked = figures.copies(of.environment, of.region, wanted)
        found = minutes(taken.client("cloudwatch"), asked, well_until_s, HOUR_S + int(most_old_s))
        # A region where nothing happens has no figures, and is copied all the same.
        at_s = max(found.pop(figures.BEAT, {}), default=None)
        said = f"copies in {taken.name}{_age(at_s, well_until_s)}"
        if at_s is None or well_until_s - at_s > most_old_s:
            return _Answer(
                {},
                said,
                f"none of the {most_old_s:g} s before; say by --well-until when {left.name} was last well, and see alarm and "
                f"log of the function that copies in {taken.name}",
            )
        return _Answer(found, said)

    expected = (
        f"all figures, by {left.name}'s CloudWatch or by copies in {taken.name} at most {most_old_s:g} s old"
    )
    told = []
    best: dict[str, float] = {}
    for where, ask in ((f"{left.name}'s CloudWatch", itself), (f"copies in {taken.name}", copied)):
        answer = _asked(where, ask)
        used = {name: max(values.values()) for name, values in answer.found.items()}
        said = answer.said
        if "stream" in used and _NOT_INVOKED not in used:
            used[_NOT_INVOKED] = 0.0
            said = f"{said}, the lookup function was not invoked"
        missing = sorted(wanted.keys() - used.keys())
        fault = answer.fault or (f"no figures of {', '.join(missing)}" if missing else "")
        told.append(f"{said}: {fault}" if fault else said)
        if not fault:
            return LastHour(used, Check(NAME, "; ".join(reversed(told)), expected, True))
        # Where neither has all, what is known is compared all the same.
        best = {name: max(used.get(name, 0.0), best.get(name, 0.0)) for name in used.keys() | best.keys()}
    return LastHour(best, Check(NAME, "; ".join(told), expected, False))


def _asked(where: str, ask: Callable[[], _Answer]) -> _Answer:
    try:
        return ask()
    except (BotoCoreError, ClientError) as error:
        return _Answer({}, where, unanswered(error))


def _age(newest_s: float | None, well_until_s: float) -> str:
    return "" if newest_s is None else f", newest figure {max(well_until_s - newest_s, 0):,.0f} s old"
