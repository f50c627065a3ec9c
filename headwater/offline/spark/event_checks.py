"""What every event of the log must hold, checked in one pass before any is written."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

from headwater.errors import InputError
from headwater.expressions import MAX_FLOAT, MAX_STRING_BYTES
from headwater.offline.types import log_schema
from headwater.page_size import MAX_ID_BYTES
from headwater.registry import SourceSpec

_FIRST, _LAST = "__first", "__last"


def check_events(source: SourceSpec, events: DataFrame) -> tuple[int, int] | None:
    """Check events as the one-machine log does.

    Args:
        source: Whose events.
        events: With the columns of its log.

    Returns:
        Earliest and latest event time, in microseconds; None: there are no events.

    Raises:
        InputError: A value that must be there is null, a number is not finite, or a string too long.
    """
    complaints = _complaints(source)
    counts = [sf.count(sf.when(bad, 1)).alias(f"__{number}") for number, (bad, _, _) in enumerate(complaints)]
    time_us = sf.unix_micros("event_time")
    found = events.agg(sf.min(time_us).alias(_FIRST), sf.max(time_us).alias(_LAST), *counts).first()
    if found is None:
        return None
    for number, (_, column, complaint) in enumerate(complaints):
        bad = found[f"__{number}"]
        if bad:
            raise InputError(
                f"event log of {source.name!r}, column {column!r}: {bad} {complaint}; mend or leave out those events"
            )
    return None if found[_FIRST] is None else (found[_FIRST], found[_LAST])


def _complaints(source: SourceSpec) -> list[tuple[Column, str, str]]:
    """Condition under which a value is bad, its column, and what is to be said."""
    found: list[tuple[Column, str, str]] = []
    for field in log_schema(source):
        value = sf.col(f"`{field.name}`")
        if not field.nullable:
            found.append((value.isNull(), field.name, "nulls, expected none"))
        kind = source.columns.get(field.name)
        if kind == "float64":
            # Spark takes NaN for larger than any number.
            found.append(
                (sf.abs(value) > MAX_FLOAT, field.name, f"values are NaN, infinite or beyond {MAX_FLOAT:g}")
            )
        if kind == "string" or field.name == "event_id":
            most = MAX_ID_BYTES if field.name == "event_id" else MAX_STRING_BYTES
            found.append(
                (
                    sf.octet_length(value) > most,
                    field.name,
                    f"values of more than {most} bytes, expected at most that",
                )
            )
    return found
