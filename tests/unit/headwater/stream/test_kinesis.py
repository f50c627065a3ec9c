"""A stream as Kinesis answers it on a bad day; the good ones are `tests/contract/test_dead_letters.py`."""

from datetime import UTC, datetime
from typing import Any

import pytest

from headwater.stream.kinesis import KinesisStream, Put
from headwater.stream.letters import BatchRange

PUTS = [Put("a", b"1"), Put("b", b"2"), Put("c", b"3")]


class Kinesis:
    """Answers like Kinesis: refuses some keys a few times, and gives few records at a time."""

    def __init__(self, refusals: dict[str, int] | None = None, pages: list[list[int]] | None = None) -> None:
        self.refusals = refusals or {}
        self.pages = pages or []
        self.asked: list[list[str]] = []
        self.exceptions = self

    class ResourceNotFoundException(Exception):  # noqa: N818 (boto3's name)
        """As boto3 has it."""

    class InvalidArgumentException(Exception):  # noqa: N818 (boto3's name)
        """As boto3 has it."""

    def put_records(self, *, StreamName: str, Records: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        """Take records, but for those to be refused."""
        assert StreamName == "events"
        keys = [record["PartitionKey"] for record in Records]
        self.asked.append(keys)
        results = []
        for key in keys:
            left = self.refusals.get(key, 0)
            self.refusals[key] = left - 1
            results.append({"ErrorCode": "Throttled"} if left > 0 else {"SequenceNumber": "1"})
        return {"Records": results}

    def get_shard_iterator(self, **asked: Any) -> dict[str, Any]:
        """Start where asked, unless the range has gone."""
        if asked["ShardId"] == "gone":
            raise self.InvalidArgumentException
        return {"ShardIterator": "0"}

    def get_records(self, *, ShardIterator: str, Limit: int) -> dict[str, Any]:  # noqa: N803
        """Give a page; an empty one is not the end."""
        assert Limit == 1_000
        page = int(ShardIterator)
        records = [
            {
                "SequenceNumber": str(number),
                "ApproximateArrivalTimestamp": datetime(2024, 5, 1, tzinfo=UTC),
                "Data": b"{}",
                "PartitionKey": "k",
            }
            for number in self.pages[page]
        ]
        left = len(self.pages) - page - 1
        return {"Records": records, "NextShardIterator": str(page + 1), "MillisBehindLatest": left * 1000}


def _opened(client: Kinesis) -> KinesisStream:
    return KinesisStream(client, "events", sleep=lambda _seconds: None)  # type: ignore[arg-type]


def test_only_what_was_refused_is_put_again() -> None:
    client = Kinesis({"b": 2})
    assert _opened(client).put(PUTS) == [None, None, None]
    assert client.asked == [["a", "b", "c"], ["b"], ["b"]]


def test_what_is_refused_again_and_again_is_named_with_its_error() -> None:
    assert _opened(Kinesis({"b": 99})).put(PUTS) == [None, "Throttled", None]


@pytest.mark.parametrize(
    ("pages", "found"),
    [
        ([[1, 2, 3, 4, 5, 6]], [2, 3, 4, 5]),
        ([[1], [2, 3], [], [], [4, 5], [6]], [2, 3, 4, 5]),
        ([[4, 5, 6]], [4, 5]),
        ([[4], []], [4]),
        ([[6, 7]], []),
        ([[]], []),
    ],
    ids=["one page", "empty pages", "trimmed", "cut", "all gone", "nothing"],
)
def test_a_range_is_read_to_its_end(pages: list[list[int]], found: list[int]) -> None:
    records = _opened(Kinesis(pages=pages)).read(BatchRange("s", "2", "5", 4))
    assert [record.sequence for record in records] == found


def test_a_range_that_has_gone_is_empty() -> None:
    assert _opened(Kinesis()).read(BatchRange("gone", "2", "5", 4)) == []
