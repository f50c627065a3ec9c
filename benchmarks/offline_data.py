"""Events and label rows of the offline benchmark."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from headwater.offline.types import INSTANT
from headwater.windows import DAY_US

EVENTS, LABELS = 10_000_000, 1_000_000
START_US = 1_700_000_000_000_000 // DAY_US * DAY_US
DAYS = 90
COLUMNS = [f"c{number}" for number in range(10)]
WINDOWS = ("1d", "7d", "30d")


def prepare(kind: str, entities: int, scale: float, folder: Path) -> None:
    """Write ``events.parquet`` and ``labels.parquet``, the same for every side.

    Args:
        kind: ``window``: events have one column; else ten.
        entities: How many there are.
        scale: Part of the full size.
        folder: Where to; made if need be.
    """
    random = np.random.default_rng(7)
    events, labels = round(EVENTS * scale), round(LABELS * scale)
    # Instants in whole seconds and half-way between: no label stands exactly on an event or an edge.
    times = START_US + random.integers(0, DAYS * 86_400, events) * 1_000_000
    columns = COLUMNS[:1] if kind == "window" else COLUMNS
    table = {
        "event_time": pa.array(times, INSTANT),
        "arrival": pa.array(times, INSTANT),
        "event_id": pa.array(np.arange(events).astype(str)),
        "entity": random.integers(0, entities, events),
        **{column: random.normal(size=events) for column in columns},
    }
    asked = START_US + random.integers(0, DAYS * 86_400, labels) * 1_000_000 + 500_000
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
        events["entity"].to_numpy() * (DAYS * 86_400)
        + (events["event_time"].cast(pa.int64()).to_numpy() - START_US) // 1_000_000
    )
    _, first = np.unique(key, return_index=True)
    return events.take(np.sort(first))
