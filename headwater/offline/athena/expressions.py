"""Expressions as SQL: the same tuples, the same values as `headwater.expressions`.

Text in sqlglot's own dialect, each piece in brackets of its own.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sqlglot import exp

from headwater.expressions import MAX_FLOAT, Node

SQL_TYPES = {
    "string": "VARCHAR",
    "int64": "BIGINT",
    "float64": "DOUBLE",
    "bool": "BOOLEAN",
    "timestamp": "BIGINT",
}
"""Our types inside a statement, where instants are microseconds."""


def evaluate(node: Node, columns: Mapping[str, str], types: Mapping[str, str]) -> str:
    """The value of an expression, as `headwater.expressions.typed` left it.

    Args:
        node: The expression.
        columns: How source columns are written, by name; instants as microseconds.
        types: Their types.
    """
    operation, *parts = node
    if operation == "col":
        return columns[parts[0]]
    if operation == "lit":
        return literal(parts[0])
    arguments = [evaluate(part, columns, types) for part in parts]
    if operation in _ARITHMETIC:
        found = f"({f' {_ARITHMETIC[operation]} '.join(arguments)})"
        if _is_real(node, types):
            # Neither an infinity nor what is no number is at most the largest.
            return f"CASE WHEN ABS({found}) <= {literal(MAX_FLOAT)} THEN {found} END"
        return f"TRY{found}"
    if operation in _OPERATORS:
        return f"({f' {_OPERATORS[operation]} '.join(arguments)})"
    return _OTHERS[operation](*arguments)


def literal(value: Any) -> str:
    """A literal whose type does not depend on how large it is."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    text = exp.Literal.string(str(value)).sql()
    if isinstance(value, str):
        return text
    return f"CAST({text} AS {'BIGINT' if isinstance(value, int) else 'DOUBLE'})"


def _is_real(node: Node, types: Mapping[str, str]) -> bool:
    operation, *parts = node
    if operation == "col":
        return types[parts[0]] == "float64"
    if operation == "lit":
        return isinstance(parts[0], float)
    # Where one side is a float, the other was made one.
    return operation in ("float", "div") or _is_real(parts[0], types)


def _is_in(value: str, *options: str) -> str:
    return f"({value} IN ({', '.join(options)}))"


_ARITHMETIC = {"add": "+", "sub": "-", "mul": "*", "div": "/"}
_OPERATORS = {"eq": "=", "ne": "<>", "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "and": "AND", "or": "OR"}
_OTHERS: dict[str, Callable[..., str]] = {
    "not": lambda value: f"(NOT {value})",
    "is_null": lambda value: f"({value} IS NULL)",
    "fill_null": lambda value, other: f"COALESCE({value}, {other})",
    "float": lambda value: f"CAST({value} AS DOUBLE)",
    "is_in": _is_in,
}
