"""Lookup requests: what is answered, what is refused, and how."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from headwater.compiler import compile_services
from headwater.definitions import Aggregation, Entity, EventSource, FeatureService, FeatureView
from headwater.envelope import LoggedEvent
from headwater.errors import UnavailableError
from headwater.instants import to_us
from headwater.online import watermark
from headwater.online.changes import tilers
from headwater.online.client import FeatureClient
from headwater.online.lookup import Lookup
from headwater.online.memory import MemoryStore
from headwater.online.reader import FeatureReader
from headwater.online.schema import lookup_schema
from headwater.online.stores import Loaded, Stored
from headwater.online.tiers import TieredReads
from headwater.online.writer import PageWriter

ROOT = Path(__file__).parents[4]
NOW = datetime(2024, 5, 1, 12, 0, 30, tzinfo=UTC)
SECOND_US = 1_000_000
REGISTRY = compile_services(
    [
        FeatureService(
            name="model",
            views=[
                FeatureView(
                    name="sales",
                    entity=Entity(name="shelf", keys={"shop": "string", "shelf": "int64"}),
                    source=EventSource(
                        name="sales", columns={"shop": "string", "shelf": "int64", "price": "float64"}
                    ),
                    features=[
                        Aggregation(column=None, function="count", window="1h"),
                        Aggregation(column="price", function="last", window="1m", resolution="1m"),
                        Aggregation(column="price", function="mean", window="1h"),
                    ],
                )
            ],
        )
    ]
)
SCHEMA = lookup_schema()


class Down:
    """A store that cannot be reached."""

    def load(self, keys: Sequence[str], deadline_s: float | None = None) -> Loaded:  # noqa: ARG002 (fails at once)
        """Fail."""
        raise UnavailableError(f"{len(keys)} keys not read")


@pytest.fixture
def store() -> MemoryStore:
    """A store with a sale 10 s and one 20 min ago at (x, 1), and one 20 min ago at (x, 2)."""
    store = MemoryStore()
    events = []
    for number, (shelf, age_s) in enumerate([(1, 10), (1, 1200), (2, 1200)]):
        time_us = to_us(NOW) - age_s * SECOND_US
        data = {"shop": "x", "shelf": shelf, "price": float(age_s)}
        events.append(LoggedEvent("sales", f"e{number}", time_us, time_us, "s", number, data))
    for tiler in tilers(REGISTRY)["sales"]:
        PageWriter(store, "test").write(tiler.tile_set, tiler.collect(events).deltas, to_us(NOW))
    return store


def _client(store: Any) -> FeatureClient:
    return FeatureClient(FeatureReader(store, REGISTRY, "test"), REGISTRY, clock_us=lambda: to_us(NOW))


def _ask(store: Any, request: Any) -> Any:
    answer = msgspec.to_builtins(Lookup(_client(store)).answer(request))
    jsonschema.validate(answer, SCHEMA)
    return answer


def _rows(*rows: Any, **changes: Any) -> dict[str, Any]:
    return {"service": "model", "entities": list(rows), **changes}


def test_every_row_has_its_values_and_why_some_are_not_there(store: MemoryStore) -> None:
    answer = _ask(
        store, _rows({"shop": "x", "shelf": 1}, {"shop": "x", "shelf": 2}, {"shop": "x", "shelf": None})
    )
    assert answer["features"] == ["sales__events_count_1h", "sales__price_last_1m", "sales__price_mean_1h"]
    assert [row["values"] for row in answer["rows"]] == [[2, 10.0, 605.0], [1, None, 1200.0], [0, None, None]]
    assert [row["statuses"] for row in answer["rows"]] == [
        ["present"] * 3,
        ["present", "expired", "present"],
        ["present", "missing", "missing"],
    ]
    assert answer["metadata"]["freshest_event_age_ms"] == 10_000


def test_an_earlier_instant_does_not_see_what_came_later(store: MemoryStore) -> None:
    answer = _ask(store, _rows({"shop": "x", "shelf": 1}, as_of="2024-05-01T12:00:20Z"))
    assert answer["rows"][0]["values"] == [1, None, 1200.0]


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ([], "invalid_request"),
        ({}, "invalid_request"),
        ({"service": "model", "entities": [], "extra": 1}, "invalid_request"),
        (_rows("x"), "invalid_request"),
        (_rows({"shop": "x", "shelf": 1}, as_of="2024-05-01T12:00:00"), "invalid_request"),
        (_rows({"shop": "x", "shelf": 1}, as_of="yesterday"), "invalid_request"),
        ({"service": "other", "entities": [{}]}, "unknown_service"),
        (_rows(), "no_entities"),
        (_rows(*[{"shop": "x", "shelf": 1}] * 1001), "too_many_entities"),
        (_rows({"shop": "x"}), "missing_key"),
        (_rows({"shop": "x", "shelf": 1, "town": 2}), "unknown_key"),
        (_rows({"shop": "x", "shelf": "1"}), "wrong_type"),
        (_rows({"shop": "x", "shelf": True}), "wrong_type"),
        (_rows({"shop": 7, "shelf": 1}), "wrong_type"),
        (_rows({"shop": "x", "shelf": 1}, request={"amount": 1}), "unknown_request_field"),
    ],
)
def test_each_mistake_has_its_own_error(store: MemoryStore, request_: Any, code: str) -> None:
    error = _ask(store, request_)["error"]
    assert error["code"] == code
    assert error["message"]
    assert error["hint"]


def test_an_instant_far_behind_the_stream_is_refused(store: MemoryStore) -> None:
    watermark.advance(store, "test", to_us(NOW), {})
    error = _ask(store, _rows({"shop": "x", "shelf": 1}, as_of="2024-05-01T10:59:59Z"))["error"]
    assert error["code"] == "as_of_too_old"


def test_when_no_store_answers_the_caller_is_told_to_try_again() -> None:
    error = _ask(TieredReads([Down(), Down()]), _rows({"shop": "x", "shelf": 1}))["error"]
    assert error["code"] == "store_unavailable"


def test_when_the_first_store_is_down_the_next_one_answers(store: MemoryStore) -> None:
    answer = _ask(TieredReads([Down(), store]), _rows({"shop": "x", "shelf": 1}))
    assert answer["rows"][0]["values"][0] == 2


def test_damaged_bytes_are_an_error_that_names_the_key(store: MemoryStore) -> None:
    class Damaged(MemoryStore):
        def read(self, keys: Sequence[str]) -> list[Stored | None]:
            return [None if item is None else Stored(1, item.value[:-1] + b"?") for item in store.read(keys)]

    error = _ask(Damaged(), _rows({"shop": "x", "shelf": 1}))["error"]
    assert error["code"] == "corrupt_value"
    assert "test/sales/" in error["message"]


def test_the_committed_schema_is_that_of_the_code() -> None:
    assert json.loads((ROOT / "docs" / "lookup.schema.json").read_text()) == SCHEMA
