"""Single rows of the data whose events were worked out by hand, each for one of the data's traps.

The comment beside a row is what was published: local date, scheduled and actual departure in New
York, arrival on the destination's clock, delays in minutes.
"""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from examples.flights.data import FlightEvents


def _row(table: pa.Table, event_id: str) -> dict[str, Any]:
    rows: list[dict[str, Any]] = table.filter(pc.equal(table["event_id"], event_id)).to_pylist()
    assert len(rows) == 1
    return {
        name: value.strftime("%Y-%m-%dT%H:%MZ") if hasattr(value, "strftime") else value
        for name, value in rows[0].items()
    }


def test_a_departure(year: FlightEvents) -> None:
    # 1 January, scheduled 05:15, left 05:17, to Houston (2 min late).
    assert _row(year.departures, "2013-01-01-UA-1545-EWR") == {
        "event_id": "2013-01-01-UA-1545-EWR",
        "event_time": "2013-01-01T10:17Z",
        "arrival": "2013-01-01T10:17Z",
        "origin": "EWR",
        "carrier": "UA",
        "tailnum": "N14228",
        "dest": "IAH",
        "flight_number": 1545,
        "dep_delay": 2.0,
        "cancelled": False,
        "distance": 1400.0,
    }


def test_its_landing(year: FlightEvents) -> None:
    # Arrived 08:30 in Houston, one hour behind New York (11 min late).
    assert _row(year.landings, "2013-01-01-UA-1545-EWR") == {
        "event_id": "2013-01-01-UA-1545-EWR",
        "event_time": "2013-01-01T10:17Z",
        "arrival": "2013-01-01T14:30Z",
        "origin": "EWR",
        "carrier": "UA",
        "tailnum": "N14228",
        "dest": "IAH",
        "arr_delay": 11.0,
        "late": 0,
    }


def test_an_observation_with_a_value_missing(year: FlightEvents) -> None:
    # 22 May, 10:00 local; wind speed NA.
    assert _row(year.weather, "JFK-2013-05-22T14") == {
        "event_id": "JFK-2013-05-22T14",
        "event_time": "2013-05-22T14:00Z",
        "arrival": "2013-05-22T14:00Z",
        "origin": "JFK",
        "temp": 62.06,
        "wind_speed": None,
        "precip": 0.0,
        "visib": 2.5,
    }


def test_a_cancelled_flight_is_dated_to_its_schedule(year: FlightEvents) -> None:
    # 1 January, scheduled 16:30, never left.
    row = _row(year.departures, "2013-01-01-EV-4308-EWR")
    assert (row["event_time"], row["dep_delay"], row["cancelled"]) == ("2013-01-01T21:30Z", None, True)


def test_a_missing_tail_number_is_null(year: FlightEvents) -> None:
    assert _row(year.departures, "2013-12-31-UA-1482-EWR")["tailnum"] is None


@pytest.mark.parametrize(
    ("event_id", "landed"),
    [
        # 2 January in Raleigh, 24:00.
        pytest.param("2013-01-01-B6-1109-JFK", "2013-01-02T05:00Z", id="arrival at 2400"),
        # 14 November, left 19:23 (00:23 UTC); San Juan is one hour ahead and not in the table of airports.
        pytest.param("2013-11-14-DL-347-JFK", "2013-11-15T04:00Z", id="airport missing from the table"),
        # 9 March, left 21:34; Los Angeles 00:51 of 10 March, before its own clocks went forward.
        pytest.param("2013-03-09-AA-185-JFK", "2013-03-10T08:51Z", id="destination changes its clocks later"),
        # 9 March, left 23:06, 141 min in the air; "02:03" in Palm Beach, where 02:00 had become 03:00.
        pytest.param("2013-03-09-B6-35-JFK", "2013-03-10T07:03Z", id="arrival at a time the clocks skipped"),
        # 2 November, left 22:17, 339 min in the air; Los Angeles 01:14, shown at 08:14 and 09:14 UTC.
        pytest.param("2013-11-02-VX-413-JFK", "2013-11-03T08:14Z", id="arrival at a time shown twice"),
        # 31 December, scheduled 23:59, left 00:18 of 1 January 2014; San Juan 04:49.
        pytest.param("2013-12-31-DL-412-JFK", "2014-01-01T08:49Z", id="last night of the year"),
        # 10 December, left 10:14; Honolulu 17:32: the longest flight with a known delay, 12 h 18 min.
        pytest.param("2013-12-10-UA-15-EWR", "2013-12-11T03:32Z", id="longest flight with a label"),
        # 12 June, left 16:23, diverted; Chicago 11:48 of the next day.
        pytest.param("2013-06-12-MQ-3694-EWR", "2013-06-13T16:48Z", id="diverted until the next day"),
    ],
)
def test_the_instant_of_landing(year: FlightEvents, event_id: str, landed: str) -> None:
    assert _row(year.landings, event_id)["arrival"] == landed


def test_a_departure_after_midnight_keeps_the_date_of_its_schedule_in_its_id(year: FlightEvents) -> None:
    # 31 December, scheduled 23:59, left 00:18 of 1 January 2014 (19 min late).
    assert _row(year.departures, "2013-12-31-DL-412-JFK")["event_time"] == "2014-01-01T05:18Z"


@pytest.mark.parametrize(
    ("event_id", "arr_delay", "late"),
    [
        pytest.param("2013-01-01-B6-905-JFK", 15.0, 0, id="15 minutes"),
        pytest.param("2013-01-01-MQ-4401-LGA", 16.0, 1, id="16 minutes"),
        pytest.param("2013-06-12-MQ-3694-EWR", None, None, id="unknown"),
    ],
)
def test_late_is_more_than_15_minutes(
    year: FlightEvents, event_id: str, arr_delay: float | None, late: int | None
) -> None:
    row = _row(year.landings, event_id)
    assert (row["arr_delay"], row["late"]) == (arr_delay, late)


def test_a_flight_that_left_and_never_arrived_has_no_landing(year: FlightEvents) -> None:
    # 1 January, scheduled 19:30, left 20:16; arrival NA.
    assert _row(year.departures, "2013-01-01-EV-4204-EWR")["cancelled"] is False
    assert "2013-01-01-EV-4204-EWR" not in year.landings["event_id"].to_pylist()


def test_both_observations_of_the_repeated_hour_are_kept(year: FlightEvents) -> None:
    # 3 November, 01:00 local, twice.
    first, second = _row(year.weather, "EWR-2013-11-03T05"), _row(year.weather, "EWR-2013-11-03T06")
    assert (first["temp"], second["temp"]) == (51.98, 50.0)
