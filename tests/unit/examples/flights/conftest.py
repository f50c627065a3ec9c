"""The year's events, read once for all files."""

import pytest

from examples.flights.data import FlightEvents, load


@pytest.fixture(scope="session")
def year() -> FlightEvents:
    """Every event."""
    return load()
