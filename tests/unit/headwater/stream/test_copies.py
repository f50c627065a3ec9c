"""Which copy of a replayed record counts, when several want to at once."""

from collections.abc import Callable, Sequence

import pytest

from headwater.envelope import LoggedEvent
from headwater.errors import ConflictError
from headwater.online.memory import MemoryStore
from headwater.online.stores import Write
from headwater.stream import copies


def _event(sequence: int, replay_of: str | None = "s0:1") -> LoggedEvent:
    return LoggedEvent("sales", "e", 1, 2, "s1", sequence, {}, replay_of)


class Beaten(MemoryStore):
    """A store in which another writer is always a moment earlier."""

    def __init__(self, before: Callable[[MemoryStore], object]) -> None:
        super().__init__()
        self._before = before

    def write(self, writes: Sequence[Write]) -> list[bool]:
        """Let the other one write first."""
        self._before(self)
        return super().write(writes)


def test_what_is_no_copy_asks_no_store() -> None:
    events = [_event(1, None), _event(2, None)]
    assert copies.leave_out(events, [], "test") == events


def test_of_two_that_claim_at_once_the_first_writer_counts() -> None:
    other: list[MemoryStore] = []

    def claim(store: MemoryStore) -> None:
        if not other:
            other.append(store)
            assert copies.leave_out([_event(9)], [store], "test") == [_event(9)]

    assert copies.leave_out([_event(5)], [Beaten(claim)], "test") == []


def test_who_loses_in_the_first_store_claims_nothing_in_the_next() -> None:
    """A winner that stopped between the stores finds its claim free when it comes again."""
    first, second = MemoryStore(), MemoryStore()
    copies.leave_out([_event(5)], [first], "test")
    assert copies.leave_out([_event(9)], [first, second], "test") == []
    assert copies.leave_out([_event(5)], [first, second], "test") == [_event(5)]


def test_a_store_that_lost_its_claims_does_not_let_another_copy_in() -> None:
    lasting = MemoryStore()
    copies.leave_out([_event(5)], [MemoryStore(), lasting], "test")
    assert copies.leave_out([_event(9)], [MemoryStore(), lasting], "test") == []


def test_a_claim_outlives_the_letter_and_the_longest_stream() -> None:
    now = [0.0]
    store = MemoryStore(lambda: now[0])
    copies.leave_out([_event(5)], [store], "test")
    now[0] = 379 * 24 * 3600 - 1
    assert copies.leave_out([_event(9)], [store], "test") == []


def test_a_store_that_takes_no_claim_fails_the_batch() -> None:
    class Forgetful(MemoryStore):
        def write(self, writes: Sequence[Write]) -> list[bool]:
            return [False for _ in writes]

    with pytest.raises(ConflictError, match="not claimed in 5 attempts; deliver the batch again"):
        copies.leave_out([_event(5)], [Forgetful()], "test")
