"""Live traffic, in a process of its own: producers with outboxes, and lookups in the region that serves.

Told what to do by files, as it outlives the operator's machine and regions alike: ``mode`` (``run``, ``drain``: nothing
new, or ``end``) and ``route``, the region that health checks point lookups to.
"""

import json
import random
import sys
import threading
import time
from collections.abc import Callable, Iterable
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from dr import recovery, regions
from dr.regions import Region
from headwater import registry
from headwater.errors import HeadwaterError
from headwater.instants import from_us
from headwater.online.client import FeatureClient
from headwater.online.reader import FeatureReader
from headwater.online.regional import RegionalReads
from headwater.online.tiers import TieredReads
from headwater.registry import Registry
from headwater.stream import pointer
from headwater.stream.outbox import Kept, Outbox, Outgoing
from headwater.stream.pointer import Pointer
from headwater.stream.producer import EventProducer
from headwater.stream.records import StreamRecord
from headwater.stream.recovery import shipment
from infra.local import pair

AIRPORTS = tuple(f"drill-{number}" for number in range(6))
CARRIERS = ("AA", "BB", "CC")
SERVICE = "flight_delay"
NEWEST = "aircraft_departures__dep_delay_max_7d"
"""Feature that shows a heartbeat's number: heartbeats carry it as their delay."""

HEDGE_S = 0.05
ANSWER_S = 0.25
"""What docs/failover.md advises to whoever looks up: when to ask another region, and how long to wait for one at most."""

_FLUSH_S = 0.1
_ANSWERED_US = 10_000_000
"""A call that nobody waits for any more has been done by then, if it ever is."""

_HEARTBEAT_EVERY = 5
_FAILURES = (HeadwaterError, BotoCoreError, ClientError)


class Plan(msgspec.Struct, kw_only=True):
    """What the process is started with.

    Attributes:
        outputs: Folder of the regions' outputs.
        folder: Where outboxes, logs and the files that tell it what to do are.
        registry: Compiled definitions.
        producers: Names.
        per_second: Events of all producers together.
        lookups_per_second: Lookups.
    """

    outputs: str
    folder: str
    registry: str
    producers: list[str]
    per_second: float
    lookups_per_second: float


class Looked(msgspec.Struct):
    """One lookup: when, which region was asked first, how long, and what it saw; empty error: it was answered."""

    at_s: float
    region: str
    ms: float
    error: str
    heartbeat: float | None = None


def aircraft_of(producer: str) -> str:
    """Aircraft whose departures are a producer's heartbeats."""
    return f"heartbeat-{producer}"


def heartbeats(event_ids: Iterable[str]) -> dict[str, list[int]]:
    """Numbers of those events that are heartbeats, by producer.

    >>> heartbeats(["till-1-5", "till-1-6", "till-2-15", "till-1-10"])
    {'till-1': [5, 10], 'till-2': [15]}
    """
    found: dict[str, list[int]] = {}
    for producer, _, number in sorted(event_id.rpartition("-") for event_id in event_ids):
        if _is_heartbeat(int(number)):
            found.setdefault(producer, []).append(int(number))
    return {producer: sorted(numbers) for producer, numbers in found.items()}


def _is_heartbeat(number: int) -> bool:
    return number % _HEARTBEAT_EVERY == 0


