"""Avro files of Iceberg, read and written as they are."""

from pyiceberg.schema import Schema
from pyiceberg.typedef import Record
from pyiceberg.types import IntegerType, LongType, MapType, NestedField, StringType, StructType

from headwater.offline.replica import avro
from headwater.offline.replica.avro import Avro

SCHEMA = Schema(
    NestedField(500, "path", StringType(), required=True),
    NestedField(
        2, "file", StructType(NestedField(9_999, "unknown_here", StringType(), required=False)), required=True
    ),
    NestedField(108, "sizes", MapType(117, IntegerType(), 118, LongType()), required=False),
)
FILE = Avro(
    SCHEMA,
    {"avro.codec": "deflate", "content": "data"},
    [Record("a", Record("kept"), {1: 10}), Record("b", Record(None), None)],
)


def test_every_field_comes_back_whether_or_not_it_is_known() -> None:
    found = avro.read(avro.write(FILE, "manifest_file", b"0123456789abcdef"))
    assert [(row[0], row[1][0], row[2] and dict(row[2])) for row in found.records] == [
        ("a", "kept", {1: 10}),
        ("b", None, None),
    ]
    assert found.schema.as_struct() == SCHEMA.as_struct()
    assert found.meta["content"] == "data"


def test_the_same_records_are_the_same_file() -> None:
    first, second = (avro.write(FILE, "manifest_file", b"0123456789abcdef") for _ in range(2))
    assert first == second
