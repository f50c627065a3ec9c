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

from benchmarks import harness, offline_floors, peers
from benchmarks.harness import Case, Side, UnequalError, worker
from benchmarks.logs import ArrowLog, ParquetLog
from benchmarks.offline_data import COLUMNS, WINDOWS, prepare
from benchmarks.worker import serve
from headwater.compiler import compile_services
from headwater.definitions import (
    Aggregation,
    Entity,
    EventSource,
    FeatureService,
    FeatureView,
    aggregations,
)
from headwater.offline.log_reads import EventLog
from headwater.offline.point_in_time import Mode, training_set
from headwater.registry import Registry

Floor = Callable[[Path], Callable[[], Any]]
"""Prepares the files of a folder, and gives the work to be timed."""

_FLOORS: dict[str, Floor] = {
    "asof": offline_floors.asof,
    "asof_from_file": offline_floors.asof_from_file,
    "window": offline_floors.window,
}
_NOT_FEATURES = ("row", "event_time", "entity", "event_timestamp")
_TTL = "30d"


def definitions(kind: str) -> Registry:
    """Ten latest values, or counts, sums and means of one column over three windows."""
    columns = COLUMNS[:1] if kind == "window" else COLUMNS
    features = (
        [
            *aggregations(None, ["count"], over=WINDOWS),
            *aggregations(columns[0], ["sum", "mean"], over=WINDOWS),
        ]
        if kind == "window"
        else [Aggregation(column=column, function="last", window=_TTL, name=column) for column in columns]
    )
    source = EventSource(name="events", columns={"entity": "int64", **dict.fromkeys(columns, "float64")})
    entity = Entity(name="entity", keys={"entity": "int64"})
    view = FeatureView(name="view", entity=entity, source=source, features=features)
    return compile_services([FeatureService(name="service", views=[view])])


def ours(kind: str, folder: Path, mode: Mode) -> Callable[[], Any]:
    """A training set from tables in memory; ``asof_from_file``: from a Parquet file and a data frame."""
    compiled = definitions(kind)
    labels: Any = pq.read_table(folder / "labels.parquet")
    log: EventLog = ParquetLog(folder / "events.parquet")
    if kind == "asof_from_file":
        labels = labels.to_pandas()
    else:
        log = ArrowLog(pq.read_table(folder / "events.parquet").combine_chunks())
    return lambda: training_set(labels, compiled, "service", log, mode=mode)


def check(ours: Path, other: Path) -> None:
    """Compare two results, row by row.

    A peer may drop label rows; how many is printed, and the others are compared.

    Raises:
        UnequalError: There are other features, or a value differs by more than 1e-9 (running totals: of the
            size of a value).
    """
    left, right = pq.read_table(ours).sort_by("row"), pq.read_table(other).sort_by("row")
    if not left["row"].equals(right["row"]):
        kept = pc.is_in(left["row"], right["row"].combine_chunks())
        dropped = left.num_rows - right.num_rows
        left = left.filter(kept)
        if other.name == "floor" or not left["row"].equals(right["row"]):
            raise UnequalError(f"{other.name}: its rows are not the label rows")
        Console().print(f"{other.name} drops {dropped:,} of {dropped + right.num_rows:,} label rows")
    features = features_of(left)
    if set(features) != set(features_of(right)):
        raise UnequalError(f"{other.name}: its features are {features_of(right)}, ours {features}")
    for column in features:
        a, b = (table[column].cast(pa.float64()).to_numpy(zero_copy_only=False) for table in (left, right))
        if not np.allclose(a, b, rtol=1e-9, atol=1e-6, equal_nan=True):
            wrong = int(np.flatnonzero(~np.isclose(a, b, rtol=1e-9, atol=1e-6, equal_nan=True))[0])
            raise UnequalError(f"{other.name}, {column}, row {wrong}: {b[wrong]}, ours {a[wrong]}")


def features_of(result: pa.Table) -> list[str]:
    """Names of the columns that are features."""
    return [name for name in result.column_names if name not in _NOT_FEATURES]


def cases(scale: float, folder: Path) -> list[Case]:
    """The comparisons; a peer only where it can be had."""
    shapes = (("asof", 100_000, "as-of"), ("window", 100_000, "windows, 100k entities"))
    found = []
    for kind, entities, title in (*shapes, ("window", 2_000, "windows, 2k hot entities")):
        data = folder / f"{kind}-{entities}"
        prepare(kind, max(round(entities * scale), 1), scale, data)
        found.append(_case(title, kind, data, "as_happened"))
        if kind == "asof":
            found.append(_case(title, kind, data, "as_known"))
            # What a peer is timed for, we are timed for: Feast reads the file and gives a data frame.
            for store in ("duckdb", "dask"):
                beside = _case(
                    f"{title} from a file, beside Feast ({store})", "asof_from_file", data, "as_happened"
                )
                found.append(beside._replace(peer=peers.feast(store, data)))
    return found


def _case(title: str, kind: str, data: Path, mode: Mode) -> Case:
    arguments = (kind, str(data), mode)
    return Case(
        name=f"{title}, {mode}",
        ours=Side("ours", worker("benchmarks.offline", "ours", *arguments)),
        floor=Side("floor", worker("benchmarks.offline", "floor", *arguments)),
        peer=None,
        check=check,
    )


def bench(scale: float, scratch: Path) -> None:
    """Run the offline benchmark."""
    harness.run("offline", cases(scale, scratch), scratch)


def save(result: Any, file: str) -> None:
    """Write a table or data frame, its features named as in the events."""
    table = result if isinstance(result, pa.Table) else pa.Table.from_pandas(result, preserve_index=False)
    pq.write_table(table.rename_columns([name.removeprefix("view__") for name in table.column_names]), file)


def _main(side: str, kind: str, folder: str, mode: Mode) -> None:
    data = Path(folder)
    serve(ours(kind, data, mode) if side == "ours" else _FLOORS[kind](data), save)


if __name__ == "__main__":
    _main(*sys.argv[1:])  # type: ignore[arg-type]  # given by `cases`
