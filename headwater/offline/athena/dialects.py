"""Where Athena (Trino) and DuckDB differ and sqlglot does not know it: the only file that knows either.

A statement is built once, in sqlglot's own dialect, with functions of ours for what the engines say differently.
Each is written out here, for each engine. Everything else sqlglot renders.
"""

from typing import Literal

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError

from headwater.errors import InputError

Dialect = Literal["athena", "duckdb"]

FUNCTIONS: dict[str, dict[Dialect, str]] = {
    # Microseconds since the epoch of an instant. Trino has seconds as doubles only: those of whole seconds are
    # exact, and the rest of one is a few bits, whatever the year.
    "EPOCH_US": {
        "athena": (
            "(CAST(TO_UNIXTIME(DATE_TRUNC('second', {0})) AS BIGINT) * 1000000 + "
            "CAST(ROUND((TO_UNIXTIME({0}) - TO_UNIXTIME(DATE_TRUNC('second', {0}))) * 1000000) AS BIGINT))"
        ),
        "duckdb": "EPOCH_US({0})",
    },
    # The instant of microseconds since the epoch.
    "INSTANT": {
        "athena": "CAST(FROM_UNIXTIME_NANOS({0} * 1000) AS TIMESTAMP(6) WITH TIME ZONE)",
        "duckdb": "MAKE_TIMESTAMPTZ({0})",
    },
    # 32 bits of a text's MD5, from one of its 32 hexadecimal digits on.
    "MD5_WORD": {
        "athena": "FROM_BASE(SUBSTR(TO_HEX(MD5(TO_UTF8({0}))), {1}, 8), 16)",
        "duckdb": "CAST('0x' || SUBSTR(MD5({0}), {1}, 8) AS BIGINT)",
    },
    # The binary digits of a number above zero.
    "BINARY_DIGITS": {"athena": "TO_BASE({0}, 2)", "duckdb": "BIN({0})"},
    # The largest items of a list of lists, at most so many, the largest first.
    "LARGEST_OF": {
        "athena": "SLICE(REVERSE(ARRAY_SORT(FLATTEN({0}))), 1, {1})",
        "duckdb": "LIST_SLICE(LIST_REVERSE_SORT(FLATTEN({0})), 1, {1})",
    },
}


def parse_relation(text: str) -> exp.Query | exp.Table:
    """A table's name, or a query, as Athena takes them.

    Raises:
        InputError: It is neither.
    """
    is_query = text.lstrip(" \n(").upper().startswith(("SELECT", "WITH"))
    try:
        found = sqlglot.parse_one(text, dialect="athena", into=None if is_query else exp.Table)
    except ParseError as error:
        raise InputError(f"labels {text!r}: {error}; give <database>.<table>, or a SELECT") from error
    if not isinstance(found, exp.Query | exp.Table):
        raise InputError(
            f"labels {text!r}: found {found.key}, expected a table or a SELECT; give one of them"
        )
    return found


def render(statement: exp.Expr, dialect: Dialect) -> str:
    """The text of a statement, for an engine."""
    return statement.transform(_written_out, dialect).sql(dialect=dialect, pretty=True)


def _written_out(node: exp.Expr, dialect: Dialect) -> exp.Expr:
    """A function of ours as the engine says it; anything else as it is."""
    if not (isinstance(node, exp.Anonymous) and node.name.upper() in FUNCTIONS):
        return node
    arguments = [render(argument, dialect) for argument in node.expressions]
    return sqlglot.parse_one(FUNCTIONS[node.name.upper()][dialect].format(*arguments), dialect=dialect)