class Till:
    """One producer: events and heartbeats, and after a move what it ships and settles.

    Args:
        name: Its name.
        plan: What the process was started with.
        sites: The regions.
        definitions: Compiled definitions.
    """

    def __init__(self, name: str, plan: Plan, sites: dict[str, Region], definitions: Registry) -> None:
        self._name = name
        self._sites = sites
        self._definitions = definitions
        self._folder = Path(plan.folder)
        self._environment = next(iter(sites.values())).outputs.environment
        self.outbox = Outbox(self._folder / f"{name}.db")
        self._pointer: Pointer | None = None
        self._producer = EventProducer(
            {region: site.stream for region, site in sites.items()}, self._read_pointer, self.outbox
        )
        self._numbers = count(1)
        self._chance = random.Random(name)  # noqa: S311 (not for secrets)
        self._pause_s = len(plan.producers) / plan.per_second
        self._shipped: dict[str, int] = {}
        self._parts = count(1)
        self._settled: set[str] = set()
        self._looked_s = 0.0

    def run(self, mode: Callable[[], str]) -> None:
        """Produce until told to end."""
        next_s = time.monotonic()
        while (told := mode()) != "end":
            new = []
            while told == "run" and next_s <= time.monotonic():
                new.append(self._event())
                next_s += self._pause_s
            if told != "run":
                next_s = time.monotonic()
            self._producer.put(new)
            try:
                self._after_a_move()
            except _FAILURES as error:
                print(f"{self._name}: {error}", file=sys.stderr, flush=True)  # noqa: T201 (its log)
            time.sleep(_FLUSH_S)

    def _read_pointer(self) -> Pointer | None:
        tables = {region: site.table for region, site in self._sites.items()}
        self._pointer = pointer.read(tables, self._environment) or self._pointer
        return self._pointer

    def _event(self) -> Outgoing:
        number = next(self._numbers)
        is_heartbeat = _is_heartbeat(number)
        aircraft = aircraft_of(self._name) if is_heartbeat else f"N{self._chance.randrange(8)}"
        airport = self._chance.choice(AIRPORTS)
        envelope = {
            "source": "departures",
            "event_id": f"{self._name}-{number}",
            "event_time": from_us(time.time_ns() // 1000).isoformat(),
            "data": {
                "origin": airport,
                "carrier": self._chance.choice(CARRIERS),
                "tailnum": aircraft,
                "dep_delay": float(number) if is_heartbeat else float(self._chance.randrange(60)),
                "cancelled": False,
            },
        }
        return Outgoing(airport, json.dumps(envelope).encode())

    def _after_a_move(self) -> None:
        """Ship what another region has acknowledged, and settle what it may have, once that is asked for.

        What the region that serves may have is settled as well: calls are cut off there, too.
        """
        now_s = time.monotonic()
        if now_s - self._looked_s < 1 or self._pointer is None or not self._pointer.open:
            return
        self._looked_s = now_s
        here = self._sites[self._pointer.region]
        failover = recovery.failover_name(self._pointer)
        self._look_again(here)
        for region in self._sites:
            if region != here.name:
                self._ship(region, here, failover)
                self._settle(region, here, failover)

    def _look_again(self, here: Region) -> None:
        """Settle what a call of the region that serves has left in doubt, once it is on the stream or never will be."""
        doubtful = self.outbox.listed("sent", here.name)
        if doubtful and max(kept.at_us for kept in doubtful) + _ANSWERED_US < time.time_ns() // 1000:
            self._producer.resolve(here.name, here.stream.records())

    def _ship(self, region: str, here: Region, failover: str) -> None:
        kept = self.outbox.listed("acknowledged", region)
        if self._shipped.get(failover) == len(kept):
            return
        here.bucket.put(recovery.shipment_key(failover, self._name, next(self._parts)), shipment(kept))
        self._shipped[failover] = len(kept)

    def _settle(self, region: str, here: Region, failover: str) -> None:
        if failover in self._settled or recovery.settle_key(failover) not in here.bucket.keys(
            recovery.settle_key(failover)
        ):
            return
        there = here.bucket.content(recovery.settle_key(failover)) == b"there"
        records = list(self._sites[region].stream.records() if there else self._archived(region, here))
        found, released = self._producer.resolve(region, records)
        self._ship(region, here, failover)
        here.bucket.put(
            f"{recovery.settled_prefix(failover)}{self._name}", json.dumps([found, released]).encode()
        )
        self._settled.add(failover)

    def _archived(self, region: str, here: Region) -> list[StreamRecord]:
        """Of a stream that is gone for good, what its archive proves to have been on it."""
        doubtful = {_event_id(kept): kept for kept in self.outbox.listed("sent", region)}
        if not doubtful:
            return []
        return [
            StreamRecord(
                event.shard,
                event.sequence,
                str(event.sequence),
                event.arrival_us,
                doubtful[event.event_id].outgoing.data,
            )
            for event in recovery.archived(self._sites[region], here, self._definitions)
            if event.event_id in doubtful
        ]


def _event_id(kept: Kept) -> str:
    event_id: str = json.loads(kept.outgoing.data)["event_id"]
    return event_id


class Desk:
    """Lookups: the region that the route names is asked first, and the other one when it is slow to answer.

    Args:
        plan: What the process was started with.
        sites: The regions.
        definitions: Compiled definitions.
    """

    def __init__(self, plan: Plan, sites: dict[str, Region], definitions: Registry) -> None:
        self._folder = Path(plan.folder)
        self._reads = RegionalReads(
            {region: TieredReads(site.lookups(ANSWER_S)) for region, site in sites.items()},
            self._route,
            hedge_s=HEDGE_S,
        )
        environment = next(iter(sites.values())).outputs.environment
        self._client = FeatureClient(FeatureReader(self._reads, definitions, environment), definitions)
        self._aircraft = [aircraft_of(producer) for producer in plan.producers]
        self._pause_s = 1 / plan.lookups_per_second
        self._chance = random.Random(11)  # noqa: S311 (not for secrets)

    def run(self, mode: Callable[[], str]) -> None:
        """Look up until told to end; a line a lookup."""
        with (self._folder / "lookups.jsonl").open("ab", buffering=0) as log:
            while mode() != "end":
                started = time.monotonic()
                log.write(msgspec.json.encode(self._look()) + b"\n")
                time.sleep(max(self._pause_s - (time.monotonic() - started), 0))
        self._reads.close()

    def _route(self) -> str:
        return (self._folder / "route").read_text()

    def _look(self) -> Looked:
        region = self._route()
        entity = {
            "origin": self._chance.choice(AIRPORTS),
            "carrier": self._chance.choice(CARRIERS),
            "tailnum": self._aircraft[0],
        }
        at_s, started = time.time(), time.monotonic()
        try:
            [row] = self._client.get(SERVICE, [entity]).rows()
        except _FAILURES as error:
            return Looked(at_s, region, (time.monotonic() - started) * 1000, type(error).__name__)
        return Looked(at_s, region, (time.monotonic() - started) * 1000, "", row[NEWEST])


def main(plan_file: str) -> None:
    """Run the traffic that a file describes."""
    plan = msgspec.json.decode(Path(plan_file).read_bytes(), type=Plan)
    sites = regions.load(Path(), pair.ENVIRONMENT, Path(plan.outputs))
    definitions = registry.load(Path(plan.registry))
    tills = [Till(name, plan, sites, definitions) for name in plan.producers]
    workers: list[Any] = [*tills, Desk(plan, sites, definitions)]

    def mode() -> str:
        return (Path(plan.folder) / "mode").read_text()

    threads = [threading.Thread(target=worker.run, args=(mode,)) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for till in tills:
        till.outbox.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
