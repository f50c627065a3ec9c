"""What stands in for the event source mapping delivers a shard in its order, and again from the first failed record."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from dr.local.mapping import Shard
from dr.local_stream import restart_of

SHARD = "shardId-000000000000"


class _Region:
    """A stream of one shard, and a function that fails where it is told."""

    region, stream_function_name, event_stream_name = "us-east-1", "stream", "events"

    def __init__(self) -> None:
        self.records = 0
        self.fails_at: int | None = None
        self.raises: str = ""
        self.delivered: list[list[int]] = []

    def client(self, _service: str, **_config: Any) -> "_Region":
        """Every client."""
        return self

    def get_shard_iterator(self, *, ShardIteratorType: str, **_asked: Any) -> dict[str, Any]:  # noqa: N803 (boto3's)
        """From the beginning, or from the end."""
        return {"ShardIterator": "0" if ShardIteratorType == "TRIM_HORIZON" else str(self.records)}

    def get_records(self, *, ShardIterator: str, **_asked: Any) -> dict[str, Any]:  # noqa: N803 (boto3's)
        """All from there on."""
        records = [
            {
                "SequenceNumber": str(number),
                "PartitionKey": "a",
                "ApproximateArrivalTimestamp": datetime.fromtimestamp(number, UTC),
                "Data": b"{}",
            }
            for number in range(int(ShardIterator) + 1, self.records + 1)
        ]
        return {"Records": records, "NextShardIterator": str(self.records)}

    def invoke(self, *, Payload: bytes, **_asked: Any) -> dict[str, Any]:  # noqa: N803 (boto3's)
        """Take records until the one that fails."""
        numbers = [int(each["kinesis"]["sequenceNumber"]) for each in json.loads(Payload)["Records"]]
        if self.raises:
            raise ClientError({"Error": {"Code": self.raises}}, "Invoke")
        self.delivered.append(numbers)
        failed = [{"itemIdentifier": str(self.fails_at)}] if self.fails_at in numbers else []
        return {"Payload": io.BytesIO(json.dumps({"batchItemFailures": failed}).encode())}


@pytest.fixture
def region() -> _Region:
    return _Region()


def _shard(region: _Region, folder: Path) -> Shard:
    return Shard(region, SHARD, "TRIM_HORIZON", restart_of(folder / "restart", SHARD))  # type: ignore[arg-type]


def test_records_behind_a_failed_one_are_delivered_again_in_their_order(
    region: _Region, tmp_path: Path
) -> None:
    region.records, region.fails_at = 4, 3
    shard = _shard(region, tmp_path)
    assert shard._step()
    assert not shard._step()
    region.fails_at, region.records = None, 5
    assert shard._step()
    assert shard._step()
    assert region.delivered == [[1, 2, 3, 4], [3, 4], [3, 4], [5]]


def test_a_function_that_is_stopped_gets_the_same_records_when_it_runs_again(
    region: _Region, tmp_path: Path
) -> None:
    region.records, region.raises = 2, "TooManyRequestsException"
    shard = _shard(region, tmp_path)
    assert not shard._step()
    region.raises = ""
    assert shard._step()
    assert region.delivered == [[1, 2]]


def test_a_shard_that_is_told_to_goes_on_from_its_end(region: _Region, tmp_path: Path) -> None:
    region.records, region.fails_at = 2, 1
    shard = _shard(region, tmp_path)
    shard._step()
    file = restart_of(tmp_path / "restart", SHARD)
    file.touch()
    region.fails_at = None
    assert not shard._step()
    region.records = 3
    assert shard._step()
    assert region.delivered == [[1, 2], [3]]
    assert not file.exists()
