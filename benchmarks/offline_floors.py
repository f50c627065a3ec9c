"""The least that the offline benchmark's work can cost: what does just that, and nothing else."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.offline_data import COLUMNS, DAYS, START_US, WINDOWS
from headwater import windows
from headwater.windows import DAY_US


def asof(folder: Path) -> Callable[[], pa.Table]:
    """One ``ASOF JOIN`` of Arrow tables."""
    connection = duckdb.connect()
    events = pq.read_table(folder / "events.parquet", columns=["event_time", "entity", *COLUMNS])
    connection.register("events", events.combine_chunks())
    connection.register("labels", pq.read_table(folder / "labels.parquet"))
    return lambda: _asof_join(connection, "events")


def asof_from_file(folder: Path) -> Callable[[], Any]:
    """The same of a Parquet file and a data frame; gives a data frame."""
    connection = duckdb.connect()
    connection.register("labels", pq.read_table(folder / "labels.parquet").to_pandas())
    return lambda: _asof_join(connection, f"'{folder / 'events.parquet'}'").to_pandas()


def _asof_join(connection: duckdb.DuckDBPyConnection, events: str) -> pa.Table:
    chosen = ", ".join(f"e.{column}" for column in COLUMNS)
    return connection.sql(
        f"SELECT l.row, l.event_time, l.entity, {chosen} FROM labels l ASOF LEFT JOIN {events} e "  # noqa: S608 (our own names)
        "ON l.entity = e.entity AND l.event_time > e.event_time"
    ).to_arrow_table()


def window(folder: Path) -> Callable[[], pa.Table]:
    """One sorted composite key, binary search, differences of running totals: fast, and inexact for floats."""
    events, labels = pq.read_table(folder / "events.parquet"), pq.read_table(folder / "labels.parquet")
    times, asked = (table["event_time"].cast(pa.int64()).to_numpy() for table in (events, labels))
    entity, asking = (table["entity"].to_numpy() for table in (events, labels))
    values = events["c0"].to_numpy()
    # An entity's keys begin where no window of it reaches down to those of the one before.
    span, reach = (DAYS + 60) * DAY_US, 40 * DAY_US - START_US

    def run() -> pa.Table:
        key = entity * span + times + reach
        order = np.argsort(key)
        ordered = key[order]
        totals = np.concatenate([[0.0], np.cumsum(values[order])])
        # Sorted needles keep a binary search in the cache.
        by_key = np.argsort(asking * span + asked)
        base, t_us = (asking * span + reach)[by_key], asked[by_key]
        back = np.empty_like(by_key)
        back[by_key] = np.arange(len(by_key))
        end = np.searchsorted(ordered, base + t_us - 1, side="right")
        columns: dict[str, Any] = {}
        for text in WINDOWS:
            length = windows.parse_duration(text)
            resolution = windows.default_resolution_us(length)
            first = np.searchsorted(ordered, base + (t_us - length) // resolution * resolution, side="right")
            count, total = (end - first)[back], (totals[end] - totals[first])[back]
            columns[f"events_count_{text}"] = count
            columns[f"c0_sum_{text}"] = pa.array(total, mask=count == 0)
            columns[f"c0_mean_{text}"] = pa.array(total / np.maximum(count, 1), mask=count == 0)
        return pa.table({"row": labels["row"], **columns})

    return run
