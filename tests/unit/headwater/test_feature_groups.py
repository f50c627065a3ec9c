"""Records as SageMaker's feature groups take them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.compiler import compile_services
from headwater.definitions import Aggregation, Entity, EventSource, FeatureService, FeatureView
from headwater.errors import InputError
from headwater.feature_groups import definitions_of, event_time, record_of
from headwater.registry import ViewSpec

COLUMNS = {"shop": "string", "floor": "int64", "amount": "float64", "due": "timestamp", "open": "bool"}


def _view() -> ViewSpec:
    features = [
        Aggregation(column=None, function="count", window="1h", name="sales"),
        Aggregation(column="amount", function="sum", window="1h", name="amount"),
        Aggregation(column="due", function="last", window="1h", name="due"),
        Aggregation(column="open", function="last", window="1h", name="open"),
        Aggregation(column="amount", function="last_n", n=2, window="1h", name="latest"),
    ]
    view = FeatureView(
        name="sales",
        entity=Entity(name="place", keys={"shop": "string", "floor": "int64"}),
        source=EventSource(name="sales", columns=COLUMNS),
        features=features,
    )
    return compile_services([FeatureService(name="model", views=[view])]).views["sales"]


VIEW = _view()


def _record(*values: object) -> dict[str, str]:
    return {each["FeatureName"]: each["ValueAsString"] for each in record_of(VIEW, 1_500_000, values)}


def test_a_record_has_the_entity_the_instant_keys_and_features_as_text() -> None:
    assert _record("a|b", 3, 2, 0.1, 1_000_001, True, [0.5, 1.0]) == {
        "entity": "a%7Cb|3",
        "event_time": "1970-01-01T00:00:01.500Z",
        "shop": "a|b",
        "floor": "3",
        "sales": "2",
        "amount": "0.1",
        "due": "1970-01-01T00:00:01.000001Z",
        "open": "1",
        "latest": "[0.5,1.0]",
    }


def test_what_is_null_is_left_out() -> None:
    assert set(_record("a", 3, 0, None, None, None, None)) == {
        "entity",
        "event_time",
        "shop",
        "floor",
        "sales",
    }


def test_a_record_has_only_what_the_group_declares_and_as_it_declares_it() -> None:
    kinds = dict(definitions_of(VIEW))
    found = _record("a", 3, 2, 0.1, 1_000_001, False, [0.5])
    assert set(found) == set(kinds)
    assert [int(found[name]) for name, kind in kinds.items() if kind == "Integral"] == [3, 2, 0]
    assert [float(found[name]) for name, kind in kinds.items() if kind == "Fractional"] == [0.1]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_double_reads_back_as_the_same_double(value: float) -> None:
    assert float(_record("a", 3, 2, value, None, None, None)["amount"]) == value


def test_a_text_with_a_line_break_is_refused_by_name() -> None:
    with pytest.raises(InputError, match=r"view 'sales', entity .*, 'entity': a line break"):
        _record("a\nb", 3, 0, None, None, None, None)


def test_an_instant_between_two_milliseconds_is_refused() -> None:
    with pytest.raises(InputError, match="expected a whole one"):
        event_time(1)
