"""Events and their values as they are made here, to be encoded and counted."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

NOW_US = int(datetime(2026, 11, 18, 10, 20, tzinfo=UTC).timestamp()) * 1_000_000
"""A Wednesday. Which day it is makes no difference; that it is always the same one does."""
SHARD = "us-east-1/shardId-000000000000"
SEQUENCE = 10**55
"""As long as Kinesis' sequence numbers are."""
ENVIRONMENT = "prod"
EVENT_ID = "0198c1f2-6f2a-7c11-9a55-4a2d5e0c7b10"


def typical(columns: Mapping[str, str], text_bytes: int) -> dict[str, Any]:
    """A value for each column, of usual length; instants in microseconds."""
    values = {
        "string": "x" * text_bytes,
        "int64": 1_234,
        "float64": 123.456,
        "bool": True,
        "timestamp": NOW_US,
    }
    return {column: values[kind] for column, kind in columns.items()}
