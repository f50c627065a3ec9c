"""Dead letters go back through the stream exactly once: queue, stream and table of the AWS emulator.

The stream function's work is done in this process, because the emulator's mapping knows no failed batches;
`tests/e2e/test_dead_letters.py` goes through the function.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from headwater.stream.kinesis import KinesisStream
from headwater.stream.letter_queue import LetterQueue
from tests.letters_platform import BEFORE, MENDED, Platform

SECRET = "iban-DE89370400440532013000"


@pytest.fixture
def platform(endpoint_url: str) -> Iterator[Platform]:
    """A platform whose definitions refuse half euros."""
    made = Platform(endpoint_url)
    yield made
    made.kinesis.delete_stream(StreamName=made.name)
    made.sqs.delete_queue(QueueUrl=made.queue_url)


@pytest.fixture
def mended(platform: Platform) -> Platform:
    """A platform with two letters that were refused, and definitions that take them now."""
    platform.produce(1.5, 2.5)
    assert platform.flow().dead == 2
    platform.deploy(MENDED)
    return platform


def test_what_is_mended_goes_back_and_counts(mended: Platform) -> None:
    report = mended.replay()
    assert (report.count("put back"), report.count()) == (2, 2)
    assert mended.letters() == []
    assert mended.flow().dead == 0
    assert mended.values() == [[2, 4.0], [2, 4.0]]


def test_a_record_goes_back_under_its_own_partition_key(mended: Platform) -> None:
    mended.replay()
    assert {record.partition_key for record in mended.read()} == {"key-1.5", "key-2.5"}


def test_what_is_not_mended_stays_and_can_be_seen_at_once(platform: Platform) -> None:
    platform.produce(1.5, SECRET)
    platform.flow()
    before = platform.letters()
    report = platform.replay(MENDED)
    assert (report.count("put back"), report.count("kept")) == (1, 1)
    [kept] = [tally for tally in report.tallies if tally.outcome == "kept"]
    assert kept.cause == "Expected `float | null`, got `str` - at `$.data.amount`"
    assert platform.letters() == [each for each in before if each["partition_key"] == f"key-{SECRET}"]


def test_a_dry_run_says_the_same_and_changes_nothing(mended: Platform) -> None:
    mended.produce("text")
    mended.flow()
    before = mended.letters()
    planned = mended.replay(dry_run=True)
    assert mended.read() == []
    assert _sorted(mended.letters()) == _sorted(before)
    done = mended.replay()
    assert [(each.outcome, each.cause, each.letters) for each in planned.tallies] == [
        (each.outcome, each.cause, each.letters) for each in done.tallies
    ]


def test_a_limit_leaves_the_rest_for_another_run(mended: Platform) -> None:
    assert mended.replay(limit=1).count() == 1
    assert len(mended.letters()) == 1
    assert mended.replay(limit=5).count() == 1
    mended.flow()
    assert mended.values() == [[2, 4.0], [2, 4.0]]


def test_a_kill_between_put_and_delete_changes_no_value(
    mended: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The letters are there again, their records a second time on the stream, and every store counts one."""
    with monkeypatch.context() as patch:
        patch.setattr(LetterQueue, "delete", _killed)
        with pytest.raises(KeyboardInterrupt):
            mended.replay()
    assert mended.replay().count("put back") == 2
    assert mended.letters() == []
    report = mended.flow()
    assert (report.records, report.repeated) == (4, 2)
    assert mended.values() == [[2, 4.0], [2, 4.0]]
    assert len(mended.log.rows) == 2


def test_what_was_put_twice_and_is_delivered_again_changes_no_value(mended: Platform) -> None:
    for letter in mended.letters():
        mended.sqs.send_message(QueueUrl=mended.queue_url, MessageBody=json.dumps(letter))
    mended.replay(limit=2)
    mended.replay()
    records = mended.read()
    mended.processor.process(records)
    before = mended.values()
    mended.processor.process(records)
    assert mended.values() == before == [[2, 4.0], [2, 4.0]]


def test_letters_of_one_record_go_back_as_one(mended: Platform) -> None:
    """A batch that failed was delivered again, and left its letters again."""
    for letter in mended.letters():
        mended.sqs.send_message(QueueUrl=mended.queue_url, MessageBody=json.dumps(letter))
    assert mended.replay().count("put back") == 4
    assert (len(mended.read()), mended.letters()) == (2, [])


