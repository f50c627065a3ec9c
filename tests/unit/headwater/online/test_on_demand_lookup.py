"""Lookups with request fields, features on demand and the event that asks."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pytest

from headwater.compiler import compile_services
from headwater.definitions import (
    Aggregation,
    Entity,
    EventSource,
    FeatureService,
    FeatureView,
    OnDemandView,
)
from headwater.envelope import LoggedEvent
from headwater.errors import DefinitionError, RegistryError
from headwater.instants import to_us
from headwater.offline.point_in_time import training_set
from headwater.offline.types import INSTANT, log_schema
from headwater.on_demand_calls import load
from headwater.online.changes import tilers
from headwater.online.client import FeatureClient
from headwater.online.lookup import Lookup
from headwater.online.memory import MemoryStore
from headwater.online.reader import FeatureReader
from headwater.online.writer import PageWriter

NOW = datetime(2024, 5, 1, 12, 0, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def ratio(amount: Any, mean: Any) -> Any:
    """The amount beside the usual one."""
    return np.where(mean == 0, np.nan, amount / mean)


def shuffled(amount: Any, mean: Any) -> Any:
    """Depends on the rows beside."""
    return amount - amount.mean() + mean


def impure(amount: Any, mean: Any) -> Any:
    """Changes what it is given."""
    amount += 1
    return amount + mean


def of_another_shape(amount: Any, mean: Any) -> Any:
    """One value for all rows."""
    return (amount + mean).sum()


def _view(function: Any = ratio) -> OnDemandView:
    return OnDemandView(
        name="now",
        function=function,
        inputs={"mean": "spend__amount_mean_1h"},
        request={"amount": "float64"},
        outputs={"ratio": "float64"},
    )


def _service(function: Any = ratio) -> FeatureService:
    spend = FeatureView(
        name="spend",
        entity=Entity(name="user", keys={"user": "string"}),
        source=EventSource(name="tx", columns={"user": "string", "amount": "float64"}),
        features=[
            Aggregation(column=None, function="count", window="1h"),
            Aggregation(column="amount", function="mean", window="1h"),
        ],
        include_current=True,
    )
    return FeatureService(name="model", views=[spend], on_demand=[_view(function)])


REGISTRY = compile_services([_service()])
EVENT = LoggedEvent(
    "tx", "t1", to_us(NOW - MINUTE), to_us(NOW - MINUTE), "s", 1, {"user": "x", "amount": 4.0}
)


@pytest.fixture
def lookup() -> Lookup:
    """A lookup over one transaction of a minute ago."""
    store = MemoryStore()
    for tiler in tilers(REGISTRY)["tx"]:
        PageWriter(store, "test").write(tiler.tile_set, tiler.collect([EVENT]).deltas, to_us(NOW))
    reader = FeatureReader(store, REGISTRY, "test")
    return Lookup(FeatureClient(reader, REGISTRY, clock_us=lambda: to_us(NOW)))


def _envelope(**changes: Any) -> dict[str, Any]:
    envelope = {
        "source": "tx",
        "event_id": "t2",
        "event_time": NOW.isoformat(),
        "data": {"user": "x", "amount": 8.0},
    }
    return envelope | changes


def _ask(lookup: Lookup, **changes: Any) -> Any:
    request = {
        "service": "model",
        "entities": [{"user": "x"}],
        "request": {"amount": 12.0},
        "current": [None],
    }
    return msgspec.to_builtins(lookup.answer(request | changes))


def test_a_feature_on_demand_uses_the_request_and_what_is_stored(lookup: Lookup) -> None:
    answer = _ask(lookup)
    assert answer["features"] == ["spend__events_count_1h", "spend__amount_mean_1h", "now__ratio"]
    assert answer["rows"] == [{"values": [1, 4.0, 3.0], "statuses": ["present"] * 3}]


def test_the_event_that_asks_counts_once(lookup: Lookup) -> None:
    new = _ask(lookup, current=[_envelope()])
    assert new["rows"][0]["values"] == [2, 6.0, 2.0]
    stored = _ask(lookup, current=[_envelope(event_id="t1", event_time=(NOW - MINUTE).isoformat())])
    assert stored["rows"][0]["values"] == [1, 4.0, 3.0]


def test_training_has_the_values_of_serving(lookup: Lookup) -> None:
    served = _ask(lookup, current=[_envelope()])["rows"][0]["values"]
    labels = pa.table(
        {
            "event_time": pa.array([NOW], INSTANT),
            "event_id": ["t2"],
            "user": ["x"],
            "amount": [8.0],
        }
    )
    # In training, one column is the event's and the request's.
    served_again = _ask(lookup, current=[_envelope()], request={"amount": 8.0})["rows"][0]["values"]
    found = training_set(labels, REGISTRY, "model", _OneEvent()).to_pylist()[0]
    assert [found[name] for name in ("spend__events_count_1h", "spend__amount_mean_1h")] == served[:2]
    assert found["now__ratio"] == served_again[2]


class _OneEvent:
    def read(self, source: str, columns: Any, interval: Any) -> pa.Table:
        assert interval.after_us < EVENT.event_time_us <= interval.until_us
        row = {
            "event_time": NOW - MINUTE,
            "arrival": NOW - MINUTE,
            "event_id": "t1",
            "shard": "s",
            "sequence": "1",
            **EVENT.data,
        }
        return pa.Table.from_pylist([row], schema=log_schema(REGISTRY.sources[source])).select(list(columns))

    def batches(self, source: str, columns: Any, interval: Any) -> Any:
        return self.read(source, columns, interval).to_batches()

    def count(self, source: str, interval: Any) -> int:
        return int(self.read(source, [], interval).num_rows)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"request": None}, "missing_request_field"),
        ({"request": {"amount": 1.0, "tip": 2.0}}, "unknown_request_field"),
        ({"request": {"amount": "much"}}, "wrong_type"),
        ({"request": {"amount": [1.0, 2.0]}}, "wrong_type"),
        ({"request": {"amount": 1e200}}, "wrong_type"),
        ({"current": None}, "wrong_current"),
        ({"current": []}, "wrong_current"),
        ({"current": [_envelope(source="clicks")]}, "wrong_current"),
        ({"current": [_envelope(data={"user": "x", "amount": "much"})]}, "wrong_current"),
        ({"current": [_envelope(event_time=(NOW + MINUTE).isoformat())]}, "wrong_current"),
        ({"current": [_envelope(event_time=(NOW - 61 * MINUTE).isoformat())]}, "wrong_current"),
    ],
)
def test_a_wrong_request_is_told_apart(lookup: Lookup, changes: dict[str, Any], code: str) -> None:
    assert _ask(lookup, **changes)["error"]["code"] == code


@pytest.mark.parametrize(
    ("function", "told"),
    [
        (shuffled, "depends on the rows beside"),
        (impure, "changes its inputs"),
        (of_another_shape, "returned shape"),
    ],
)
def test_a_function_that_training_and_serving_would_see_differently_is_refused(
    function: Any, told: str
) -> None:
    with pytest.raises(DefinitionError, match=told):
        compile_services([_service(function)])


def test_a_function_of_another_text_than_the_compiled_one_is_not_called() -> None:
    spec = msgspec.structs.replace(REGISTRY.on_demand["now"], version="other")
    with pytest.raises(RegistryError, match="its text is not the one"):
        load(spec)
