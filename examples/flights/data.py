"""The flights of 2013 as three kinds of events: departures, landings and weather.

A landing is dated to the departure of its flight and arrives when the flight has landed: only
then does anybody know how late it was. Both events of a flight carry the same event id, made of
the flight's local date, carrier, number and origin.
"""

import heapq
import zlib
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from examples.flights import tables
from examples.flights.clock import next_showing
from examples.flights.tables import UTC_US
from headwater.errors import InputError
from headwater.windows import MINUTE_US

YEAR = 2013
ALL_MONTHS = tuple(range(1, 13))
LATE_MINUTES = 15
"""A flight that arrives more than this long after schedule is late."""

COMMON_COLUMNS = ("event_id", "event_time", "arrival")

_BATCH_ROWS = 8192
_HASHES = 2**32


class FlightEvents(NamedTuple):
    """Events by source, each in order of arrival, then event id.

    Columns of each: `COMMON_COLUMNS` (instants in UTC, microseconds), then the payload.
    """

    departures: pa.Table
    landings: pa.Table
    weather: pa.Table

    def by_source(self) -> dict[str, pa.Table]:
        """Tables by the name of their source."""
        return self._asdict()


def check_share(share: float) -> None:
    """Refuse a part of the flights that is none.

    Raises:
        InputError: It is not above 0 and up to 1.
    """
    if not 0 < share <= 1:
        raise InputError(
            f"share {share}: expected a number above 0 and up to 1; 0.1 keeps a tenth of the flights"
        )


def load(months: Sequence[int] = ALL_MONTHS, share: float = 1.0) -> FlightEvents:
    """Read the events of some months.

    Args:
        months: 1 to 12. An event belongs to the UTC month of its event time, so a landing belongs to the
            month of its departure and may arrive in the next. The first hours of 2014 in UTC are still
            the evening of New Year's Eve in New York, and belong to December: the twelve months together
            are everything.
        share: Part of the flights to keep, above 0 and up to 1. A flight is kept or left out with both
            of its events, by a hash of its event id: a smaller share is a subset of a larger one.
            Weather is always whole.

    Raises:
        InputError: A month or the share is out of range, or the data is not installed.
    """
    if not months or not set(months) <= set(ALL_MONTHS):
        raise InputError(
            f"months {list(months)}: expected at least one whole number from 1 to 12; correct the list"
        )
    check_share(share)
    flights = _of_months(_with_departure(tables.flights()), "departure", months)
    if share < 1:
        flights = flights.filter(pc.less(_hashes(flights["event_id"]), share * _HASHES))
    weather = _of_months(tables.weather(), "time_hour", months)
    return FlightEvents(
        *(_in_order(table) for table in (_departures(flights), _landings(flights), _weather(weather)))
    )


def envelopes(table: pa.Table, source: str) -> Iterator[dict[str, Any]]:
    """Events as the stream takes them: one JSON-ready envelope each, in the order of the table.

    Args:
        table: Of `FlightEvents`, or some of its rows.
        source: Name of its source.

    Raises:
        InputError: The table does not begin with `COMMON_COLUMNS`, or an instant has no time zone.
    """
    _check_common_columns(table, source)
    payload = table.column_names[len(COMMON_COLUMNS) :]
    for batch in table.to_batches(max_chunksize=_BATCH_ROWS):
        event_ids, event_times, arrivals, *columns = batch.columns
        rows = zip(*(column.to_pylist() for column in columns), strict=True)
        heads = zip(event_ids.to_pylist(), _texts(event_times), _texts(arrivals), strict=True)
        for (event_id, event_time, arrival), values in zip(heads, rows, strict=True):
            yield {
                "source": source,
                "event_id": event_id,
                "event_time": event_time,
                "arrival": arrival,
                "data": dict(zip(payload, values, strict=True)),
            }


def merge_by_arrival(events: FlightEvents) -> Iterator[dict[str, Any]]:
    """Envelopes of all sources as one platform would receive them.

    Args:
        events: Each table in order of arrival, then event id, as `load` returns them.

    Returns:
        Envelopes by arrival, then source, then event id.
    """
    streams = [envelopes(table, source) for source, table in events.by_source().items()]
    # Within a source the tables are in order of event id already.
    return heapq.merge(*streams, key=lambda event: (event["arrival"], event["source"]))


def _texts(instants: pa.Array) -> list[str]:
    texts: list[str] = pc.strftime(instants, format="%Y-%m-%dT%H:%M:%SZ").to_pylist()
    return texts


