"""The archive and the dead letters, as AWS answers them."""

import json
from typing import Any

import pytest

from headwater.envelope import LoggedEvent
from headwater.errors import UnavailableError
from headwater.stream.records import StreamRecord
from headwater.stream.sinks import DeadLetter, FirehoseArchive, QueueDeadLetters


class Firehose:
    """Answers like Firehose, refusing the first records it is told to."""

    def __init__(self, refused: list[int]) -> None:
        self.refused = refused
        self.records: list[bytes] = []

    def put_record_batch(self, *, DeliveryStreamName: str, Records: list[dict[str, bytes]]) -> dict[str, Any]:  # noqa: N803
        """Take all but the first few."""
        assert DeliveryStreamName == "archive"
        count = self.refused.pop(0) if self.refused else 0
        self.records += [record["Data"] for record in Records[count:]]
        answers = [
            {"ErrorCode": "ServiceUnavailableException"} if n < count else {"RecordId": "1"}
            for n in range(len(Records))
        ]
        return {"FailedPutCount": count, "RequestResponses": answers}


def _event(number: int, text: str = "") -> LoggedEvent:
    return LoggedEvent(
        "sales", f"e{number}", 1_000_000, 2_000_000, "s", number, {"text": text, "due": 3_000_000}
    )


def _archive(refused: list[int]) -> tuple[FirehoseArchive, Firehose]:
    client = Firehose(refused)
    return FirehoseArchive(client, "archive", {"sales": ["due"]}), client  # type: ignore[arg-type]


def test_events_are_lines_of_json_packed_into_few_records() -> None:
    archive, client = _archive([])
    archive.put([_event(1), _event(2)])
    [record] = client.records
    lines = [json.loads(line) for line in record.splitlines()]
    assert [line["sequence"] for line in lines] == ["1", "2"]
    assert lines[0] == {
        "source": "sales",
        "event_id": "e1",
        "event_time": "1970-01-01T00:00:01Z",
        "arrival": "1970-01-01T00:00:02Z",
        "shard": "s",
        "sequence": "1",
        "data": {"text": "", "due": "1970-01-01T00:00:03Z"},
    }


def test_records_stay_within_firehose_limits() -> None:
    """At most 1,000 KiB a record and 4 MiB a request; no line is cut."""
    archive, client = _archive([])
    archive.put([_event(number, "x" * 300_000) for number in range(20)])
    assert max(map(len, client.records)) <= 1_000 * 1024
    assert sum(len(record.splitlines()) for record in client.records) == 20


def test_records_that_were_refused_are_put_again() -> None:
    archive, client = _archive([1, 1])
    archive.put([_event(1)])
    assert len(client.records) == 1


def test_an_archive_that_keeps_refusing_fails_the_batch() -> None:
    archive, _ = _archive([1] * 10)
    with pytest.raises(UnavailableError, match="put the lines again"):
        archive.put([_event(1)])


class Queue:
    """Answers like SQS."""

    def __init__(self, *, fails: bool) -> None:
        self.fails = fails
        self.bodies: list[str] = []
        self.calls: list[int] = []

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, str]]) -> dict[str, Any]:  # noqa: N803
        """Take at most ten."""
        assert QueueUrl == "url"
        assert len(Entries) <= 10
        self.bodies += [entry["MessageBody"] for entry in Entries]
        self.calls.append(sum(len(entry["MessageBody"].encode()) for entry in Entries))
        return {"Failed": [{}] if self.fails else []}


def _letter() -> DeadLetter:
    return DeadLetter(StreamRecord("s", 5, "5", 0, b"\xff", "shop-1"), "broken")


def test_a_dead_letter_says_why_and_brings_the_record() -> None:
    queue = Queue(fails=False)
    QueueDeadLetters(queue, "url").put([_letter()] * 23)  # type: ignore[arg-type]
    assert len(queue.bodies) == 23
    assert json.loads(queue.bodies[0]) == {
        "reason": "broken",
        "shard": "s",
        "sequence": "5",
        "data": "/w==",
        "partition_key": "shop-1",
    }


def test_letters_go_in_calls_that_the_queue_takes_and_what_no_message_holds_names_its_place() -> None:
    """Records of 100 kB, two of which fill a call less; one that is too long, with a reason that is too."""
    queue = Queue(fails=False)
    long = DeadLetter(StreamRecord("s", 6, "6", 0, b"x" * 200_000), "y" * 300_000)
    middling = DeadLetter(StreamRecord("s", 5, "5", 0, b"x" * 100_000), "broken")
    QueueDeadLetters(queue, "url").put([middling] * 5 + [long])  # type: ignore[arg-type]
    assert max(queue.calls) <= 262_144
    letters = [json.loads(body) for body in queue.bodies]
    assert [len(letter["data"]) for letter in letters] == [133_336] * 5 + [0]
    assert (letters[5]["shard"], letters[5]["sequence"]) == ("s", "6")


def test_a_queue_that_refuses_fails_the_batch() -> None:
    with pytest.raises(UnavailableError, match="letters refused"):
        QueueDeadLetters(Queue(fails=True), "url").put([_letter()])  # type: ignore[arg-type]
