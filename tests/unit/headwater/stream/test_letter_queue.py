"""The dead-letter queue as SQS answers it on a bad day; the good ones are `tests/contract/test_dead_letters.py`."""

from typing import Any

import pytest

from headwater.errors import UnavailableError
from headwater.stream.letter_queue import LetterQueue


class Queue:
    """Answers like SQS, with messages that come again and calls that fail in part."""

    def __init__(self, *answers: list[str], fails: bool = False) -> None:
        self.answers = list(answers)
        self.fails = fails
        self.released: list[str] = []

    def receive_message(self, **_options: Any) -> dict[str, Any]:
        """Give what comes next."""
        names = self.answers.pop(0) if self.answers else []
        receipt = f"@{len(self.answers)}"
        return {
            "Messages": [{"MessageId": name, "Body": name, "ReceiptHandle": name + receipt} for name in names]
        }

    def delete_message_batch(self, *, QueueUrl: str, Entries: list[Any]) -> dict[str, Any]:  # noqa: N803
        """Delete, or fail."""
        assert QueueUrl == "url"
        return {"Failed": Entries if self.fails else []}

    def change_message_visibility_batch(self, *, QueueUrl: str, Entries: list[Any]) -> dict[str, Any]:  # noqa: N803
        """Let go of at most ten, or fail."""
        assert QueueUrl == "url"
        assert len(Entries) <= 10
        assert {entry["VisibilityTimeout"] for entry in Entries} == {0}
        self.released += [entry["ReceiptHandle"] for entry in Entries]
        return {"Failed": Entries if self.fails else []}


def _opened(queue: Queue) -> LetterQueue:
    return LetterQueue(queue, "url")  # type: ignore[arg-type]


def test_a_letter_that_comes_again_is_given_once() -> None:
    queue = _opened(Queue(["a", "b"], ["b"], ["b", "c"]))
    assert [[each.body for each in given] for given in queue.receive()] == [["a", "b"], ["c"]]


def test_a_queue_with_nothing_but_old_letters_ends() -> None:
    class Endless(Queue):
        def receive_message(self, **_options: Any) -> dict[str, Any]:
            return {"Messages": [{"MessageId": "a", "Body": "a", "ReceiptHandle": "a"}]}

    assert len(list(_opened(Endless()).receive())) == 1


def test_what_was_not_deleted_is_let_go_by_its_latest_receipt() -> None:
    client = Queue(["a", "b"], ["b"], [f"n{number}" for number in range(10)])
    queue = _opened(client)
    given = [each for batch in queue.receive() for each in batch]
    queue.delete([each for each in given if each.name == "a"])
    queue.release()
    assert sorted(client.released) == sorted(["b@1", *(f"n{number}@0" for number in range(10))])


def test_a_letter_that_cannot_be_deleted_is_told() -> None:
    queue = _opened(Queue(["a"], fails=True))
    [[letter]] = queue.receive()
    with pytest.raises(UnavailableError, match="1 letters not deleted"):
        queue.delete([letter])


def test_a_letter_that_cannot_be_let_go_is_told() -> None:
    queue = _opened(Queue(["a"], fails=True))
    list(queue.receive())
    with pytest.raises(UnavailableError, match="wait 30 minutes"):
        queue.release()
