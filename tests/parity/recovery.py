"""A region that is lost in the middle of a history, and another that goes on from what was copied of it."""

import random
from collections.abc import Sequence

from headwater.envelope import LoggedEvent
from headwater.online.memory import MemoryStore
from headwater.online.stores import Stored, Write
from tests.parity.comparison import Findings
from tests.parity.histories import History
from tests.parity.platform import Platform

_ENVIRONMENT = "test"


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


def check_recovery(history: History, chance: random.Random) -> Findings:
    """Lose a region at some instant; recover its events in rounds while the other takes those that follow.

    Each key of the copy is as old as chance wants: that is what replication by key promises, and no more. Questions
    are asked when everything has been recovered.
    """
    cut_us = chance.choice(history.events).arrival_us
    acknowledged = [event for event in history.events if event.arrival_us <= cut_us]
    later = [
        event._replace(shard=f"other/{event.shard}") for event in history.events if event.arrival_us > cut_us
    ]
    home = _Home()
    processed_us = chance.choice(acknowledged).arrival_us
    Platform(history._replace(events=acknowledged), home, _ENVIRONMENT, chance).stream_until(processed_us)

    rest = history._replace(events=[*acknowledged, *later])
    survivor = Platform(rest._replace(events=later), _copied(home, chance), _ENVIRONMENT, chance)
    reached_us = cut_us
    for number, found in enumerate(_rounds(acknowledged, chance), 1):
        if later and chance.random() < 0.5:
            reached_us = max(reached_us, chance.choice(later).arrival_us)
            survivor.stream_until(reached_us)
        survivor.recover(found, number)

    findings = Findings()
    for question in history.questions:
        if question.t_us >= reached_us:
            survivor.stream_until(question.t_us)
            values = survivor.ask(question)
            if values is not None:
                findings.compare(history, [*acknowledged, *survivor.arrived], question, values)
    return findings


def _copied(home: _Home, chance: random.Random) -> MemoryStore:
    copy = MemoryStore()
    for key, held in home.held.items():
        reached = chance.randint(0, len(held))
        for revision, stored in enumerate(held[:reached]):
            copy.write([Write(key, stored.value, revision, None)])
    return copy


def _rounds(events: Sequence[LoggedEvent], chance: random.Random) -> list[list[LoggedEvent]]:
    """Events come to light in some rounds; within one, those of a shard are in their order."""
    rounds: list[list[LoggedEvent]] = [[] for _ in range(chance.randint(1, 3))]
    for event in events:
        chance.choice(rounds).append(event)
    return [sorted(found, key=lambda event: (event.shard, event.sequence)) for found in rounds]
