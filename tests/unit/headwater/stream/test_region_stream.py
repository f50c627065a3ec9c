"""What a producer is told by the stream of a region, on a bad day."""

from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from headwater.errors import UnavailableError, UnknownOutcomeError
from headwater.stream.outbox import Outgoing
from headwater.stream.producer import Place
from headwater.stream.region_stream import KinesisRegion

EVENTS = [Outgoing("a", b"1"), Outgoing("b", b"2")]


class Kinesis:
    """Answers, or raises."""

    def __init__(self, result: Any) -> None:
        self.result = result
        self.meta = SimpleNamespace(region_name="us-east-1")

    def put_records(self, **_asked: Any) -> Any:
        """Answer as told."""
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


def _put(result: Any) -> list[Place | None]:
    return KinesisRegion(Kinesis(result), "events").put(EVENTS)  # type: ignore[arg-type]


def _refusal(status: int) -> ClientError:
    return ClientError({"Error": {}, "ResponseMetadata": {"HTTPStatusCode": status}}, "PutRecords")  # type: ignore[typeddict-item]


def test_an_event_has_its_place_and_a_refused_one_has_none() -> None:
    records = [{"ShardId": "shardId-0", "SequenceNumber": "7"}, {"ErrorCode": "Throttled"}]
    assert _put({"Records": records}) == [Place("us-east-1/shardId-0", "7"), None]


@pytest.mark.parametrize(
    "error",
    [EndpointConnectionError(endpoint_url="x"), ConnectTimeoutError(endpoint_url="x"), _refusal(400)],
    ids=["refused", "no connection", "a wrong request"],
)
def test_what_never_reached_the_stream_may_be_put_again(error: Exception) -> None:
    with pytest.raises(UnavailableError, match="'events' of us-east-1"):
        _put(error)


@pytest.mark.parametrize(
    "error",
    [ReadTimeoutError(endpoint_url="x"), ConnectionClosedError(endpoint_url="x"), _refusal(500)],
    ids=["no answer", "cut off", "failed inside"],
)
def test_what_may_have_reached_the_stream_is_in_doubt(error: Exception) -> None:
    with pytest.raises(UnknownOutcomeError, match="2 events may be on it or not"):
        _put(error)
