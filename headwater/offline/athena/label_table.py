"""The label rows of a statement: where they are, and how their columns are read."""

from typing import Literal, NamedTuple

from sqlglot import exp

from headwater.offline.athena.expressions import SQL_TYPES, literal

LABELS = "labels"
"""Name of the label rows inside a statement."""

Instants = Literal["timestamp", "microseconds"]


class Span(NamedTuple):
    """The earliest and the latest instant that is asked for, in microseconds."""

    earliest_us: int
    latest_us: int


class LabelTable(NamedTuple):
    """Label rows in a table.

    Attributes:
        relation: A table with its database, or a SELECT in Athena's dialect that gives the same rows each time:
            it is read once a view and more.
        timestamp_column: Column of the instants.
        instants: What instants are, of label rows and of features: ``timestamp``, with a time zone, or
            ``microseconds`` since the epoch, which files and tables of any kind can hold.
        span: Of the instants; None: not known, and then every day of the event log is read.
    """

    relation: str
    timestamp_column: str = "event_time"
    instants: Instants = "timestamp"
    span: Span | None = None

    def value(self, column: str, kind: str) -> str:
        """A column as one of our types."""
        written = f"{LABELS}.{quoted(column)}"
        if kind == "timestamp" and self.instants == "timestamp":
            return f"EPOCH_US({written})"
        return f"CAST({written} AS {SQL_TYPES[kind]})"

    @property
    def instant(self) -> str:
        """The instant of a row, in microseconds."""
        return self.value(self.timestamp_column, "timestamp")

    def checked(self, instant: str) -> str:
        """An instant that is asked for; a null, or one outside the span, fails the statement and is in the message."""
        fits, expected = f"{instant} IS NOT NULL", "expected none"
        if self.span is not None:
            fits = f"{instant} BETWEEN {self.span.earliest_us} AND {self.span.latest_us}"
            expected = f"expected {self.span.earliest_us} to {self.span.latest_us}"
        before = literal(f"labels, column {self.timestamp_column}: found ")
        found = f"COALESCE(CAST({instant} AS VARCHAR), 'null')"
        message = f"{before} || {found} || {literal(f', {expected}')}"
        return f"CASE WHEN {fits} THEN {instant} ELSE CAST({message} AS BIGINT) END"

    def feature(self, value: str, kind: str) -> str:
        """A feature as it is given back."""
        if self.instants == "timestamp" and kind == "timestamp":
            return f"INSTANT({value})"
        if self.instants == "timestamp" and kind == "list[timestamp]":
            return f"TRANSFORM({value}, each -> INSTANT(each))"
        return value


def quoted(name: str) -> str:
    """A name of any characters."""
    return exp.to_identifier(name, quoted=True).sql()
