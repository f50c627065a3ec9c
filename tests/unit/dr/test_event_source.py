"""The event source mapping of a region that comes back: nothing is read twice, and nothing is left out."""

import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from dr.errors import FailoverError
from dr.event_source import EventSource
from dr.journal import Journal
from tests.aws_calls import AwsCalls
from tests.aws_regions import HOME, region
from tests.mappings import Mappings

STREAM = f"headwater-prod-{HOME}-events"
FUNCTION = f"headwater-prod-{HOME}-stream"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:headwater-prod-us-east-1-dead-letters"


class _Side:
    """Home, with a stream and the program's mapping of it."""

    def __init__(self, folder: Path) -> None:
        self.mappings = Mappings()
        self.calls = AwsCalls(self.mappings.answers())
        self.home = region(HOME, self.calls)
        self.source = EventSource(self.home, poll_s=0)
        self.journal = Journal(folder / "journal.jsonl", "one-back")
        self.kinesis = boto3.client("kinesis", region_name=HOME)
        self.kinesis.create_stream(StreamName=STREAM, ShardCount=1)
        self.kinesis.get_waiter("stream_exists").wait(StreamName=STREAM)
        arn = self.kinesis.describe_stream_summary(StreamName=STREAM)["StreamDescriptionSummary"]["StreamARN"]
        self.settings = {
            "EventSourceArn": arn,
            "BatchSize": 500,
            "MaximumBatchingWindowInSeconds": 0,
            "ParallelizationFactor": 1,
            "BisectBatchOnFunctionError": True,
            "MaximumRetryAttempts": -1,
            "MaximumRecordAgeInSeconds": -1,
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
            "DestinationConfig": {"OnFailure": {"Destination": QUEUE}},
        }
        self.mappings.found.append(
            {
                **self.settings,
                "UUID": str(uuid.uuid4()),
                "State": "Enabled",
                "StartingPosition": "TRIM_HORIZON",
            }
        )

    def put(self) -> None:
        """Put an event on the stream."""
        self.kinesis.put_record(StreamName=STREAM, Data=b"{}", PartitionKey="a")

    def changes(self) -> list[str]:
        """Calls that changed something."""
        return [
            call.operation
            for call in self.calls.made
            if call.operation.partition(":")[2].startswith(("Create", "Delete", "Put", "Update"))
        ]


@pytest.fixture
def side(tmp_path: Path) -> Iterator[_Side]:
    with mock_aws():
        yield _Side(tmp_path)


def test_the_stream_is_read_from_behind_its_last_record_on(side: _Side) -> None:
    side.put()
    last_us = max(record.arrival_us for record in side.home.stream.records())
    start_s = side.source.from_end(side.journal)
    assert start_s is not None
    assert last_us < start_s * 1e6 <= last_us + 1e6
    [mapping] = side.mappings.found
    assert (mapping["StartingPosition"], mapping["StartingPositionTimestamp"]) == ("AT_TIMESTAMP", start_s)


def test_no_instant_that_is_still_to_come_is_asked_for(side: _Side) -> None:
    side.put()
    start_s = side.source.from_end(side.journal)
    assert start_s is not None
    assert start_s <= time.time()


def test_a_mapping_that_is_made_anew_has_the_settings_that_it_had(side: _Side) -> None:
    side.put()
    side.source.from_end(side.journal)
    [mapping] = side.mappings.found
    assert {name: mapping[name] for name in side.settings} == side.settings


def test_the_mapping_of_an_empty_stream_is_left_as_it_is(side: _Side) -> None:
    assert side.source.from_end(side.journal) is None
    assert side.changes() == []


def test_an_operator_that_goes_on_makes_no_second_mapping(side: _Side) -> None:
    side.put()
    start_s = side.source.from_end(side.journal)
    side.calls.made.clear()
    assert side.source.from_end(side.journal) == start_s
    assert side.changes() == []


@pytest.mark.parametrize("killed_in", ["lambda:DeleteEventSourceMapping", "lambda:CreateEventSourceMapping"])
def test_a_restart_that_was_killed_after_any_call_goes_on_there(side: _Side, killed_in: str) -> None:
    side.put()
    answer = side.calls.answers[killed_in]

    def killed(name: str, asked: dict[str, Any]) -> Any:
        answer(name, asked)
        raise KeyboardInterrupt

    side.calls.answers[killed_in] = killed
    with pytest.raises(KeyboardInterrupt):
        side.source.from_end(side.journal)
    side.calls.answers[killed_in] = answer
    side.put()
    start_s = side.source.from_end(side.journal)
    [mapping] = side.mappings.found
    assert (mapping["StartingPositionTimestamp"], side.mappings.made) == (start_s, 1)


def test_the_next_way_back_begins_behind_what_came_since_the_last(side: _Side, tmp_path: Path) -> None:
    side.put()
    first_s = side.source.from_end(side.journal)
    assert first_s is not None
    time.sleep(1.1)
    side.put()
    second_s = side.source.from_end(Journal(tmp_path / "journal.jsonl", "two-back"))
    assert second_s is not None
    assert second_s > first_s
    assert len(side.mappings.found) == 1


def test_two_mappings_of_one_stream_are_told(side: _Side) -> None:
    side.put()
    side.mappings.found.append({**side.mappings.found[0], "UUID": str(uuid.uuid4())})
    with pytest.raises(FailoverError, match="found 2 mappings of its stream, expected one"):
        side.source.from_end(side.journal)


def test_a_function_without_a_mapping_is_told(side: _Side) -> None:
    side.put()
    side.mappings.found.clear()
    with pytest.raises(FailoverError, match="found no mapping of its stream, expected the program's; deploy"):
        side.source.from_end(side.journal)


def test_a_function_that_was_stopped_runs_again(side: _Side) -> None:
    side.source.stop()
    stopped = side.mappings.concurrency
    side.source.run()
    assert (stopped, side.mappings.concurrency) == (0, None)
