"""The point-in-time engine against the oracle, on generated histories."""

import pyarrow as pa
from hypothesis import given

from headwater import names, oracle
from headwater.instants import from_us
from headwater.offline.point_in_time import Mode, training_set
from headwater.offline.types import INSTANT
from tests.parity.histories import KEYS, History, TableLog, as_oracle, histories, same


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
