"""A region that is lost in the middle of a history, and another that goes on from what was copied of it."""

import random
from collections import Counter
from collections.abc import Sequence

from headwater.envelope import LoggedEvent
from headwater.online.memory import MemoryStore
from headwater.online.stores import Stored, Write
from headwater.stream import pointer
from headwater.stream.pointer import Pointer
from tests.parity.comparison import Findings
from tests.parity.histories import History
from tests.parity.platform import Platform

_ENVIRONMENT = "test"
_EPOCH = 2


class _Home(MemoryStore):
    """A store that remembers all that each key has held."""

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[str, list[Stored]] = {}

    def write(self, writes: Sequence[Write]) -> list[bool]:
        """Write, and remember."""
        done = super().write(writes)
        for write, written in zip(writes, done, strict=True):
            if written:
                self.held.setdefault(write.key, []).append(Stored(write.expected + 1, write.value))
        return done


class _Late:
    """What a lost region writes behind the back of the other: its pages win, some keys at a time.

    Args:
        home: All that its keys have held, also after it was lost.
        copied: How many values of each key had been copied when it was lost.
        chance: Decides which win, and when; in half of the cases none, for what wins mends what others got wrong.
    """

    def __init__(self, home: _Home, copied: dict[str, int], chance: random.Random) -> None:
        self._held = home.held
        self._arrived = copied
        self._chance = chance
        self._often = chance.choice((0, _OFTEN))

    def win(self, survivor: MemoryStore) -> None:
        """Let some keys' later values, and none of them twice, take the place of what the other region has."""
        for key, held in self._held.items():
            if self._arrived[key] < len(held) and self._chance.random() < self._often:
                self._arrived[key] = self._chance.randint(self._arrived[key] + 1, len(held))
                [there] = survivor.read([key])
                value = held[self._arrived[key] - 1].value
                survivor.write([Write(key, value, there.revision if there else 0, None)])


_OFTEN = 0.5


def check_recovery(history: History, chance: random.Random) -> Findings:
    """Lose a region at some instant; recover its events in rounds while the other takes those that follow.

    Each key of the copy is as old as chance wants: that is what replication by key promises, and no more. The lost
    region goes on writing what it had taken, and its pages win over the other's at any time and key, until it is
    stopped. Questions are asked when everything has been recovered.
    """
    cut_us = chance.choice(history.events).arrival_us
    acknowledged = [event for event in history.events if event.arrival_us <= cut_us]
    later = [
        event._replace(shard=f"other/{event.shard}") for event in history.events if event.arrival_us > cut_us
    ]
    home = _Home()
    processed_us = chance.choice(acknowledged).arrival_us
    lost = Platform(history._replace(events=acknowledged), home, _ENVIRONMENT, chance)
    lost.stream_until(processed_us)
    store, copied = _copied(home, chance)
    lost.stream_until(cut_us)

    assert pointer.move(store, _ENVIRONMENT, Pointer(_EPOCH, "other", True, cut_us))
    late = _Late(home, copied, chance)
    rest = history._replace(events=[*acknowledged, *later])
    survivor = Platform(rest._replace(events=later), store, _ENVIRONMENT, chance)
    reached_us = cut_us
    rounds = _rounds(acknowledged, chance)
    for number, found in enumerate(rounds, 1):
        while later and chance.random() < _OFTEN:
            reached_us = max(reached_us, chance.choice(later).arrival_us)
            survivor.stream_until(reached_us)
            late.win(store)
        survivor.recover(found, number)
        late.win(store)
    # The lost region is stopped by now.
    survivor.give_again(rounds)

    findings = Findings()
    for question in history.questions:
        if question.t_us >= reached_us:
            survivor.stream_until(question.t_us)
            values = survivor.ask(question)
            if values is not None:
                findings.compare(history, [*acknowledged, *survivor.arrived], question, values)
    return findings


def _copied(home: _Home, chance: random.Random) -> tuple[MemoryStore, dict[str, int]]:
    """A store in which each key is as old as chance wants, and how many of its values were copied."""
    copy = MemoryStore()
    copied: dict[str, int] = Counter()
    for key, held in home.held.items():
        copied[key] = chance.randint(0, len(held))
        for revision, stored in enumerate(held[: copied[key]]):
            copy.write([Write(key, stored.value, revision, None)])
    return copy, copied


def _rounds(events: Sequence[LoggedEvent], chance: random.Random) -> list[list[LoggedEvent]]:
    """Events come to light in some rounds; within one, those of a shard are in their order."""
    rounds: list[list[LoggedEvent]] = [[] for _ in range(chance.randint(1, 3))]
    for event in events:
        chance.choice(rounds).append(event)
    return [sorted(found, key=lambda event: (event.shard, event.sequence)) for found in rounds]
