"""The point-in-time engine against the oracle, on generated histories."""

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc
from hypothesis import given

from headwater import names, oracle
from headwater.instants import from_us
from headwater.offline.point_in_time import Mode, training_set
from headwater.offline.types import INSTANT, log_schema
from headwater.windows import Bounds
from tests.parity.histories import KEYS, History, as_oracle, histories, same


class TableLog:
    """An event log that is one Arrow table."""

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


def _check(history: History, mode: Mode) -> None:
    asked = [(key, t_us) for t_us in history.instants_us for key in (*KEYS, None)]
    labels = pa.table(
        {
            "key": pa.array([key for key, _ in asked], pa.string()),
            "event_time": pa.array([from_us(t_us) for _, t_us in asked], INSTANT),
        }
    )
    found = training_set(labels, history.registry, "service", TableLog(history), mode=mode)
    assert found.select(labels.column_names).equals(labels), "label rows keep their order and columns"
    events = [as_oracle(event) for event in history.events]
    view = history.registry.views["view"]
    for feature in view.features:
        column = found[names.qualified_feature("view", feature.name)].to_pylist()
        for (key, t_us), got in zip(asked, column, strict=True):
            expected = oracle.value(view, feature, {"key": key}, t_us, events, as_known=mode == "as_known")
            assert same(expected, got), f"{feature.name} of {key!r} at {t_us}"


@given(histories())
def test_as_known(history: History) -> None:
    """A training set of what was known equals the oracle over what had arrived."""
    _check(history, "as_known")


@given(histories())
def test_as_happened(history: History) -> None:
    """A training set of what happened equals the oracle over every event."""
    _check(history, "as_happened")
