"""Wrong definitions are refused when they are made, with what to do about it."""

from collections.abc import Callable
from typing import Any

import pytest

from headwater.definitions import (
    Aggregation,
    Entity,
    EventSource,
    FeatureService,
    FeatureView,
    OnDemandView,
    TableSource,
    aggregations,
    col,
    latest,
)
from headwater.errors import DefinitionError

SHOP = Entity(name="shop", keys={"shop_id": "string"})
SALES = EventSource(name="sales", columns={"shop_id": "string", "amount": "float64", "note": "string"})
TOTAL = Aggregation(column="amount", function="sum", window="1h")


def _view(**changes: Any) -> FeatureView:
    return FeatureView(
        **{"name": "shop_sales", "entity": SHOP, "source": SALES, "features": [TOTAL], **changes}
    )


def double(amount: Any) -> Any:
    """Twice the amount."""
    return amount * 2


def _computed(**changes: Any) -> OnDemandView:
    return OnDemandView(
        **{
            "name": "doubled",
            "function": double,
            "inputs": {"amount": "shop_sales__amount_sum_1h"},
            "outputs": {"total": "float64"},
            **changes,
        }
    )


def _filtered(condition: Any) -> FeatureView:
    return _view(
        features=[Aggregation(column="amount", function="sum", window="1h", where=condition, name="f")]
    )


PLANS = TableSource(name="plans", columns={"shop_id": "string", "plan": "string"})


def _bucketed(column: str | None, buckets: int) -> EventSource:
    columns = {"shop_id": "string", "amount": "float64"}
    return EventSource(name="sales", columns=columns, bucketed_by=column, buckets=buckets)


WRONG: dict[str, tuple[Callable[[], object], str]] = {
    "buckets of no column": (lambda: _bucketed(None, 4), "bucketed_by is None, expected one of its columns"),
    "buckets of a number": (lambda: _bucketed("amount", 4), "bucketed_by is 'amount', expected one of its"),
    "one bucket": (lambda: _bucketed("shop_id", 1), "buckets is 1, expected 2 to 1024"),
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
    "window too long": (
        lambda: Aggregation(column="a", function="sum", window="3650d", delay="11d"),
        "at most 3660d are kept",
    ),
    "view without features": (lambda: _view(features=[]), "add an aggregation"),
    "feature twice": (lambda: _view(features=[TOTAL, TOTAL]), "give one a name of its own"),
    "unknown column": (
        lambda: _view(features=[Aggregation(column="price", function="sum", window="1h")]),
        "has no column 'price', only shop_id, amount, note",
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
    "last_n without n": (
        lambda: Aggregation(column="a", function="last_n", window="1h"),
        "n is None; expected a whole number from 1 to 100",
    ),
    "last_n of too many": (
        lambda: Aggregation(column="a", function="last_n", window="1h", n=101),
        "n is 101; expected a whole number from 1 to 100",
    ),
    "n of a sum": (
        lambda: Aggregation(column="a", function="sum", window="1h", n=3),
        "n is 3; only last_n takes it",
    ),
    "variance of a string": (
        lambda: _view(features=[Aggregation(column="note", function="variance", window="1h")]),
        "variance cannot take string",
    ),
    "distinct count of a float": (
        lambda: _view(features=[Aggregation(column="amount", function="approx_count_distinct", window="1h")]),
        "approx_count_distinct cannot take float64",
    ),
    "filter without a label": (
        lambda: aggregations("amount", ["sum"], over=["1h"], where=col("amount") > 1),
        "`where` and `label` go together",
    ),
    "label without a filter": (
        lambda: aggregations("amount", ["sum"], over=["1h"], label="large"),
        "`where` and `label` go together",
    ),
    "condition as text": (lambda: _filtered("amount > 1"), "build it with col()"),
    "condition evaluated by Python": (lambda: 0 < col("amount") < 5, "combine conditions with &"),
    "condition on an unknown column": (lambda: _filtered(col("price") > 1), "no column 'price'"),
    "condition that is a number": (lambda: _filtered(col("amount") + 1), "expected a condition"),
    "string compared with a number": (lambda: _filtered(col("note") > 1), "does not take string and int64"),
    "string in arithmetic": (lambda: _filtered(col("note") * 2 > 1), "mul does not take string"),
    "number as a condition": (
        lambda: _filtered(col("amount") & (col("amount") > 1)),
        "conditions with conditions",
    ),
    "null as a literal": (lambda: _filtered(col("amount") == None), "is_null"),  # noqa: E711 (the mistake)
    "infinite literal": (lambda: _filtered(col("amount") < float("inf")), "a float of at most"),
    "huge literal": (lambda: _filtered(col("amount") < 2**63), "an int of 64 bits"),
    "nothing to be in": (lambda: _filtered(col("note").is_in([])), "is_in does not take"),
    "derived column of a taken name": (
        lambda: _view(derived={"note": col("amount") * 2}),
        "has a column of this name; rename it",
    ),
    "derived from an unknown column": (
        lambda: _view(derived={"twice": col("price") * 2}),
        "no column 'price'",
    ),
    "derived from nothing": (lambda: _view(derived={"twice": None}), "build one with col()"),
    "current event in no window": (
        lambda: _view(
            include_current=True,
            features=[Aggregation(column="amount", function="sum", window="1h", delay="1h")],
        ),
        "leave include_current out",
    ),
    "sum over a table": (
        lambda: _view(source=PLANS, features=[Aggregation(column="plan", function="count", window="1h")]),
        "is a table, so only `last`",
    ),
    "on demand without anything": (
        lambda: _computed(inputs={}, request={}),
        "declare at least one",
    ),
    "on demand without outputs": (lambda: _computed(outputs={}), "declare at least one"),
    "on demand by a lambda": (lambda: _computed(function=lambda amount: amount), "define it with def"),
    "on demand with another parameter": (
        lambda: _computed(inputs={"sum": "shop_sales__amount_sum_1h"}),
        "the function takes amount, but inputs and request declare sum",
    ),
    "on demand of an unknown type": (lambda: _computed(outputs={"total": "decimal"}), "choose one of them"),
    "on demand of a feature that is not there": (
        lambda: FeatureService(
            name="model", views=[_view()], on_demand=[_computed(inputs={"amount": "shop_sales__nothing"})]
        ),
        "is no feature of the service|no feature of the service",
    ),
    "on demand named as a view": (
        lambda: FeatureService(name="model", views=[_view()], on_demand=[_computed(name="shop_sales")]),
        "stands in it twice",
    ),
    "request field of two types": (
        lambda: FeatureService(
            name="model",
            views=[_view()],
            on_demand=[
                _computed(inputs={}, request={"amount": "float64"}),
                _computed(name="other", inputs={}, request={"amount": "int64"}),
            ],
        ),
        "rename one of them",
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


def test_a_condition_and_a_derived_column_are_features_like_others() -> None:
    view = _view(
        derived={"net": col("amount") * 0.8},
        features=[
            *aggregations("net", ["sum"], over=["1h"], where=col("note").is_in(["a", "b"]), label="noted"),
            *latest(["note"], ttl="1d"),
        ],
    )
    assert [feature.name for feature in view.features] == ["net_noted_sum_1h", "note"]
    assert view.column_types["net"] == "float64"
