"""The dead-letter queue as its reader sees it: letters are held while they are looked at, then deleted or let go."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from headwater.errors import UnavailableError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

HOLD_S = 1800
"""How long nobody else sees a letter that is being looked at; after a kill it is seen again by then."""

_BATCH = 10
_STALE = 10
"""So many answers in a row that bring only letters that were given before mean that there are no others."""


class Received(NamedTuple):
    """A message of the queue: its name there, what it says, and the receipt that deletes it."""

    name: str
    body: str
    receipt: str


class LetterQueue:
    """Letters of an SQS queue.

    Args:
        client: boto3 client.
        queue_url: The queue.
        wait_s: How long an empty queue is listened to before it is believed: each of its servers is asked.
    """

    def __init__(self, client: "SQSClient", queue_url: str, wait_s: int = 2) -> None:
        self._client = client
        self._queue_url = queue_url
        self._wait_s = wait_s
        self._held: dict[str, str] = {}

    def waiting(self) -> int:
        """About how many letters there are to see."""
        answer = self._client.get_queue_attributes(
            QueueUrl=self._queue_url, AttributeNames=["ApproximateNumberOfMessages"]
        )
        return int(answer["Attributes"]["ApproximateNumberOfMessages"])

    def receive(self) -> Iterator[list[Received]]:
        """Give letters, a few at a time, until the queue has none that was not given."""
        stale = 0
        while stale < _STALE:
            answer = self._client.receive_message(
                QueueUrl=self._queue_url,
                MaxNumberOfMessages=_BATCH,
                VisibilityTimeout=HOLD_S,
                WaitTimeSeconds=self._wait_s,
            )
            messages = answer.get("Messages", [])
            # A run that outlasts the hold meets its first letters again: they have had their turn.
            fresh = [each for each in messages if each["MessageId"] not in self._held]
            self._held |= {each["MessageId"]: each["ReceiptHandle"] for each in messages}
            stale = 0 if fresh else stale + 1
            if not messages:
                return
            if fresh:
                yield [Received(each["MessageId"], each["Body"], each["ReceiptHandle"]) for each in fresh]

    def delete(self, letters: Sequence[Received]) -> None:
        """Delete letters, at most ten.

        Raises:
            UnavailableError: Some may be left.
        """
        if not letters:
            return
        answer = self._client.delete_message_batch(
            QueueUrl=self._queue_url,
            Entries=[{"Id": str(n), "ReceiptHandle": each.receipt} for n, each in enumerate(letters)],
        )
        if answer.get("Failed"):
            raise UnavailableError(
                f"dead-letter queue {self._queue_url!r}: {len(answer['Failed'])} letters not deleted that are on the "
                "stream again; run the command again: what it puts on the stream twice counts once"
            )
        for each in letters:
            del self._held[each.name]

    def release(self) -> None:
        """Let everybody see again what was received and not deleted.

        Raises:
            UnavailableError: Some stay unseen until `HOLD_S` is over.
        """
        receipts = list(self._held.values())
        refused = 0
        for start in range(0, len(receipts), _BATCH):
            answer = self._client.change_message_visibility_batch(
                QueueUrl=self._queue_url,
                Entries=[
                    {"Id": str(n), "ReceiptHandle": receipt, "VisibilityTimeout": 0}
                    for n, receipt in enumerate(receipts[start : start + _BATCH])
                ],
            )
            refused += len(answer.get("Failed", []))
        self._held = {}
        if refused:
            raise UnavailableError(
                f"dead-letter queue {self._queue_url!r}: {refused} letters are kept but cannot be seen yet; wait "
                f"{HOLD_S // 60} minutes before running the command again"
            )
