"""Point-in-time joins and windows: ours, the fastest known way to do just that, and Feast."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from rich.console import Console

from benchmarks import harness, peers
from benchmarks.harness import Case, Side, UnequalError, worker
from benchmarks.logs import ArrowLog
from benchmarks.worker import serve
from headwater import windows
from headwater.compiler import compile_services
from headwater.definitions import (
    Aggregation,
    Entity,
    EventSource,
    FeatureService,
    FeatureView,
    aggregations,
)
from headwater.offline.point_in_time import Mode, training_set
from headwater.offline.types import INSTANT
from headwater.registry import Registry
from headwater.windows import DAY_US

_EVENTS, _LABELS = 10_000_000, 1_000_000
_START_US = 1_700_000_000_000_000 // DAY_US * DAY_US
_DAYS = 90
_COLUMNS = [f"c{number}" for number in range(10)]
_WINDOWS = ("1d", "7d", "30d")
_TTL = "30d"


def definitions(kind: str) -> Registry:
    """Ten latest values, or counts, sums and means of one column over three windows."""
    columns = _COLUMNS if kind == "asof" else _COLUMNS[:1]
    features = (
        [Aggregation(column=column, function="last", window=_TTL, name=column) for column in columns]
        if kind == "asof"
        else [
            *aggregations(None, ["count"], over=_WINDOWS),
            *aggregations(columns[0], ["sum", "mean"], over=_WINDOWS),
        ]
    )
    source = EventSource(name="events", columns={"entity": "int64", **dict.fromkeys(columns, "float64")})
    entity = Entity(name="entity", keys={"entity": "int64"})
    view = FeatureView(name="view", entity=entity, source=source, features=features)
    return compile_services([FeatureService(name="service", views=[view])])


def prepare(kind: str, entities: int, scale: float, folder: Path) -> None:
    """Write events and labels, the same for every side."""
    random = np.random.default_rng(7)
    events, labels = round(_EVENTS * scale), round(_LABELS * scale)
    # Instants in whole seconds and half-way between: no label stands exactly on an event or an edge.
    times = _START_US + random.integers(0, _DAYS * 86_400, events) * 1_000_000
    columns = _COLUMNS if kind == "asof" else _COLUMNS[:1]
    table = {
        "event_time": pa.array(times, INSTANT),
        "arrival": pa.array(times, INSTANT),
        "event_id": pa.array(np.arange(events).astype(str)),
        "entity": random.integers(0, entities, events),
        **{column: random.normal(size=events) for column in columns},
    }
    asked = _START_US + random.integers(0, _DAYS * 86_400, labels) * 1_000_000 + 500_000
    folder.mkdir(parents=True, exist_ok=True)
    deduplicated = _without_ties(pa.table(table))
    pq.write_table(deduplicated, folder / "events.parquet", row_group_size=1_000_000)
    rows = {"row": np.arange(labels), "event_time": pa.array(asked, INSTANT)}
    pq.write_table(
        pa.table(rows | {"entity": random.integers(0, entities, labels)}), folder / "labels.parquet"
    )


def _without_ties(events: pa.Table) -> pa.Table:
    """One event per entity and instant: which of two is later is nothing that every side can say."""
    key = (
        events["entity"].to_numpy() * (_DAYS * 86_400)
        + (events["event_time"].cast(pa.int64()).to_numpy() - _START_US) // 1_000_000
    )
    _, first = np.unique(key, return_index=True)
    return events.take(np.sort(first))


def _ours(kind: str, folder: Path, mode: Mode) -> Callable[[], pa.Table]:
    events, labels = pq.read_table(folder / "events.parquet"), pq.read_table(folder / "labels.parquet")
    compiled = definitions(kind)
    columns = ["event_time", "arrival", "entity", *(_COLUMNS if kind == "asof" else _COLUMNS[:1]), "event_id"]
    log = ArrowLog(events.select(columns).combine_chunks())

    def run() -> pa.Table:
        found = training_set(labels, compiled, "service", log, mode=mode)
        names = [name.removeprefix("view__") for name in found.column_names]
        return found.rename_columns(names)

    return run


def _asof_floor(folder: Path) -> Callable[[], pa.Table]:
    import duckdb  # noqa: PLC0415 (only this side has it)

    events, labels = pq.read_table(folder / "events.parquet"), pq.read_table(folder / "labels.parquet")
    events = events.select(["event_time", "entity", *_COLUMNS]).combine_chunks()
    connection = duckdb.connect()
    connection.register("events", events)
    connection.register("labels", labels)
    chosen = ", ".join(f"e.{column}" for column in _COLUMNS)
    query = (
        f"SELECT l.row, l.event_time, l.entity, {chosen} FROM labels l ASOF LEFT JOIN events e "  # noqa: S608 (our own names)
        "ON l.entity = e.entity AND l.event_time > e.event_time"
    )
    return lambda: connection.sql(query).to_arrow_table()


def _window_floor(folder: Path) -> Callable[[], pa.Table]:
    """One sorted composite key, binary search, differences of running totals: fast, and inexact for floats."""
    events, labels = pq.read_table(folder / "events.parquet"), pq.read_table(folder / "labels.parquet")
    t_us, label_entity = (
        labels["event_time"].cast(pa.int64()).to_numpy(),
        labels["entity"].to_numpy(),
    )
    source = [
        events["event_time"].cast(pa.int64()).to_numpy(),
        events["entity"].to_numpy(),
        events["c0"].to_numpy(),
    ]

    def run() -> pa.Table:
        times, entity, values = source
        span = (_DAYS + 60) * DAY_US
        key = entity * span + (times - _START_US) + 40 * DAY_US
        order = np.argsort(key)
        ordered = key[order]
        totals = np.concatenate([[0.0], np.cumsum(values[order])])
        base = label_entity * span - _START_US + 40 * DAY_US
        end = np.searchsorted(ordered, base + t_us - 1, side="right")
        columns: dict[str, Any] = {}
        for window in _WINDOWS:
            length = windows.parse_duration(window)
            resolution = windows.default_resolution_us(length)
            first = np.searchsorted(ordered, base + (t_us - length) // resolution * resolution, side="right")
            count = end - first
            total = totals[end] - totals[first]
            columns[f"events_count_{window}"] = count
            columns[f"c0_sum_{window}"] = pa.array(total, mask=count == 0)
            columns[f"c0_mean_{window}"] = pa.array(total / np.maximum(count, 1), mask=count == 0)
        return pa.table({"row": labels["row"], **columns})

    return run


def check(ours: Path, other: Path) -> None:
    """Compare two results, row by row, in the columns that the other has.

    A peer may drop label rows; how many is printed, and the others are compared.

    Raises:
        UnequalError: A value differs by more than 1e-9 (running totals: of the size of a value).
    """
    left, right = pq.read_table(ours).sort_by("row"), pq.read_table(other).sort_by("row")
    if not left["row"].equals(right["row"]):
        kept = pc.is_in(left["row"], right["row"].combine_chunks())
        dropped = left.num_rows - right.num_rows
        left = left.filter(kept)
        if other.name == "floor" or not left["row"].equals(right["row"]):
            raise UnequalError(f"{other.name}: its rows are not the label rows")
        Console().print(f"{other.name} drops {dropped:,} of {dropped + right.num_rows:,} label rows")
    for column in right.column_names:
        if column in ("row", "event_time", "entity"):
            continue
        a, b = (table[column].cast(pa.float64()).to_numpy(zero_copy_only=False) for table in (left, right))
        if not np.allclose(a, b, rtol=1e-9, atol=1e-6, equal_nan=True):
            wrong = int(np.flatnonzero(~np.isclose(a, b, rtol=1e-9, atol=1e-6, equal_nan=True))[0])
            raise UnequalError(f"{other.name}, {column}, row {wrong}: {b[wrong]}, ours {a[wrong]}")


def cases(scale: float, folder: Path) -> list[Case]:
    """The comparisons; a peer only where it can be had."""
    found = []
    shapes = (("asof", 100_000, "as-of"), ("window", 100_000, "windows, 100k entities"))
    for kind, entities, title in (*shapes, ("window", 2_000, "windows, 2k hot entities")):
        data = folder / f"{kind}-{entities}"
        prepare(kind, max(round(entities * scale), 1), scale, data)
        modes: tuple[Mode, ...] = ("as_happened", "as_known") if kind == "asof" else ("as_happened",)
        found += [
            Case(
                name=f"{title}, {mode}",
                ours=Side("ours", worker("benchmarks.offline", "ours", kind, str(data), mode)),
                floor=Side("floor", worker("benchmarks.offline", "floor", kind, str(data), mode)),
                peer=None,
                check=check,
            )
            for mode in modes
        ]
        if kind == "asof":
            for store in ("duckdb", "dask"):
                peer = peers.feast(store, data)
                if peer:
                    found.append(found[0]._replace(name=f"as-of, beside Feast on {store}", peer=peer))
    return found


def bench(scale: float, scratch: Path) -> None:
    """Run the offline benchmark."""
    harness.run("offline", cases(scale, scratch), scratch)


def _save(result: pa.Table, file: str) -> None:
    pq.write_table(result, file)


def _main(side: str, kind: str, folder: str, mode: Mode) -> None:
    data = Path(folder)
    if side == "ours":
        serve(_ours(kind, data, mode), _save)
    else:
        serve(_asof_floor(data) if kind == "asof" else _window_floor(data), _save)


if __name__ == "__main__":
    _main(*sys.argv[1:])  # type: ignore[arg-type]  # given by `cases`
