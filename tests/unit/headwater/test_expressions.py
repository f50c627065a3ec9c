"""Expressions: SQL's nulls, nothing out of range, and one value on rows and on columns."""

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.expressions import Expression, col, describe, evaluator, typed
from headwater.offline.expressions import evaluate

COLUMNS = {"i": "int64", "j": "int64", "x": "float64", "y": "float64", "s": "string", "b": "bool"}
_SCHEMA = pa.schema(
    {
        "i": pa.int64(),
        "j": pa.int64(),
        "x": pa.float64(),
        "y": pa.float64(),
        "s": pa.string(),
        "b": pa.bool_(),
    }
)


def _on(expression: Expression, **row: Any) -> Any:
    node, _ = typed(expression.node, COLUMNS)
    return evaluator(node)(dict.fromkeys(COLUMNS) | row)


@pytest.mark.parametrize(
    ("expression", "row", "expected"),
    [
        (col("i") + 1, {"i": 2}, 3),
        (col("i") + 1, {}, None),
        (col("i") * col("i"), {"i": 2**40}, None),
        (col("i") / col("j"), {"i": 1, "j": 2}, 0.5),
        (col("i") / col("j"), {"i": 1, "j": 0}, None),
        (col("x") * 1e100, {"x": 1e100}, None),
        (col("i") > 1.5, {"i": 2}, True),
        ((col("i") > 1) & (col("s") == "a"), {"i": 0}, False),
        ((col("i") > 1) & (col("s") == "a"), {"i": 2}, None),
        ((col("i") > 1) | (col("s") == "a"), {"i": 2}, True),
        (~(col("s") == "a"), {}, None),
        (col("s").is_null(), {}, True),
        (col("s").is_in(["a", "b"]), {"s": "b"}, True),
        (col("s").is_in(["a", "b"]), {}, None),
        (col("i").fill_null(0) + 1, {}, 1),
        (col("i").fill_null(0.5), {"i": 2}, 2.0),
    ],
)
def test_one_row(expression: Expression, row: dict[str, Any], expected: Any) -> None:
    found = _on(expression, **row)
    assert (found, type(found)) == (expected, type(expected))


def test_an_expression_reads_as_it_was_written() -> None:
    assert describe((~col("b") & (col("i") + 1 >= 3)).node) == "(~b & ((i + 1) >= 3))"


_LITERALS = st.one_of(
    st.integers(-(2**63), 2**63 - 1), st.sampled_from([0, 1, -1, 2]), st.floats(-1e150, 1e150)
)
_NUMBERS = st.recursive(
    st.sampled_from([col("i"), col("j"), col("x"), col("y")]),
    lambda inner: st.one_of(
        st.builds(lambda a, b: a + b, inner, inner | _LITERALS),
        st.builds(lambda a, b: a - b, inner, inner | _LITERALS),
        st.builds(lambda a, b: a * b, inner, inner | _LITERALS),
        st.builds(lambda a, b: a / b, inner, inner | _LITERALS),
        st.builds(lambda a, b: a.fill_null(b), inner, inner | _LITERALS),
    ),
    max_leaves=4,
)
_COMPARISONS = st.one_of(
    st.builds(lambda a, b: a < b, _NUMBERS, _NUMBERS | _LITERALS),
    st.builds(lambda a, b: a >= b, _NUMBERS, _NUMBERS | _LITERALS),
    st.builds(lambda a, b: a == b, _NUMBERS, _NUMBERS | _LITERALS),
    st.builds(lambda a, b: a != b, _NUMBERS, _NUMBERS | _LITERALS),
    st.builds(lambda a, b: a.is_in(b), st.just(col("i")), st.lists(st.integers(-3, 3), min_size=1)),
    st.sampled_from([col("b"), col("s") == "a", col("s").is_null(), col("s") < "b"]),
)
_CONDITIONS = st.recursive(
    _COMPARISONS,
    lambda inner: st.one_of(
        st.builds(lambda a, b: a & b, inner, inner),
        st.builds(lambda a, b: a | b, inner, inner),
        st.builds(lambda a: ~a, inner),
    ),
    max_leaves=4,
)
_ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "i": st.none() | st.integers(-3, 3) | st.integers(-(2**63), 2**63 - 1),
            "j": st.none() | st.integers(-3, 3),
            "x": st.none() | st.floats(-1e150, 1e150),
            "y": st.none() | st.sampled_from([0.0, -0.0, 1.0, 1e150]),
            "s": st.none() | st.sampled_from(["", "a", "b"]),
            "b": st.none() | st.booleans(),
        }
    ),
    min_size=1,
    max_size=6,
)


@given(_NUMBERS | _CONDITIONS, _ROWS)
def test_columns_have_the_values_of_their_rows(expression: Expression, rows: list[dict[str, Any]]) -> None:
    node, _ = typed(expression.node, COLUMNS)
    compute = evaluator(node)
    found = evaluate(node, pa.Table.from_pylist(rows, schema=_SCHEMA)).to_pylist()
    assert found == [compute(row) for row in rows], describe(expression.node)
