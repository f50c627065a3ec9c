"""Expressions on whole columns: the same tuples, the same values as `headwater.expressions`."""

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from headwater.expressions import MAX_FLOAT, Node, evaluator
from headwater.offline.types import plain_values

_ARITHMETIC = ("add", "sub", "mul", "div")


def evaluate(node: Node, table: pa.Table) -> Any:
    """Evaluate an expression, as `headwater.expressions.typed` left it, on a table's columns.

    Returns:
        An Arrow array or chunked array of ``table.num_rows`` values, or a scalar for a literal.
    """
    operation, *parts = node
    if operation == "col":
        return table[parts[0]]
    if operation == "lit":
        return pa.scalar(parts[0])
    arguments = [evaluate(part, table) for part in parts]
    return (
        _arithmetic(node, arguments, table) if operation in _ARITHMETIC else _FUNCTIONS[operation](*arguments)
    )


def _arithmetic(node: Node, arguments: list[Any], table: pa.Table) -> Any:
    try:
        found = _FUNCTIONS[node[0]](*arguments)
    except pa.ArrowInvalid:
        # An integer overflowed in some row. Rows are told apart one by one, as the stream does.
        return _row_by_row(node, table)
    return _within_range(found) if pa.types.is_floating(found.type) else found


def _within_range(found: Any) -> Any:
    fits = pc.less_equal(pc.abs(found), MAX_FLOAT)
    return pc.if_else(fits, found, pa.scalar(None, found.type))


def _float(value: Any) -> Any:
    return pc.cast(value, pa.float64(), safe=False)


def _is_in(value: Any, *options: Any) -> Any:
    chosen = pc.is_in(value, pa.array([option.as_py() for option in options], value.type))
    return pc.if_else(pc.is_valid(value), chosen, pa.scalar(None, pa.bool_()))


def _row_by_row(node: Node, table: pa.Table) -> pa.Array:
    columns = {name: plain_values(table[name]) for name in table.column_names}
    compute = evaluator(node)
    rows = ({name: values[row] for name, values in columns.items()} for row in range(table.num_rows))
    return pa.array([compute(row) for row in rows], pa.int64())


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "add": pc.add_checked,
    "sub": pc.subtract_checked,
    "mul": pc.multiply_checked,
    "div": pc.divide,
    "eq": pc.equal,
    "ne": pc.not_equal,
    "lt": pc.less,
    "le": pc.less_equal,
    "gt": pc.greater,
    "ge": pc.greater_equal,
    "and": pc.and_kleene,
    "or": pc.or_kleene,
    "not": pc.invert,
    "is_null": pc.is_null,
    "fill_null": pc.fill_null,
    "float": _float,
    "is_in": _is_in,
}
