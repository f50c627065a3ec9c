"""Tests of `headwater.online.client`: every shape of an answer, and outages in part."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from headwater.compiler import compile_services
from headwater.definitions import (
    Aggregation,
    Entity,
    EventSource,
    FeatureService,
    FeatureView,
    OnDemandView,
    latest,
)
from headwater.envelope import LoggedEvent
from headwater.errors import RequestError, UnavailableError
from headwater.online.changes import all_tilers
from headwater.online.client import FeatureClient
from headwater.online.memory import MemoryStore
from headwater.online.reader import FeatureReader
from headwater.online.stores import Loaded
from headwater.online.writer import PageWriter
from headwater.windows import DAY_US, SECOND_US

NOW_US = 1_700_000_000_000_000
OPENED_US = NOW_US - 100 * DAY_US


def doubled(limit: np.ndarray[Any, Any]) -> dict[str, np.ndarray[Any, Any]]:
    """Twice the limit."""
    return {"twice": limit * 2}


_VIEW = FeatureView(
    name="account",
    entity=Entity(name="user", keys={"user": "int64"}),
    source=EventSource(
        name="accounts",
        columns={"user": "int64", "plan": "string", "limit": "float64", "opened": "timestamp"},
    ),
    features=[
        *latest(["plan", "limit", "opened"], ttl="30d"),
        Aggregation(column=None, function="count", window="1h"),
    ],
)
REGISTRY = compile_services(
    [
        FeatureService(
            name="model",
            views=[_VIEW],
            on_demand=[
                OnDemandView(
                    name="derived",
                    function=doubled,
                    inputs={"limit": "account__limit"},
                    outputs={"twice": "float64"},
                )
            ],
        )
    ]
)


class InPart(MemoryStore):
    """A store that cannot read some keys."""

    lost = ""

    def load(self, keys: Sequence[str], deadline_s: float | None = None) -> Loaded:
        """Read what is not lost."""
        found = super().load(keys, deadline_s)
        unread = frozenset(place for place, key in enumerate(keys) if self.lost and self.lost in key)
        if unread and len(unread) == len(keys):
            raise UnavailableError("all shards are gone")
        return Loaded(
            [None if place in unread else value for place, value in enumerate(found.values)], unread
        )


@pytest.fixture
def store() -> InPart:
    """Users 1 and 2, as they were a minute ago."""
    made = InPart()
    at_us = NOW_US - 60 * SECOND_US
    events = [
        LoggedEvent(
            "accounts",
            f"e{user}",
            at_us,
            at_us,
            "s",
            user,
            {"user": user, "plan": "free", "limit": user * 1.5, "opened": OPENED_US},
        )
        for user in (1, 2)
    ]
    for tiler in all_tilers(REGISTRY):
        PageWriter(made, "test").write(tiler.tile_set, tiler.collect(events).deltas, NOW_US)
    return made


def _client(store: MemoryStore) -> FeatureClient:
    return FeatureClient(FeatureReader(store, REGISTRY, "test"), REGISTRY, clock_us=lambda: NOW_US)


FEATURES = [
    "account__plan",
    "account__limit",
    "account__opened",
    "account__events_count_1h",
    "derived__twice",
]
OPENED = datetime.fromtimestamp(OPENED_US / 1e6, UTC)


def test_rows_and_columns(store: InPart) -> None:
    found = _client(store).get("model", [{"user": 2}, {"user": 9}])
    assert found.rows() == [
        dict(zip(FEATURES, ["free", 3.0, OPENED, 1, 6.0], strict=True)),
        dict(zip(FEATURES, [None, None, None, 0, None], strict=True)),
    ]
    assert found.columns()["account__limit"] == [3.0, None]
    assert len(found) == 2
    assert found.freshest_event_us == NOW_US - 60 * SECOND_US


def test_arrays_and_a_table(store: InPart) -> None:
    found = _client(store).get("model", [{"user": 2}, {"user": 9}])
    arrays = found.to_numpy()
    assert arrays["account__limit"].tolist()[0] == 3.0
    assert np.isnan(arrays["account__limit"][1])
    assert arrays["account__opened"].dtype == np.dtype("datetime64[us]")
    table = found.to_arrow()
    assert table.to_pylist() == found.rows()
    assert str(table.schema.field("account__opened").type) == "timestamp[us, tz=UTC]"


def test_an_event_loop_is_not_held_up(store: InPart) -> None:
    async def ask() -> list[Any]:
        client = _client(store)
        return await asyncio.gather(*[client.get_async("model", [{"user": user}]) for user in (1, 2)])

    assert [found.rows()[0]["account__limit"] for found in asyncio.run(ask())] == [1.5, 3.0]


def test_what_a_lost_shard_held_is_marked_and_the_rest_is_answered(store: InPart) -> None:
    store.lost = "/2/ever/"
    found = _client(store).get("model", [{"user": 1}, {"user": 2}], deadline_ms=50)
    assert found.statuses[0] == ["present"] * 5
    assert found.statuses[1] == ["unavailable"] * 3 + ["present", "unavailable"]
    assert found.values()[1] == [None, None, None, 1, None]


def test_when_nothing_can_be_read_it_is_an_error(store: InPart) -> None:
    store.lost = "/"
    with pytest.raises(UnavailableError, match="all shards"):
        _client(store).get("model", [{"user": 1}])


def test_an_unknown_service_is_told_what_there_is(store: InPart) -> None:
    with pytest.raises(RequestError, match="'modle' is not in the registry") as caught:
        _client(store).get("modle", [{"user": 1}])
    assert "model" in caught.value.hint
