"""What becomes of values in the files that training jobs read."""

import csv
import io
import math
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.errors import InputError
from headwater.offline import channels
from headwater.offline.channels import Format, Split
from headwater.offline.types import INSTANT

NOON = datetime(2024, 5, 1, 12, 0, 0, 1, tzinfo=UTC)


def _file(rows: pa.Table, form: Format) -> bytes:
    columns = channels.columns_of(rows.schema, rows.column_names, form)
    return channels.encode(channels.convert(rows, columns, form), form)


def _lines(rows: pa.Table) -> list[list[str]]:
    return list(csv.reader(io.StringIO(_file(rows, "csv").decode())))


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False) | st.none(), min_size=1))
def test_a_double_reads_back_from_csv_as_the_same_double(values: list[float | None]) -> None:
    rows = pa.table({"late": [1] * len(values), "delay": pa.array(values, pa.float64())})
    found = [float(text) if text else None for _, text in _lines(rows)]
    assert found == values
    assert [math.copysign(1, each) for each in found if each is not None] == [
        math.copysign(1, each) for each in values if each is not None
    ]


@given(st.lists(st.integers(-(2**63), 2**63 - 1) | st.none(), min_size=1))
def test_a_whole_number_reads_back_from_csv(values: list[int | None]) -> None:
    rows = pa.table({"late": [1] * len(values), "count": pa.array(values, pa.int64())})
    assert [int(text) if text else None for _, text in _lines(rows)] == values


def test_csv_has_no_header_and_writes_booleans_and_instants_as_numbers() -> None:
    rows = pa.table({"late": [True, False], "seen": pa.array([NOON, None], INSTANT)})
    assert _lines(rows) == [["1", "1714564800000001"], ["0", ""]]


def test_the_label_comes_first_whatever_the_order_of_the_training_set() -> None:
    rows = pa.table({"delay": [0.5], "late": [1]})
    columns = channels.columns_of(rows.schema, ["late", "delay"], "csv")
    assert channels.convert(rows, columns, "csv").column_names == ["late", "delay"]


def test_parquet_keeps_texts_lists_and_instants_however_they_are_laid_out() -> None:
    rows = pa.table(
        {
            "late": pa.array([1.5], pa.float32()),
            "plan": pa.array(["free"]).dictionary_encode(),
            "latest": pa.array([[1, 2]], pa.list_(pa.int64())),
            "seen": pa.array([NOON], pa.timestamp("ns", tz="Europe/Oslo")),
        }
    )
    found = pq.read_table(io.BytesIO(_file(rows, "parquet")))
    assert found.to_pylist() == [{"late": 1.5, "plan": "free", "latest": [1, 2], "seen": NOON}]
    assert found.schema.field("seen").type == INSTANT


@pytest.mark.parametrize(
    ("values", "form", "told"),
    [
        (pa.array(["free"]), "csv", "column 'feature': found string, which the built-in algorithms cannot"),
        (pa.array([[1]]), "csv", "column 'feature': found list<item: int64>, which the built-in"),
        (pa.array([datetime(2024, 5, 1)], pa.timestamp("us")), "parquet", "is no type of a feature"),  # noqa: DTZ001
        (pa.array([{"a": 1}]), "parquet", "is no type of a feature"),
        (pa.array([math.nan]), "parquet", "column 'feature': 1 values are NaN or infinite"),
        (pa.array([-math.inf]), "csv", "column 'feature': 1 values are NaN or infinite"),
        (pa.array([1], pa.timestamp("ns", tz="UTC")), "csv", "column 'feature': .* round its instants"),
    ],
)
def test_what_cannot_be_written_exactly_is_refused_by_name(values: Any, form: Format, told: str) -> None:
    with pytest.raises(InputError, match=told):
        _file(pa.table({"late": [1], "feature": values}), form)


def test_a_label_that_is_not_known_is_refused() -> None:
    with pytest.raises(InputError, match="label 'late': 1 nulls"):
        _file(pa.table({"late": pa.array([1, None]), "delay": [0.5, 0.5]}), "csv")


def test_a_column_that_is_not_there_is_refused() -> None:
    with pytest.raises(InputError, match="column 'none': not among late"):
        channels.columns_of(pa.schema([("late", pa.int64())]), ["none"], "csv")


def test_training_ends_a_gap_before_validation_begins() -> None:
    found = channels.divide(np.array([7, 3, 4, 6, 5]), Split(validation_from_us=6, gap_us=2))
    assert {channel: np.flatnonzero(mask).tolist() for channel, mask in found.items()} == {
        "train": [1],
        "validation": [0, 3],
    }


def test_without_a_split_everything_is_for_training() -> None:
    assert {name: mask.tolist() for name, mask in channels.divide(np.array([1, 2]), None).items()} == {
        "train": [True, True]
    }


@pytest.mark.parametrize(("begins", "empty"), [(0, "train"), (9, "validation")])
def test_a_channel_without_rows_is_refused(begins: int, empty: str) -> None:
    with pytest.raises(InputError, match=f"channel '{empty}': none of 2 label rows"):
        channels.divide(np.array([1, 2]), Split(begins))
