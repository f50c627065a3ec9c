"""Wrong definitions are refused when they are made, with what to do about it."""

from collections.abc import Callable
from typing import Any

import pytest

from headwater.definitions import Aggregation, Entity, EventSource, FeatureService, FeatureView
from headwater.errors import DefinitionError

SHOP = Entity(name="shop", keys={"shop_id": "string"})
SALES = EventSource(name="sales", columns={"shop_id": "string", "amount": "float64", "note": "string"})
TOTAL = Aggregation(column="amount", function="sum", window="1h")


def _view(**changes: Any) -> FeatureView:
    return FeatureView(
        **{"name": "shop_sales", "entity": SHOP, "source": SALES, "features": [TOTAL], **changes}
    )


WRONG: dict[str, tuple[Callable[[], object], str]] = {
    "name with capitals": (lambda: Entity(name="Shop", keys={"a": "string"}), "rename it"),
    "name too long": (lambda: Entity(name="a" * 65, keys={"a": "string"}), "1 to 64 characters"),
    "entity without keys": (lambda: Entity(name="shop", keys={}), "declare at least one"),
    "key of a float": (lambda: Entity(name="shop", keys={"a": "float64"}), "not one of string, int64"),
    "unknown column type": (lambda: EventSource(name="s", columns={"a": "text"}), "choose one of them"),
    "reserved column": (lambda: EventSource(name="s", columns={"event_id": "string"}), "remove or rename"),
    "unknown aggregate": (lambda: Aggregation(column="a", function="median", window="1h"), "choose one of"),
    "unreadable window": (
        lambda: Aggregation(column="a", function="sum", window="an hour"),
        "write for example",
    ),
    "window off the resolution": (
        lambda: Aggregation(column="a", function="sum", window="7m"),
        "not a multiple of the resolution 5m",
    ),
    "delay off the resolution": (
        lambda: Aggregation(column="a", function="sum", window="1d", delay="90m"),
        "delay 90m is not a multiple",
    ),
    "view without features": (lambda: _view(features=[]), "add an aggregation"),
    "feature twice": (lambda: _view(features=[TOTAL, TOTAL]), "give one a name of its own"),
    "unknown column": (
        lambda: _view(features=[Aggregation(column="price", function="sum", window="1h")]),
        "has no column 'price'; it has shop_id, amount, note",
    ),
    "sum of a string": (
        lambda: _view(features=[Aggregation(column="note", function="sum", window="1h")]),
        "sum cannot take string",
    ),
    "mean of events": (
        lambda: _view(features=[Aggregation(column=None, function="mean", window="1h")]),
        "mean cannot take events without a column",
    ),
    "key that is no column": (
        lambda: _view(entity=Entity(name="town", keys={"town_id": "string"})),
        "is absent; map the key to a column",
    ),
    "key of another type": (
        lambda: _view(entity=Entity(name="shop", keys={"shop_id": "int64"})),
        "is int64 but column 'shop_id' of source 'sales' is string",
    ),
    "mapping of an unknown key": (lambda: _view(keys={"town": "shop_id"}), "is not a key of entity 'shop'"),
    "resolutions that do not divide": (
        lambda: _view(
            features=[
                Aggregation(column="amount", function="sum", window="1h", resolution="2m"),
                Aggregation(column="amount", function="max", window="1h", resolution="3m"),
            ]
        ),
        "each must divide the next",
    ),
    "service without views": (lambda: FeatureService(name="model", views=[]), "add one"),
    "view twice in a service": (
        lambda: FeatureService(name="model", views=[_view(), _view()]),
        "stands in it twice",
    ),
    "key of two types in a service": (
        lambda: FeatureService(
            name="model",
            views=[
                _view(),
                FeatureView(
                    name="other",
                    entity=Entity(name="other", keys={"shop_id": "int64"}),
                    source=EventSource(name="s", columns={"shop_id": "int64"}),
                    features=[Aggregation(column=None, function="count", window="1h")],
                ),
            ],
        ),
        "rename one of the keys",
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_definition_says_how_to_mend_it(wrong: str) -> None:
    make, advice = WRONG[wrong]
    with pytest.raises(DefinitionError, match=advice):
        make()


def test_definitions_cannot_be_changed_afterwards() -> None:
    with pytest.raises(TypeError):
        SALES.columns["amount"] = "int64"  # type: ignore[index]
