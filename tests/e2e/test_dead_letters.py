"""Dead letters of the deployed stream function, put back with the command, in the local cloud."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from headwater import environment
from headwater.environment import Environment
from headwater.online import watermark
from headwater.settings import open_environment
from infra.local import cloud

_SCRIPT = "from headwater.cli import main; main()"


def _replay(root: Path, *options: str) -> tuple[int, dict[str, Any]]:
    """Run the command in a checkout; gives its exit code and summary."""
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT, "replay-dead-letters", "--json", *options],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def _define(root: Path, distance: str) -> None:
    """Give the departures' distance a type, and deploy it to the cloud that is up."""
    file = root / "features" / "registry.json"
    compiled = json.loads(file.read_bytes())
    compiled["sources"]["departures"]["columns"]["distance"] = distance
    file.write_text(json.dumps(compiled))
    cloud.up(root)


def _depart(outputs: Environment) -> None:
    """Put a departure on the stream that went a fraction of a mile."""
    envelope = {
        "source": "departures",
        "event_id": "flight-1",
        "event_time": datetime.now(UTC).isoformat(),
        "data": {"origin": "XXX", "carrier": "YY", "dep_delay": 3.0, "distance": 0.5},
    }
    outputs.client("kinesis").put_record(
        StreamName=outputs.event_stream_name, Data=json.dumps(envelope).encode(), PartitionKey="XXX"
    )


def _letters(outputs: Environment) -> list[str]:
    """The letters, as they stay."""
    sqs = outputs.client("sqs")
    url = outputs.dead_letter_queue_url
    answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
    return [each["Body"] for each in answer.get("Messages", [])]


def _records(outputs: Environment) -> list[dict[str, Any]]:
    kinesis = outputs.client("kinesis")
    shards = kinesis.list_shards(StreamName=outputs.event_stream_name)["Shards"]
    found: list[dict[str, Any]] = []
    for shard in shards:
        iterator = kinesis.get_shard_iterator(
            StreamName=outputs.event_stream_name, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        records = kinesis.get_records(ShardIterator=iterator)["Records"]
        found += [{**record, "ShardId": shard["ShardId"]} for record in records]
    return found


def _wait_for(what: Callable[[], object]) -> None:
    deadline_s = time.monotonic() + 30
    while not what():
        assert time.monotonic() < deadline_s, f"not within 30 s: {what.__name__}"
        time.sleep(0.1)


def _flowed(outputs: Environment) -> None:
    """Wait until every store has what is on the stream."""
    wanted = {record["ShardId"]: int(record["SequenceNumber"]) for record in _records(outputs)}
    with ExitStack() as stack:
        stores = [stack.enter_context(closing(store)) for store in open_environment(outputs, consistent=True)]

        def everything_is_applied() -> bool:
            marks = [watermark.read(store, outputs.environment) for store in stores]
            return all(
                mark is not None and int(mark.positions.get(shard, "-1")) >= sequence
                for mark in marks
                for shard, sequence in wanted.items()
            )

        _wait_for(everything_is_applied)


def _count(outputs: Environment) -> int | None:
    """How many departures the lookup function sees."""
    request = {"service": "flight_delay", "entities": [{"origin": "XXX", "carrier": "YY", "tailnum": None}]}
    response = outputs.client("lambda").invoke(
        FunctionName=outputs.lookup_function_name, Payload=json.dumps(request).encode()
    )
    answer = json.loads(response["Payload"].read())
    values = dict(zip(answer["features"], answer["rows"][0]["values"], strict=True))
    found: int | None = values["airport_departures__events_count_7d"]
    return found


@pytest.mark.slow
def test_a_letter_waits_until_its_cause_is_mended_and_then_counts_once(checkout: Callable[[], Path]) -> None:
    root = checkout()
    cloud.up(root)
    shared = (root / "features").resolve()
    (root / "features").unlink()
    shutil.copytree(shared, root / "features")
    _define(root, "int64")
    outputs = environment.load(root, "local")
    _depart(outputs)
    _wait_for(lambda: _letters(outputs))
    [letter] = _letters(outputs)

    code, planned = _replay(root, "--dry-run")
    assert (code, planned["kept"]) == (1, 1)
    assert [each["cause"] for each in planned["causes"]] == [
        "Expected `int | null`, got `float` - at `$.data.distance`"
    ]

    _define(root, "float64")
    assert _replay(root, "--dry-run")[1]["put_back"] == 1
    assert _letters(outputs) == [letter]
    code, done = _replay(root)
    assert (code, done["put_back"], _letters(outputs)) == (0, 1, [])
    _flowed(outputs)
    assert _count(outputs) == 1

    # As if the first run had been killed before it deleted the letter.
    outputs.client("sqs").send_message(QueueUrl=outputs.dead_letter_queue_url, MessageBody=letter)
    assert _replay(root)[1]["put_back"] == 1
    _flowed(outputs)
    assert (len(_records(outputs)), _count(outputs)) == (3, 1)

    # As if Lambda had given the batch up after it was applied: the emulator's mapping never does.
    last = _records(outputs)[-2]
    batch = {
        "shardId": last["ShardId"],
        "startSequenceNumber": last["SequenceNumber"],
        "endSequenceNumber": last["SequenceNumber"],
        "batchSize": 1,
    }
    body = json.dumps({"requestContext": {"condition": "RetryAttemptsExhausted"}, "KinesisBatchInfo": batch})
    outputs.client("sqs").send_message(QueueUrl=outputs.dead_letter_queue_url, MessageBody=body)
    code, done = _replay(root, "--include-failed-batches")
    assert (code, done["delivered_again"], _letters(outputs)) == (0, 1, [])
    assert _count(outputs) == 1
