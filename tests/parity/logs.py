"""A history as an event log, and as label rows."""

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from headwater.instants import from_us
from headwater.offline.types import ARROW_TYPES, INSTANT, log_schema
from headwater.windows import Bounds
from tests.parity.histories import History


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
        self.table = pa.Table.from_pylist(rows, schema=log_schema(history.registry.sources["source"]))

    def read(self, source: str, columns: Sequence[str], interval: Bounds) -> pa.Table:
        """See `EventLog.read`."""
        assert source == "source"
        times = self.table["event_time"].cast(pa.int64())
        inside = pc.and_(pc.greater(times, interval.after_us), pc.less_equal(times, interval.until_us))
        return self.table.filter(inside).select(list(columns))

    def batches(self, source: str, columns: Sequence[str], interval: Bounds) -> list[pa.RecordBatch]:
        """See `EventLog.batches`."""
        return list(self.read(source, columns, interval).to_batches(max_chunksize=4))

    def count(self, source: str, interval: Bounds) -> int:
        """See `EventLog.count`."""
        return int(self.read(source, ["event_id"], interval).num_rows)


def label_rows(history: History) -> pa.Table:
    """The questions as label rows, numbered, with their events where the view counts them."""
    view, source = history.view, history.registry.sources["source"]
    asked = history.questions
    columns = {
        "row": pa.array(range(len(asked)), pa.int64()),
        "event_time": pa.array([from_us(question.t_us) for question in asked], INSTANT),
    }
    if view.include_current:
        events = [question.current for question in asked]
        columns["event_id"] = pa.array([event and event.event_id for event in events], pa.string())
        for column in view.columns:
            values = [event and event.data[column] for event in events]
            columns[column] = pa.array(values, ARROW_TYPES[source.columns[column]])
    for key in view.keys:
        values = [question.entity[key.name] for question in asked]
        columns[key.name] = pa.array(values, ARROW_TYPES[key.type])
    return pa.table(columns)
