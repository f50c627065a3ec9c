"""Events as the stream takes them."""

import json
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pytest

from examples.flights.data import FlightEvents, envelopes, load, merge_by_arrival
from headwater import registry
from headwater.envelope import EnvelopeDecoder
from headwater.errors import InputError
from headwater.instants import to_us

REGISTRY = Path(__file__).resolve().parents[4] / "features" / "registry.json"


@pytest.fixture(scope="module")
def december() -> FlightEvents:
    """A few of December's events."""
    return load([12], share=0.02)


def test_an_envelope_is_exactly_what_producers_send(year: FlightEvents) -> None:
    assert json.dumps(next(envelopes(year.departures, "departures"))) == json.dumps(
        {
            "source": "departures",
            "event_id": "2013-01-01-UA-1545-EWR",
            "event_time": "2013-01-01T10:17:00.000000Z",
            "arrival": "2013-01-01T10:17:00.000000Z",
            "data": {
                "origin": "EWR",
                "carrier": "UA",
                "tailnum": "N14228",
                "dest": "IAH",
                "flight_number": 1545,
                "dep_delay": 2.0,
                "cancelled": False,
                "distance": 1400.0,
            },
        }
    )


@pytest.mark.parametrize("source", ["departures", "landings", "weather"])
def test_the_stream_reads_back_every_event(december: FlightEvents, source: str) -> None:
    """Nulls, types and instants survive JSON and the decoder of the compiled definitions."""
    table = december.by_source()[source]
    decoder = EnvelopeDecoder(registry.load(REGISTRY), "record")
    expected = [
        (row.pop("event_id"), to_us(row.pop("event_time")), to_us(row.pop("arrival")), row)
        for row in table.to_pylist()
    ]
    sent = [json.dumps(envelope, allow_nan=False).encode() for envelope in envelopes(table, source)]
    events = [decoder.decode(line, shard="0", sequence=0, arrival_us=0) for line in sent]
    assert {event.source for event in events} == {source}
    assert [
        (event.event_id, event.event_time_us, event.arrival_us, event.data) for event in events
    ] == expected


def test_no_events_give_no_envelopes(december: FlightEvents) -> None:
    assert list(envelopes(december.weather.slice(0, 0), "weather")) == []


def test_sources_are_merged_by_arrival_then_source_then_id(december: FlightEvents) -> None:
    merged = list(merge_by_arrival(december))
    keys = [(event["arrival"], event["source"], event["event_id"]) for event in merged]
    assert len(keys) == sum(table.num_rows for table in december)
    assert all(before < after for before, after in pairwise(keys))


def test_a_table_of_something_else_is_refused(december: FlightEvents) -> None:
    with pytest.raises(InputError, match="table of weather"):
        next(envelopes(december.weather.drop_columns("arrival"), "weather"))


def test_an_instant_without_a_time_zone_is_refused(december: FlightEvents) -> None:
    naive = december.weather.set_column(
        1, "event_time", december.weather["event_time"].cast(pa.timestamp("us"))
    )
    with pytest.raises(InputError, match="event_time"):
        next(envelopes(naive, "weather"))
