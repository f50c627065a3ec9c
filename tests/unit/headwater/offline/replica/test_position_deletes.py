"""Position deletes for another bucket."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from headwater.errors import InputError
from headwater.offline.replica.move import Move
from headwater.offline.replica.position_deletes import FILE_PATH_ID, POSITION_ID, rewrite

MOVE = Move("east", "west", "warehouse/d.db/t/")


def _deletes(rows: list[tuple[str, int]]) -> bytes:
    schema = pa.schema(
        [
            pa.field(
                "file_path", pa.string(), nullable=False, metadata={"PARQUET:field_id": str(FILE_PATH_ID)}
            ),
            pa.field("pos", pa.int64(), nullable=False, metadata={"PARQUET:field_id": str(POSITION_ID)}),
        ]
    )
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(list(zip(*rows, strict=True)), schema=schema), sink)
    return bytes(sink.getvalue())


def _read(content: bytes) -> pa.Table:
    return pq.ParquetFile(pa.BufferReader(content)).read()


def test_each_row_names_the_copy_of_its_data_file() -> None:
    made = rewrite(_deletes([("s3://east/b", 3), ("s3://east/a", 2), ("s3://east/a", 1)]), MOVE)
    assert _read(made.content).to_pylist() == [
        {"file_path": "s3://west/a", "pos": 1},
        {"file_path": "s3://west/a", "pos": 2},
        {"file_path": "s3://west/b", "pos": 3},
    ]
    assert (made.first, made.last) == (b"s3://west/a", b"s3://west/b")


def test_columns_keep_the_ids_that_iceberg_finds_them_by() -> None:
    made = rewrite(_deletes([("s3://east/a", 1)]), MOVE)
    ids = [field.metadata[b"PARQUET:field_id"] for field in _read(made.content).schema]
    assert ids == [str(FILE_PATH_ID).encode(), str(POSITION_ID).encode()]


def test_the_same_deletes_are_the_same_file() -> None:
    content = _deletes([("s3://east/a", 1)])
    assert rewrite(content, MOVE) == rewrite(content, MOVE)


def test_deletes_of_a_file_elsewhere_are_refused() -> None:
    with pytest.raises(
        InputError, match="found the file 's3://other/a', expected all files below s3://east/"
    ):
        rewrite(_deletes([("s3://other/a", 1)]), MOVE)
