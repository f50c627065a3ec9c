"""Generated histories: definitions, events in some order of arrival, and instants worth asking for."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
from hypothesis import strategies as st

from headwater import windows
from headwater.compiler import compile_services
from headwater.definitions import Aggregation, Entity, EventSource, FeatureService, FeatureView
from headwater.envelope import LoggedEvent
from headwater.instants import from_us
from headwater.offline.types import log_schema
from headwater.oracle import Event
from headwater.registry import Registry
from headwater.windows import Bounds

START_US = 1_700_000_000_000_000 // windows.DAY_US * windows.DAY_US
KEYS = ("a", "b|/%", "é\u2603", "")
SHARDS = ("shard-0", "shard-1", "shard-2")

WINDOWS = (
    {"window": "10s", "resolution": "1s"},
    {"window": "1m", "resolution": "20s"},
    {"window": "1h"},
    {"window": "6h", "delay": "5m"},
    {"window": "1d", "resolution": "1h", "delay": "12h"},
    {"window": "7d"},
    {"window": "30d", "resolution": "5m"},
)
CHAINS = ((0,), (1,), (2, 3, 5), (3,), (4, 5), (6, 2, 4))
AGGREGATES = (
    (None, "count"),
    ("whole", "count"),
    ("whole", "sum"),
    ("real", "mean"),
    ("real", "sum"),
    ("real", "min"),
    ("whole", "max"),
    ("text", "last"),
)


class History(NamedTuple):
    """Definitions of one view, its events in order of arrival, and instants to ask at."""

    registry: Registry
    events: list[LoggedEvent]
    instants_us: list[int]


@st.composite
def histories(draw: st.DrawFn, *, late: bool = True) -> History:
    """Draw a history whose events and instants crowd around the edges of windows and tiles."""
    chain = draw(st.sampled_from(CHAINS))
    chosen = draw(st.lists(st.sampled_from(AGGREGATES), min_size=1, max_size=4, unique=True))
    features = [
        Aggregation(column=column, function=function, **WINDOWS[index])
        for index in chain
        for column, function in chosen
    ]
    registry = _registry(features)
    view = registry.views["view"]
    longest = max(feature.window_us + feature.delay_us for feature in view.features)
    edge = st.sampled_from([view.tile_sets[0].widths_us[0], view.tile_sets[0].widths_us[-1]])
    instant = st.builds(
        lambda back, width, nudge: (START_US + back) // width * width + nudge,
        st.integers(0, longest),
        edge,
        st.sampled_from([-1, 0, 1, 500_000]),
    )
    times = sorted(draw(st.lists(instant, min_size=1, max_size=25)))
    events: list[LoggedEvent] = []
    positions = dict.fromkeys(SHARDS, 0)
    lags = st.sampled_from([0, 0, 1, windows.SECOND_US, 5 * windows.MINUTE_US, windows.HOUR_US, longest])
    arrivals = sorted((time_us + (draw(lags) if late else 0), time_us) for time_us in times)
    for number, (arrival_us, time_us) in enumerate(arrivals):
        shard = draw(st.sampled_from(SHARDS))
        positions[shard] += draw(st.integers(1, 3))
        events.append(
            LoggedEvent("source", f"e{number}", time_us, arrival_us, shard, positions[shard], draw(_DATA))
        )
    asked = draw(st.lists(instant, max_size=5)) + [event.event_time_us for event in events]
    for feature in view.features:
        moved = draw(st.sampled_from(events)).event_time_us + feature.window_us + feature.delay_us
        asked += [moved, moved + 1, moved - 1]
    return History(registry, events, sorted(set(asked)))


_DATA = st.fixed_dictionaries(
    {
        "key": st.sampled_from([*KEYS, None]),
        "whole": st.none() | st.integers(-(2**50), 2**50),
        "real": st.none() | st.floats(-1e6, 1e6, allow_nan=False, width=32),
        "text": st.none() | st.text(max_size=3),
    }
)


def _registry(features: list[Aggregation]) -> Registry:
    entity = Entity(name="entity", keys={"key": "string"})
    source = EventSource(
        name="source", columns={"key": "string", "whole": "int64", "real": "float64", "text": "string"}
    )
    view = FeatureView(name="view", entity=entity, source=source, features=features)
    return compile_services([FeatureService(name="service", views=[view])])


def as_oracle(event: LoggedEvent) -> Event:
    """The event as the oracle takes it."""
    return Event(event.event_id, event.event_time_us, event.arrival_us, event.data)


def same(left: Any, right: Any) -> bool:
    """Equal as the contract says: floats to a relative 1e-9 of the magnitude summed, the rest exactly."""
    if isinstance(left, float) and isinstance(right, float):
        return abs(left - right) <= 1e-9 * max(abs(left), abs(right), 1.0)
    return bool(left == right) and type(left) is type(right)


class TableLog:
    """An event log that is one Arrow table; it hands out pieces of a few rows."""

    def __init__(self, history: History) -> None:
        rows = [
            {
                "event_time": from_us(event.event_time_us),
                "arrival": from_us(event.arrival_us),
                "event_id": event.event_id,
                "shard": event.shard,
                "sequence": str(event.sequence),
                **event.data,
            }
            for event in history.events
        ]
        self._table = pa.Table.from_pylist(rows, schema=log_schema(history.registry.sources["source"]))

    def read(self, source: str, columns: Sequence[str], interval: Bounds) -> pa.Table:
        """See `EventLog.read`."""
        assert source == "source"
        times = self._table["event_time"].cast(pa.int64())
        inside = pc.and_(pc.greater(times, interval.after_us), pc.less_equal(times, interval.until_us))
        return self._table.filter(inside).select(list(columns))

    def batches(self, source: str, columns: Sequence[str], interval: Bounds) -> list[pa.RecordBatch]:
        """See `EventLog.batches`."""
        return list(self.read(source, columns, interval).to_batches(max_chunksize=4))

    def count(self, source: str, interval: Bounds) -> int:
        """See `EventLog.count`."""
        return int(self.read(source, ["event_id"], interval).num_rows)
