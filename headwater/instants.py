"""Instants at the edges: aware datetimes in and out of microseconds since the epoch."""

from datetime import UTC, datetime, timedelta

from headwater.errors import InputError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_us(instant: datetime) -> int:
    """Microseconds since the epoch of an aware datetime.

    >>> to_us(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000000
    """
    return (instant - EPOCH) // _MICROSECOND


def from_us(instant_us: int) -> datetime:
    """The aware datetime (UTC) of microseconds since the epoch.

    >>> from_us(1_000_000).isoformat()
    '1970-01-01T00:00:01+00:00'
    """
    return EPOCH + timedelta(microseconds=instant_us)


def parse_us(text: str) -> int:
    """Microseconds since the epoch of RFC 3339 text with an offset.

    >>> parse_us("1970-01-01T00:00:01Z")
    1000000

    Raises:
        InputError: It is something else, or says no offset.
    """
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = datetime.min  # noqa: DTZ901 (without an offset, and refused below)
    if instant.tzinfo is None:
        raise InputError(
            f"instant {text!r}: expected RFC 3339 with an offset, such as 2013-12-01T00:00:00Z; write it so"
        )
    return to_us(instant)


def to_text(instant_us: int) -> str:
    """RFC 3339 with microseconds and Z.

    >>> to_text(1_000_000)
    '1970-01-01T00:00:01.000000Z'
    """
    return from_us(instant_us).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
