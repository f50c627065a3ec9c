"""Records as Lambda delivers them."""

import base64
from typing import Any

import pytest

from headwater.errors import InputError
from headwater.stream.records import StreamRecord, records_of

_SEQUENCE = "49590338271490256608559692538361571095921575989136588898"


def test_kinesis() -> None:
    event = {
        "Records": [
            {
                "eventSource": "aws:kinesis",
                "eventID": f"shardId-000000000006:{_SEQUENCE}",
                "kinesis": {
                    "sequenceNumber": _SEQUENCE,
                    "partitionKey": "shop-1",
                    "data": base64.b64encode(b"{}").decode(),
                    "approximateArrivalTimestamp": 1545084650.987,
                },
            }
        ]
    }
    assert records_of(event) == [
        StreamRecord(
            "shardId-000000000006", int(_SEQUENCE), _SEQUENCE, 1_545_084_650_987_000, b"{}", "shop-1"
        )
    ]


def _kafka_record(offset: int, value: str | None) -> dict[str, Any]:
    return {
        "topic": "my-events",
        "partition": 2,
        "offset": offset,
        "timestamp": 1545084650987,
        "timestampType": "LOG_APPEND_TIME",
        "key": "YQ==",
        "value": value,
        "headers": [],
    }


@pytest.mark.parametrize("source", ["aws:kafka", "SelfManagedKafka"])
def test_kafka(source: str) -> None:
    event = {
        "eventSource": source,
        "records": {"my-events-2": [_kafka_record(0, "e30="), _kafka_record(1, None)]},
    }
    assert records_of(event) == [
        StreamRecord(
            "my-events-2",
            offset,
            {"partition": "my-events-2", "offset": offset},
            1_545_084_650_987_000,
            data,
        )
        for offset, data in ((0, b"{}"), (1, b""))
    ]


@pytest.mark.parametrize(
    ("event", "found"),
    [
        ({}, "none"),
        ({"Records": [{"eventSource": "aws:sqs"}]}, "aws:sqs"),
        ({"eventSource": "aws:mq", "messages": []}, "aws:mq"),
    ],
)
def test_what_is_no_stream_is_refused(event: dict[str, Any], found: str) -> None:
    with pytest.raises(InputError, match=f"found event source {found}, expected aws:kinesis"):
        records_of(event)