def test_what_fails_again_comes_back_and_still_counts_once(
    mended: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The function had the old definitions, and the run was killed: both letters speak of one record."""
    mended.deploy(BEFORE)
    with monkeypatch.context() as patch:
        patch.setattr(LetterQueue, "delete", _killed)
        with pytest.raises(KeyboardInterrupt):
            mended.replay()
    assert mended.flow().dead == 2
    assert len(mended.letters()) == 4
    mended.deploy(MENDED)
    mended.replay()
    mended.flow()
    assert mended.values() == [[2, 4.0], [2, 4.0]]


def test_a_record_that_is_too_long_for_its_letter_is_read_from_the_stream(platform: Platform) -> None:
    platform.produce(1.5, padding="x" * 300_000)
    platform.flow()
    assert [letter["data"] for letter in platform.letters()] == [""]
    platform.deploy(MENDED)
    assert platform.replay().count("put back") == 1
    platform.flow()
    assert platform.values() == [[1, 1.5], [1, 1.5]]


def test_a_record_too_long_for_its_letter_that_is_gone_keeps_it(platform: Platform) -> None:
    letter = {"reason": "", "shard": "shardId-000000000099", "sequence": "1", "data": ""}
    platform.sqs.send_message(QueueUrl=platform.queue_url, MessageBody=json.dumps(letter))
    report = platform.replay()
    assert [each.cause for each in report.tallies] == [
        "too long for its letter, and the stream no longer retains it"
    ]
    assert platform.letters() == [letter]


def test_a_record_that_the_stream_refuses_keeps_its_letter(mended: Platform) -> None:
    class Throttled:
        def put_records(self, *, StreamName: str, Records: list[Any]) -> dict[str, Any]:  # noqa: N803
            assert StreamName == mended.name
            code = {"ErrorCode": "ProvisionedThroughputExceededException"}
            return {"Records": [code if each["PartitionKey"] == "key-1.5" else {} for each in Records]}

    throttled = KinesisStream(Throttled(), mended.name, sleep=lambda _seconds: None)  # type: ignore[arg-type]
    report = mended.replay(stream=throttled)
    assert (report.count("put back"), report.count("kept")) == (1, 1)
    assert [each["partition_key"] for each in mended.letters()] == ["key-1.5"]


def test_what_is_no_letter_is_left_alone(platform: Platform) -> None:
    platform.sqs.send_message(QueueUrl=platform.queue_url, MessageBody=json.dumps({"secret": SECRET}))
    report = platform.replay()
    assert [each.cause for each in report.tallies] == ["no letter of the stream: look at it in the queue"]
    assert platform.letters() == [{"secret": SECRET}]


def test_a_report_shows_nothing_of_a_record_but_its_id(platform: Platform) -> None:
    for data in (SECRET, json.dumps({"source": SECRET}), json.dumps({"source": "sales", "event_id": 5})):
        platform.kinesis.put_record(StreamName=platform.name, Data=data.encode(), PartitionKey="k")
    platform.produce(SECRET)
    platform.flow()
    report = platform.replay()
    assert report.count("kept") == 4
    shown = json.dumps([[each.cause, each.examples] for each in report.tallies])
    assert shown.replace(f"sale-{SECRET}", "").count(SECRET) == 0


def test_a_failed_batch_is_left_unless_asked_for(platform: Platform) -> None:
    platform.produce(1)
    platform.give_up(platform.read())
    assert platform.replay().count("kept") == 1
    assert len(platform.letters()) == 1


def test_a_failed_batch_of_which_nothing_was_applied_is_applied_whole(platform: Platform) -> None:
    platform.produce(1, 2, 3)
    batch = platform.read()
    platform.give_up(batch)
    assert platform.replay(batches=True).count("delivered again") == 1
    assert (platform.values(), platform.letters()) == ([[3, 6], [3, 6]], [])
    assert list(platform.log.rows) == [(record.shard, record.sequence) for record in batch]


def test_a_failed_batch_that_one_store_has_is_applied_to_the_other(platform: Platform) -> None:
    platform.produce(1, 2, 3)
    batch = platform.read()
    platform.failing.fails = True
    assert platform.processor.process(batch).failed
    platform.failing.fails = False
    platform.give_up(batch)
    assert platform.replay(batches=True).count("delivered again") == 1
    assert (platform.values(), platform.letters()) == ([[3, 6], [3, 6]], [])


def test_a_failed_batch_that_pages_have_gone_past_is_never_counted_twice_and_said_to_be_in_doubt(
    platform: Platform,
) -> None:
    platform.produce(1, 2)
    batch = platform.read()
    platform.processor.process(batch)
    platform.produce(4)
    platform.flow()
    platform.give_up(batch)
    report = platform.replay(batches=True)
    assert [each.cause for each in report.tallies] == [
        "failed batch: delivered again, but pages had gone past it and may lack its events"
    ]
    assert platform.values() == [[3, 7], [3, 7]]
    assert len(platform.letters()) == 1


def test_a_failed_batch_that_the_stream_no_longer_retains_keeps_its_letter(platform: Platform) -> None:
    """What is left of it is applied."""
    platform.produce(1, 2)
    platform.give_up(platform.read(), size=5)
    report = platform.replay(batches=True)
    assert [each.cause for each in report.tallies] == [
        "failed batch: the stream retains only some of its records, or none"
    ]
    assert "(3 of 5 gone)" in report.tallies[0].examples[0]
    assert platform.values() == [[2, 3], [2, 3]]
    assert len(platform.letters()) == 1


def test_a_failed_batch_of_a_shard_that_is_gone_keeps_its_letter(platform: Platform) -> None:
    platform.produce(1)
    [record] = platform.read()
    platform.give_up([record._replace(shard="shardId-000000000099")])
    assert "(1 of 1 gone)" in platform.replay(batches=True).tallies[0].examples[0]
    assert len(platform.letters()) == 1


def test_a_failed_batch_that_fails_again_keeps_its_letter(platform: Platform) -> None:
    platform.produce(1)
    platform.give_up(platform.read())
    platform.failing.fails = True
    assert platform.replay(batches=True).count("kept") == 1
    assert len(platform.letters()) == 1


def test_a_dry_run_delivers_no_failed_batch(platform: Platform) -> None:
    platform.produce(1)
    platform.give_up(platform.read())
    assert platform.replay(batches=True, dry_run=True).count("delivered again") == 1
    assert platform.log.rows == {}
    assert len(platform.letters()) == 1


def _sorted(letters: list[dict[str, Any]]) -> list[str]:
    return sorted(map(json.dumps, letters))


def _killed(*_arguments: Any) -> None:
    raise KeyboardInterrupt
