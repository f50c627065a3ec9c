"""Expressions as Spark columns: the same tuples, the same values as `headwater.expressions`."""

from collections.abc import Callable, Mapping

from pyspark.sql import Column
from pyspark.sql import functions as sf

from headwater.expressions import MAX_FLOAT, Node


def evaluate(node: Node, columns: Mapping[str, Column], types: Mapping[str, str]) -> Column:
    """The column of an expression, as `headwater.expressions.typed` left it.

    Args:
        node: The expression.
        columns: Source columns by name; instants as microseconds.
        types: Their types.
    """
    return _Evaluator(columns, types).column(node)


class _Evaluator:
    def __init__(self, columns: Mapping[str, Column], types: Mapping[str, str]) -> None:
        self._columns = columns
        self._types = types

    def column(self, node: Node) -> Column:
        operation, *parts = node
        if operation == "col":
            return self._columns[parts[0]]
        if operation == "lit":
            return sf.lit(parts[0])
        arguments = [self.column(part) for part in parts]
        if operation in _ARITHMETIC:
            return self._arithmetic(node, arguments)
        return _OTHERS[operation](*arguments)

    def _arithmetic(self, node: Node, arguments: list[Column]) -> Column:
        found = _ARITHMETIC[node[0]](*arguments)
        return sf.when(sf.abs(found) <= MAX_FLOAT, found) if self._is_real(node) else found

    def _is_real(self, node: Node) -> bool:
        operation, *parts = node
        if operation == "col":
            return self._types[parts[0]] == "float64"
        if operation == "lit":
            return isinstance(parts[0], float)
        # Where one side is a float, the other was made one.
        return operation in ("float", "div") or self._is_real(parts[0])


def _is_in(value: Column, *options: Column) -> Column:
    return value.isin(*options)


_ARITHMETIC: dict[str, Callable[[Column, Column], Column]] = {
    # Null where a 64-bit integer would overflow, whatever the session's ANSI mode.
    "add": sf.try_add,
    "sub": sf.try_subtract,
    "mul": sf.try_multiply,
    "div": sf.try_divide,
}
_OTHERS: dict[str, Callable[..., Column]] = {
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
    "and": lambda a, b: a & b,
    "or": lambda a, b: a | b,
    "not": lambda a: ~a,
    "is_null": lambda a: a.isNull(),
    "fill_null": sf.coalesce,
    "float": lambda a: a.cast("double"),
    "is_in": _is_in,
}
