"""Position deletes of another bucket's data files: the files that hold them name data files in every row."""

from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from headwater.offline.replica.move import Move

FILE_PATH_ID, POSITION_ID = 2147483546, 2147483545
"""Iceberg's ids of the columns."""


class Rewritten(NamedTuple):
    """A file of position deletes for the target.

    Attributes:
        content: Parquet.
        first: Least path of a data file in it, as Iceberg keeps bounds.
        last: Greatest.
    """

    content: bytes
    first: bytes
    last: bytes


def rewrite(content: bytes, move: Move) -> Rewritten:
    """Let deletes name the data files of the target.

    Args:
        content: Parquet file of position deletes.
        move: The way of the table.

    Raises:
        InputError: They name a file of another bucket.
    """
    table = pq.ParquetFile(pa.BufferReader(content)).read()
    place = table.schema.get_field_index("file_path")
    paths = pc.dictionary_encode(table["file_path"].combine_chunks())
    moved = pa.DictionaryArray.from_arrays(
        paths.indices, pa.array([move.moved(path) for path in paths.dictionary.to_pylist()], pa.string())
    ).cast(pa.string())
    # The field keeps its id, by which Iceberg finds the column.
    table = table.set_column(place, table.schema.field(place).with_type(pa.string()), moved)
    table = table.sort_by([("file_path", "ascending"), ("pos", "ascending")])
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    ends = pc.min_max(moved).as_py()
    return Rewritten(sink.getvalue().to_pybytes(), ends["min"].encode(), ends["max"].encode())
