"""Expressions over an event's columns: filters (``where``) and derived columns.

An expression is written with `col` and operators, checked against the columns it is used on, and
kept as a plain nested tuple, which the registry carries as JSON. Here it is evaluated for one
event; the offline engines evaluate the same tuple on whole columns.

Null follows SQL: an operation on null is null, ``&`` and ``|`` know three values, and a filter
keeps an event only where it is true. A result no column could hold (an integer beyond int64, a
division by zero, a float beyond `MAX_FLOAT`) is null.
"""

import operator
from collections.abc import Callable, Mapping
from typing import Any

from headwater.errors import DefinitionError

Node = tuple[Any, ...]
Row = Mapping[str, Any]

MAX_FLOAT = 1e150
MAX_STRING_BYTES = 256
"""Longest string value, in UTF-8: a feature is no document, and tiles must fit their page."""
"""Largest magnitude of a float64 value: sums and squares of such values stay finite in any order."""

MIN_INT, MAX_INT = -(2**63), 2**63 - 1

_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
}
_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
}
_EQUALITY: dict[str, Callable[[Any, Any], bool]] = {"eq": operator.eq, "ne": operator.ne}
_COMPARISONS = _ORDER | _EQUALITY
_SIGNS = {"add": "+", "sub": "-", "mul": "*", "div": "/", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_SIGNS |= {"eq": "==", "ne": "!=", "and": "&", "or": "|"}
_NUMBERS = ("int64", "float64")
_LITERALS = {bool: "bool", int: "int64", float: "float64", str: "string"}


class Expression:
    """An expression under construction; `col` makes the first one.

    >>> (col("amount") * 2 > 100).node
    ('gt', ('mul', ('col', 'amount'), ('lit', 2)), ('lit', 100))
    """

    __hash__ = None  # type: ignore[assignment]  # == builds an expression, so there is nothing to hash by

    def __init__(self, node: Node) -> None:
        self.node = node

    def __bool__(self) -> bool:
        """Refuse ``and``, ``or``, ``not`` and chained comparisons, which Python would evaluate right here.

        Raises:
            DefinitionError: Always.
        """
        raise DefinitionError(
            f"expression {describe(self.node)}: has no truth value here; combine conditions with &, | and ~, "
            "each in brackets"
        )

    def __add__(self, other: object) -> "Expression":
        return self._with("add", other)

    def __sub__(self, other: object) -> "Expression":
        return self._with("sub", other)

    def __mul__(self, other: object) -> "Expression":
        return self._with("mul", other)

    def __truediv__(self, other: object) -> "Expression":
        return self._with("div", other)

    def __lt__(self, other: object) -> "Expression":
        return self._with("lt", other)

    def __le__(self, other: object) -> "Expression":
        return self._with("le", other)

    def __gt__(self, other: object) -> "Expression":
        return self._with("gt", other)

    def __ge__(self, other: object) -> "Expression":
        return self._with("ge", other)

    def __eq__(self, other: object) -> "Expression":  # type: ignore[override]  # builds, as in SQL toolkits
        return self._with("eq", other)

    def __ne__(self, other: object) -> "Expression":  # type: ignore[override]  # the same
        return self._with("ne", other)

    def __and__(self, other: object) -> "Expression":
        return self._with("and", other)

    def __or__(self, other: object) -> "Expression":
        return self._with("or", other)

    def __invert__(self) -> "Expression":
        return Expression(("not", self.node))

    def is_null(self) -> "Expression":
        """True where there is no value."""
        return Expression(("is_null", self.node))

    def is_in(self, values: list[Any] | tuple[Any, ...]) -> "Expression":
        """True where the value is one of ``values``."""
        return Expression(("is_in", self.node, *[_node(value) for value in values]))

    def fill_null(self, value: object) -> "Expression":
        """The value, or ``value`` where there is none."""
        return Expression(("fill_null", self.node, _node(value)))

    def _with(self, operation: str, other: object) -> "Expression":
        return Expression((operation, self.node, _node(other)))


def col(name: str) -> Expression:
    """The column ``name`` of the event."""
    return Expression(("col", name))


def _node(value: object) -> Node:
    if isinstance(value, Expression):
        return value.node
    fits = isinstance(value, bool | str) or (
        (isinstance(value, int) and MIN_INT <= value <= MAX_INT)
        or (isinstance(value, float) and abs(value) <= MAX_FLOAT)
    )
    if not fits:
        raise DefinitionError(
            f"expression: found {value!r}, expected a column, a string, a bool, an int of 64 bits or a float of at "
            f"most {MAX_FLOAT:g}; compare with null by .is_null()"
        )
    return ("lit", value)


def describe(node: Node) -> str:
    """Write an expression as it is read.

    >>> describe((~col("ok") | (col("n") >= 3)).node)
    '(~ok | (n >= 3))'
    """
    operation, *parts = node
    if operation == "col":
        return str(parts[0])
    if operation == "lit":
        return repr(parts[0])
    if operation == "not":
        return f"~{describe(parts[0])}"
    if operation in _SIGNS:
        return f"({describe(parts[0])} {_SIGNS[operation]} {describe(parts[1])})"
    return f"{describe(parts[0])}.{operation}({', '.join(map(describe, parts[1:]))})"


def columns_of(node: Node) -> set[str]:
    """Names of the columns an expression reads."""
    operation, *parts = node
    if operation == "col":
        return {parts[0]}
    return set() if operation == "lit" else set().union(*map(columns_of, parts))


def substitute(node: Node, replacements: Mapping[str, Node]) -> Node:
    """Put expressions in the place of columns."""
    operation, *parts = node
    if operation == "col":
        return replacements.get(parts[0], node)
    return node if operation == "lit" else (operation, *[substitute(part, replacements) for part in parts])


def typed(node: Node, columns: Mapping[str, str]) -> tuple[Node, str]:
    """Check an expression against column types and write its conversions out.

    Args:
        node: The expression.
        columns: Column name to type.

    Returns:
        The expression with integers made floats where they meet floats (operation ``float``), and its type.

    Raises:
        DefinitionError: A column is unknown, or an operation does not take what it is given.
    """
    operation, *parts = node
    if operation == "col":
        if parts[0] not in columns:
            raise DefinitionError(
                f"expression: no column {parts[0]!r} among {', '.join(columns)}; correct the name"
            )
        return node, columns[parts[0]]
    if operation == "lit":
        return node, _LITERALS[type(parts[0])]
    checked = [typed(part, columns) for part in parts]
    kinds = [kind for _, kind in checked]
    result = _type_of(operation, kinds)
    if result is None:
        raise DefinitionError(
            f"expression {describe(node)}: {operation} does not take {' and '.join(dict.fromkeys(kinds))}; "
            "numbers go with numbers, conditions with conditions, and other values with their own type"
        )
    widened = "float64" in kinds or operation == "div"
    children = [("float", child) if kind == "int64" and widened else child for child, kind in checked]
    return (operation, *children), result


def _type_of(operation: str, kinds: list[str]) -> str | None:
    """Type of an operation's result; None if it does not take these types."""
    numbers = all(kind in _NUMBERS for kind in kinds)
    alike = numbers or len(set(kinds)) == 1
    number = "float64" if operation == "div" or "float64" in kinds else "int64"
    if operation in _ARITHMETIC:
        return number if numbers else None
    if operation == "fill_null":
        return (number if numbers else kinds[0]) if alike else None
    if operation in ("and", "or", "not"):
        fits = set(kinds) == {"bool"}
    elif operation in _ORDER:
        fits = alike and kinds[0] != "bool"
    else:
        fits = alike and (operation != "is_in" or len(kinds) > 1)
    return "bool" if fits else None


def evaluator(node: Node) -> Callable[[Row], Any]:
    """Return a function that evaluates an expression, as `typed` left it, for one event.

    >>> evaluator((col("a") / col("b")).node)({"a": 1.0, "b": 0.0}) is None
    True
    """
    operation, *parts = node
    if operation == "col":
        return operator.itemgetter(parts[0])
    if operation == "lit":
        literal = parts[0]
        return lambda _row: literal
    arguments = [evaluator(part) for part in parts]
    if operation in _ARITHMETIC:
        return _arithmetic(_ARITHMETIC[operation], *arguments)
    if operation in _COMPARISONS:
        return _comparison(_COMPARISONS[operation], *arguments)
    return _OTHERS[operation](*arguments)


_Evaluate = Callable[[Row], Any]


def _arithmetic(apply: Callable[[Any, Any], Any], left: _Evaluate, right: _Evaluate) -> _Evaluate:
    def evaluate(row: Row) -> Any:
        a, b = left(row), right(row)
        if a is None or b is None or (apply is operator.truediv and b == 0):
            return None
        return in_range(apply(a, b))

    return evaluate


def in_range(value: float | None) -> Any:
    """The number, or None where no column could hold it."""
    if isinstance(value, float):
        return value if abs(value) <= MAX_FLOAT else None
    return value if value is not None and MIN_INT <= value <= MAX_INT else None


def _comparison(apply: Callable[[Any, Any], bool], left: _Evaluate, right: _Evaluate) -> _Evaluate:
    def evaluate(row: Row) -> Any:
        a, b = left(row), right(row)
        return None if a is None or b is None else apply(a, b)

    return evaluate


def _and(left: _Evaluate, right: _Evaluate) -> _Evaluate:
    def evaluate(row: Row) -> Any:
        a, b = left(row), right(row)
        return False if a is False or b is False else None if a is None or b is None else True

    return evaluate


def _or(left: _Evaluate, right: _Evaluate) -> _Evaluate:
    def evaluate(row: Row) -> Any:
        a, b = left(row), right(row)
        return True if a is True or b is True else None if a is None or b is None else False

    return evaluate


def _not(inner: _Evaluate) -> _Evaluate:
    def evaluate(row: Row) -> Any:
        value = inner(row)
        return None if value is None else not value

    return evaluate


def _float(inner: _Evaluate) -> _Evaluate:
    def evaluate(row: Row) -> Any:
        value = inner(row)
        return None if value is None else float(value)

    return evaluate


def _is_null(inner: _Evaluate) -> _Evaluate:
    return lambda row: inner(row) is None


def _is_in(inner: _Evaluate, *values: _Evaluate) -> _Evaluate:
    def evaluate(row: Row) -> Any:
        value = inner(row)
        return None if value is None else any(value == other(row) for other in values)

    return evaluate


def _fill_null(inner: _Evaluate, other: _Evaluate) -> _Evaluate:
    def evaluate(row: Row) -> Any:
        value = inner(row)
        return other(row) if value is None else value

    return evaluate


_OTHERS: dict[str, Callable[..., _Evaluate]] = {
    "and": _and,
    "or": _or,
    "not": _not,
    "float": _float,
    "is_null": _is_null,
    "is_in": _is_in,
    "fill_null": _fill_null,
}