def _check_common_columns(table: pa.Table, source: str) -> None:
    expected = dict(zip(COMMON_COLUMNS, (pa.string(), UTC_US, UTC_US), strict=True))
    found = dict(zip(table.column_names, table.schema.types, strict=True))
    if list(found.items())[: len(expected)] != list(expected.items()):
        raise InputError(
            f"table of {source}: found columns {found}, expected it to begin with {expected}; "
            "take a table that load() returned"
        )


def _with_departure(flights: pa.Table) -> pa.Table:
    """Add the event id and the instant of departure: as scheduled, if the flight was cancelled."""
    date = [flights["year"], *(pc.utf8_lpad(flights[part], 2, padding="0") for part in ("month", "day"))]
    number = flights["flight"].cast(pa.string())
    # The local date: a flight after 19:00 and the same flight the next morning may share a date in UTC.
    event_id = pc.binary_join_element_wise(*date, flights["carrier"], number, flights["origin"], "-")
    minutes = pc.add(flights["minute"], flights["dep_delay"].fill_null(0).cast(pa.int64()))
    departure = pc.add(flights["time_hour"], pc.multiply(minutes, MINUTE_US).cast(pa.duration("us")))
    return flights.append_column("event_id", event_id).append_column("departure", departure)


def _of_months(table: pa.Table, column: str, months: Sequence[int]) -> pa.Table:
    month = pc.if_else(pc.greater(pc.year(table[column]), YEAR), ALL_MONTHS[-1], pc.month(table[column]))
    return table.filter(pc.is_in(month, pa.array([int(month) for month in months], pa.int64())))


def _hashes(event_ids: pa.ChunkedArray) -> pa.Array:
    """A number below `_HASHES` for each id, the same in every run."""
    return pa.array([zlib.crc32(event_id.encode()) for event_id in event_ids.to_pylist()], pa.int64())


def _in_order(table: pa.Table) -> pa.Table:
    return table.sort_by([("arrival", "ascending"), ("event_id", "ascending")])


def _departures(flights: pa.Table) -> pa.Table:
    return pa.table(
        {
            "event_id": flights["event_id"],
            "event_time": flights["departure"],
            "arrival": flights["departure"],
            "origin": flights["origin"],
            "carrier": flights["carrier"],
            "tailnum": flights["tailnum"],
            "dest": flights["dest"],
            "flight_number": flights["flight"],
            "dep_delay": flights["dep_delay"],
            "cancelled": pc.is_null(flights["dep_delay"]),
            "distance": flights["distance"],
        }
    )


def _landings(flights: pa.Table) -> pa.Table:
    landed = flights.filter(pc.is_valid(flights["arr_time"]))
    return pa.table(
        {
            "event_id": landed["event_id"],
            "event_time": landed["departure"],
            "arrival": _landing_instants(landed),
            "origin": landed["origin"],
            "carrier": landed["carrier"],
            "tailnum": landed["tailnum"],
            "dest": landed["dest"],
            "arr_delay": landed["arr_delay"],
            "late": pc.greater(landed["arr_delay"], LATE_MINUTES).cast(pa.int64()),
        }
    )


def _landing_instants(landed: pa.Table) -> pa.Array:
    """When the clock at the destination first showed the time of arrival."""
    departure_us = landed["departure"].cast(pa.int64()).to_numpy()
    arr_time = landed["arr_time"].to_numpy()
    dest = landed["dest"].combine_chunks().dictionary_encode()
    known = tables.time_zones()
    zones, zone_of_dest = np.unique(
        [known[code] for code in dest.dictionary.to_pylist()], return_inverse=True
    )
    zone_of_row = zone_of_dest[dest.indices.to_numpy()]
    landing_us = np.empty_like(departure_us)
    for index, zone in enumerate(zones):
        rows = zone_of_row == index
        landing_us[rows] = next_showing(departure_us[rows], str(zone), arr_time[rows])
    return pa.array(landing_us).cast(UTC_US)


def _weather(observations: pa.Table) -> pa.Table:
    hour = pc.strftime(observations["time_hour"], format="%Y-%m-%dT%H")
    return pa.table(
        {
            "event_id": pc.binary_join_element_wise(observations["origin"], hour, "-"),
            "event_time": observations["time_hour"],
            "arrival": observations["time_hour"],
            **{
                column: observations[column] for column in ("origin", "temp", "wind_speed", "precip", "visib")
            },
        }
    )
