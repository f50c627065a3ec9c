"""Empties the dead-letter queue as far as what filled it has been mended.

A letter's record goes back onto the stream, if today's registry can decode it, and the letter is deleted once
Kinesis has acknowledged the record. The record says which one it is a copy of (`headwater.stream.copies`), so that it
counts once however often it is put. A batch that the event source mapping gave up is delivered to the function again
(`headwater.stream.redelivery`). Whatever is left stays in the queue, with the reason in the report.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal, NamedTuple, Protocol

import msgspec

from headwater.envelope import EnvelopeDecoder
from headwater.errors import InputError, PoisonRecordError, UnavailableError
from headwater.stream import letters
from headwater.stream.kinesis import Put
from headwater.stream.letter_queue import Received
from headwater.stream.letters import BatchRange, EventLetter, FailedBatch
from headwater.stream.records import StreamRecord

Outcome = Literal["put back", "delivered again", "kept"]
_EXAMPLES = 3
_MAX_SHOWN = 64


class Queue(Protocol):
    """What a replay asks of the queue; see `LetterQueue`."""

    def receive(self) -> Iterable[list[Received]]:
        """Give letters."""

    def delete(self, letters: Sequence[Received]) -> None:
        """Delete letters."""


class Stream(Protocol):
    """What a replay asks of the stream; see `KinesisStream`."""

    def put(self, records: Sequence[Put]) -> list[str | None]:
        """Put records."""

    def read(self, wanted: BatchRange) -> list[StreamRecord]:
        """Read records again."""


class Tally(msgspec.Struct):
    """Letters that met one fate for one cause.

    Attributes:
        outcome: What became of them; in a dry run, what would.
        cause: Why they were letters, or why they are kept.
        letters: How many.
        examples: Event ids of a few, or their places on the stream.
    """

    outcome: Outcome
    cause: str
    letters: int = 0
    examples: list[str] = msgspec.field(default_factory=list)


class ReplayReport(msgspec.Struct):
    """What became of the letters.

    Attributes:
        tallies: By outcome and cause.
    """

    tallies: list[Tally] = msgspec.field(default_factory=list)

    def count(self, *outcomes: Outcome) -> int:
        """Letters with one of some outcomes; of any, if none is given."""
        return sum(each.letters for each in self.tallies if not outcomes or each.outcome in outcomes)

    def add(self, outcome: Outcome, cause: str, example: str) -> None:
        """Count one letter."""
        for tally in self.tallies:
            if (tally.outcome, tally.cause) == (outcome, cause):
                break
        else:
            tally = Tally(outcome, cause)
            self.tallies.append(tally)
        tally.letters += 1
        if example not in tally.examples and len(tally.examples) < _EXAMPLES:
            tally.examples.append(example)


class _Mended(NamedTuple):
    """A letter whose record can be decoded now."""

    received: Received
    letter: EventLetter
    put: Put
    replay_of: str
    example: str


class Replay:
    """One pass over the letters.

    Args:
        queue: Where they lie.
        stream: Where their records came from.
        decoder: Of today's registry.
        redeliver: Delivers records of a failed batch again, given the position of its last one, and counts the
            changes that pages may lack all the same; None: failed batches are kept.
        dry_run: Change nothing.
        limit: Most letters to put back or deliver again; None: all.
    """

    def __init__(
        self,
        queue: Queue,
        stream: Stream,
        decoder: EnvelopeDecoder,
        redeliver: Callable[[Sequence[StreamRecord], str], int] | None,
        *,
        dry_run: bool = False,
        limit: int | None = None,
    ) -> None:
        self._queue = queue
        self._stream = stream
        self._decoder = decoder
        self._redeliver = redeliver
        self._dry_run = dry_run
        self._limit = limit
        self._acknowledged: set[str] = set()
        self._report = ReplayReport()

    def run(self, progress: Callable[[ReplayReport], None] = lambda _report: None) -> ReplayReport:
        """Look at every letter once.

        Args:
            progress: Told now and then how far it is.

        Raises:
            UnavailableError: Letters could not be deleted.
        """
        for received in self._queue.receive():
            self._take(received)
            progress(self._report)
            if self._full():
                break
        return self._report

    def _full(self) -> bool:
        return self._limit is not None and self._report.count("put back", "delivered again") >= self._limit

    def _take(self, received: Sequence[Received]) -> None:
        mended: list[_Mended] = []
        for each in received:
            try:
                letter = letters.read(each.body)
            except InputError:
                self._report.add("kept", "no letter of the stream: look at it in the queue", "-")
                continue
            if isinstance(letter, FailedBatch):
                self._take_batch(each, letter)
            else:
                found = self._check(each, letter)
                if found is not None:
                    mended.append(found)
        self._put(mended)

    def _check(self, received: Received, letter: EventLetter) -> _Mended | None:
        """Decode a letter's record; if it still cannot be, say why."""
        place = letter.place
        if not isinstance(letter.sequence, str):
            self._report.add("kept", "from a Kafka topic: produce it there again", _shown(letter.data, place))
            return None
        data = letter.data or self._read_again(letter.shard, letter.sequence)
        if data is None:
            self._report.add("kept", "too long for its letter, and the stream no longer retains it", place)
            return None
        try:
            event = self._decoder.decode(
                data, shard=letter.shard, sequence=int(letter.sequence), arrival_us=0
            )
        except PoisonRecordError as error:
            self._report.add("kept", letters.cause(str(error)), _shown(data, place))
            return None
        replay_of = event.replay_of or place
        # Any partition key will do; letters of earlier releases bring none.
        put = Put(letter.partition_key or event.event_id, _marked(data, replay_of))
        return _Mended(received, letter, put, replay_of, _shown(data, place))

    def _read_again(self, shard: str, sequence: str) -> bytes | None:
        found = self._stream.read(BatchRange(shard, sequence, sequence, 1))
        return found[0].data if found else None

    def _put(self, mended: Sequence[_Mended]) -> None:
        """Put each record on the stream once, and delete its letters once that has been acknowledged."""
        room = len(mended)
        if self._limit is not None:
            room = max(self._limit - self._report.count("put back", "delivered again"), 0)
        mended = mended[:room]
        fresh = {each.replay_of: each for each in mended if each.replay_of not in self._acknowledged}
        errors: Mapping[str, str | None] = {}
        if fresh and not self._dry_run:
            found = self._stream.put([each.put for each in fresh.values()])
            errors = dict(zip(fresh, found, strict=True))
        done = [each for each in mended if errors.get(each.replay_of) is None]
        self._acknowledged |= {each.replay_of for each in done}
        if not self._dry_run:
            self._queue.delete([each.received for each in done])
        for each in mended:
            error = errors.get(each.replay_of)
            if error is None:
                self._report.add("put back", letters.cause(each.letter.reason), each.example)
            else:
                self._report.add("kept", f"refused by the stream: {error}", each.example)

    def _take_batch(self, received: Received, batch: FailedBatch) -> None:
        if self._redeliver is None:
            self._report.add("kept", "failed batch: --include-failed-batches delivers it again", batch.place)
            return
        if self._full():
            return
        records = self._stream.read(batch.range)
        in_doubt = 0
        if records and not self._dry_run:
            try:
                in_doubt = self._redeliver(records, batch.range.end_sequence_number)
            except UnavailableError:
                self._report.add("kept", "failed batch: the stream function failed on it again", batch.place)
                return
        gone = batch.range.batch_size - len(records)
        if gone:
            cause = "failed batch: the stream retains only some of its records, or none"
            self._report.add("kept", cause, f"{batch.place} ({gone} of {batch.range.batch_size} gone)")
            return
        if in_doubt:
            cause = "failed batch: delivered again, but pages had gone past it and may lack its events"
            self._report.add("kept", cause, f"{batch.place} ({in_doubt} changes in doubt)")
            return
        if not self._dry_run:
            self._queue.delete([received])
        self._report.add("delivered again", "failed batch", batch.place)


def _marked(data: bytes, replay_of: str) -> bytes:
    """A record that says what it is a copy of; everything else in it stays as it is, byte by byte."""
    fields = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
    fields["replay_of"] = msgspec.Raw(msgspec.json.encode(replay_of))
    return msgspec.json.encode(fields)


def _shown(data: bytes, place: str) -> str:
    found = letters.event_id(data)
    return found if found and len(found) <= _MAX_SHOWN else place
