"""What a lookup answers with: values, and why each is what it is."""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

Status = Literal["present", "missing", "expired", "ahead", "unavailable"]
"""Why a value is what it is.

present: the value. missing: no event with a value in the window. expired: none in the window, but
an older one is still in the store. ahead: the store has moved past the instant asked for by more
than it can tell apart; asking again for a later instant helps. unavailable: it could not be read in
time; asking again helps.
"""


class Cells(NamedTuple):
    """A part of one row.

    Attributes:
        values: None where the status is not ``present``.
        statuses: Of each value.
        freshest_event_us: Latest event time before the instant asked for among what was read, or None.
    """

    values: list[Any]
    statuses: Sequence[Status]
    freshest_event_us: int | None


def unread(count: int) -> Cells:
    """Cells that could not be read in time."""
    status: Status = "unavailable"
    return Cells([None] * count, (status,) * count, None)


class Answer(NamedTuple):
    """Feature vectors of some entities.

    Attributes:
        features: Names, as long as each row.
        values: One row per entity, in the order asked.
        statuses: Of each value.
        freshest_event_us: Latest event time before ``t`` among what was read; None if there is none.
    """

    features: list[str]
    values: list[list[Any]]
    statuses: list[Sequence[Status]]
    freshest_event_us: int | None
