"""A training set as training jobs of SageMaker read it: the label first, then features, in channels that time divides.

What a value becomes is said here, and what cannot be written exactly is refused by the name of its column. Where the
files go is no business of this module.
"""

from io import BytesIO
from typing import Any, Literal, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from headwater.errors import InputError
from headwater.offline.ranges import Mask, Positions
from headwater.offline.types import INSTANT

Format = Literal["csv", "parquet"]

TRAIN, VALIDATION = "train", "validation"
_MICROSECONDS = "microseconds since 1970-01-01T00:00:00Z"


class Column(msgspec.Struct, frozen=True):
    """One column of the files.

    Attributes:
        name: Of the feature, or of the column of the label rows.
        type: What the training set has, by Arrow's name.
        written: What stands in the files.
    """

    name: str
    type: str
    written: str


class Split(NamedTuple):
    """Where validation begins.

    Attributes:
        validation_from_us: Rows at this instant or later are for validation, earlier ones for training.
        gap_us: Rows of training this close to it are left out: their labels were not known yet when validation
            begins.
    """

    validation_from_us: int
    gap_us: int = 0


def columns_of(schema: pa.Schema, chosen: list[str], form: Format) -> list[Column]:
    """Say what becomes of each column.

    Args:
        schema: Of the training set.
        chosen: Names of the columns to write, the label first.
        form: Of the files. CSV is what the built-in algorithms take: numbers, and nothing else.

    >>> schema = pa.schema([("late", pa.bool_()), ("delay", pa.float64())])
    >>> [column.written for column in columns_of(schema, ["late", "delay"], "csv")]
    ['0 or 1', 'shortest decimal of the same double; nothing where null']

    Raises:
        InputError: A column is not there, or its type cannot be written exactly.
    """
    found = []
    for name in chosen:
        if name not in schema.names:
            raise InputError(f"column {name!r}: not among {', '.join(schema.names)}; correct its name")
        kind = _plain(schema.field(name).type)
        written = _written(kind, form)
        if written is None:
            raise InputError(f"column {name!r}: found {kind}, which {_CANNOT[form]}")
        found.append(Column(name, str(kind), written))
    return found


def convert(rows: pa.Table, columns: list[Column], form: Format) -> pa.Table:
    """Return the columns as they are written.

    Raises:
        InputError: The label has nulls, a number is not finite, or an instant is between two microseconds.
    """
    label = columns[0].name
    if rows[label].null_count:
        raise InputError(
            f"label {label!r}: {rows[label].null_count} nulls, expected none; leave out the rows whose outcome is not "
            "known yet"
        )
    return pa.table({column.name: _converted(column.name, rows[column.name], form) for column in columns})


def divide(t_us: Positions, split: Split | None) -> dict[str, Mask]:
    """Choose the rows of each channel, by their instants and never at random: what comes later must not teach.

    Raises:
        InputError: A channel would be empty.
    """
    if split is None:
        return {TRAIN: np.ones(len(t_us), dtype=bool)}
    found = {
        TRAIN: t_us < split.validation_from_us - split.gap_us,
        VALIDATION: t_us >= split.validation_from_us,
    }
    for channel, mask in found.items():
        if not mask.any():
            raise InputError(
                f"channel {channel!r}: none of {len(t_us)} label rows is in it; choose another instant for validation to "
                "begin, or a shorter gap"
            )
    return found


def encode(rows: pa.Table, form: Format) -> bytes:
    """The content of one file: Parquet, or CSV without a header."""
    sink = BytesIO()
    if form == "parquet":
        pq.write_table(rows, sink)
    else:
        pa.csv.write_csv(rows, sink, pa.csv.WriteOptions(include_header=False, quoting_style="none"))
    return sink.getvalue()


_CANNOT: dict[Format, str] = {
    "csv": "the built-in algorithms cannot read from CSV; write Parquet, or leave the column out",
    "parquet": "is no type of a feature; cast the column, or leave it out",
}


def _plain(kind: pa.DataType) -> pa.DataType:
    """The type itself, however its values are laid out."""
    if pa.types.is_dictionary(kind):
        return _plain(kind.value_type)
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.string()
    return kind


def _written(kind: pa.DataType, form: Format) -> str | None:
    csv = form == "csv"
    if pa.types.is_boolean(kind):
        return "0 or 1" if csv else "as it is"
    if pa.types.is_integer(kind):
        return "decimal digits; nothing where null" if csv else "as it is"
    if pa.types.is_float32(kind) or pa.types.is_float64(kind):
        return "shortest decimal of the same double; nothing where null" if csv else "as it is"
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        return f"{_MICROSECONDS}; nothing where null" if csv else "an instant in UTC, to the microsecond"
    if not csv and pa.types.is_list(kind):
        return _written(kind.value_type, form) and "a list"
    return "as it is" if pa.types.is_string(kind) and not csv else None


def _converted(name: str, values: pa.ChunkedArray, form: Format) -> pa.ChunkedArray:
    kind = _plain(values.type)
    values = values.cast(kind)
    if pa.types.is_floating(kind):
        bad = pc.sum(pc.invert(pc.is_finite(values))).as_py() or 0
        if bad:
            raise InputError(f"column {name!r}: {bad} values are NaN or infinite; make them null")
        return values.cast(pa.float64()) if form == "csv" else values
    if pa.types.is_timestamp(kind):
        values = _instants(name, values)
        return values.cast(pa.int64()) if form == "csv" else values
    return values.cast(pa.int8()) if form == "csv" and pa.types.is_boolean(kind) else values


def _instants(name: str, values: Any) -> Any:
    try:
        return values.cast(INSTANT)
    except pa.ArrowInvalid as error:
        raise InputError(f"column {name!r}: {error}; round its instants to microseconds") from error
