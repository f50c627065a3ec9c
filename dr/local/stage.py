"""Two live regions with traffic on them, and what can happen to them."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import msgspec

from dr import comparison, measure, plain_caches, regions, waiting
from dr.errors import FailoverError
from dr.local.gates import Mode
from dr.local.health import Health
from dr.local.places import Places, environment
from dr.local.replication import Replication, Settings
from dr.local.tables import Read, Tables
from dr.local.traffic import SERVICE, Looked
from dr.local.traffic import Plan as TrafficPlan
from dr.regions import Region
from headwater import registry
from headwater.envelope import LoggedEvent
from headwater.online import fills, watermark
from headwater.online.changes import all_tilers
from headwater.online.stores import OnlineStore
from headwater.stream import pointer
from headwater.stream.pointer import Pointer
from infra.local import pair
from infra.local.pair import Pair
from infra.local.state import ProcessRecord

PRODUCERS = ("till-1", "till-2")
_POLL_S = 0.1
_PATIENCE_S = 25.0
_CALM_S = 2.0
"""A fault that comes later than that would find preflight's limit half used up by the machine."""

_CALM_PATIENCE_S = 120.0
_DOUBT_S = 60.0
"""A producer looks again what became of a call that was cut off."""


class Stage:
    """Both regions, and everything that runs on them.

    Args:
        up: The pair, empty.
        lag_s: Of the table's copies; the bucket's take four times as long.
        say: Told what is going on.
    """

    def __init__(self, up: Pair, lag_s: float, say: Callable[[str], None]) -> None:
        self.home, self.away = pair.REGIONS
        self.pair = up
        self.say = say
        self.folder = up.folder / "traffic"
        self.folder.mkdir(parents=True)
        self.registry_file = up.root / "features" / "registry.json"
        self.registry = registry.load(self.registry_file)
        self._lag_s = lag_s
        self.places = Places(up, say)
        self._traffic: ProcessRecord | None = None
        self.sites: dict[str, Region] = {}
        self.table = {name: Settings(lag_s) for name in pair.REGIONS}
        self.bucket = {name: Settings(4 * lag_s) for name in pair.REGIONS}
        self.replication: Replication | None = None
        self.health: Health | None = None
        self.conflicts: set[str] = set()
        self.history: list[LoggedEvent] = []
        self.tables: Tables | None = None
        self._operators: list[subprocess.Popen[str]] = []

    def start(self) -> None:
        """Bring everything up; returns when events flow into both regions."""
        for name in pair.REGIONS:
            self.places.build(name)
        self.sites = self.places.seen()
        home, away = self.sites[self.home], self.sites[self.away]
        plain_caches.follow(away, home)
        if self.history:
            self._claim(home)
        first = Pointer(1, self.home, True, time.time_ns() // 1000)
        pointer.move(home.table, home.outputs.environment, first)
        self.replicate()
        if self.tables is not None:
            self._start_tables(self.tables)
        self.health = Health(self.sites, self.folder / "route")
        self.health.start()
        self._start_traffic()
        self.wait(
            "events in both regions",
            lambda: self._position(away.table) > 0 and self._position(away.cache) > 0,
        )

    def with_tables(self) -> None:
        """Let the offline store take part."""
        self.tables = Tables(self.pair.folder / "tables", self.registry, self.registry_file, self._job)

    def _start_tables(self, tables: Tables) -> None:
        home, away = self.sites[self.home], self.sites[self.away]
        tables.create(home, self.history)
        tables.ingest(self.home, self.places.inside(self.home), noted=True)
        outputs = self.pair.folder / "outputs"
        tables.follow(outputs / f"{self.home}.json", outputs / f"{self.away}.json")
        tables.wait_for(away, len(self.history))

    def _job(self, name: str, command: list[str], region: str) -> Callable[[], None]:
        record = self.pair.start(name, command, environment(), region=region)
        return lambda: self.pair.stop(record)

    def wait_for_tables(self) -> None:
        """Wait until the other region's tables have rows of the stream: a replica without any would show nothing."""
        self._own_tables().wait_for(self.sites[self.away], len(self.history) + 1)

    def tables_go_on(self) -> Read:
        """Read the tables in the region that goes on, and let its own job write them."""
        tables = self._own_tables()
        tables.stop_following()
        read = tables.take_over(self.sites[self.home], self.sites[self.away])
        tables.ingest(self.away, self.places.inside(self.away), noted=False)
        return read

    def take_tables_back(self) -> int:
        """Write the tables at home again; return how many rows only home had."""
        tables = self._own_tables()
        tables.stop()
        return tables.go_back(self.sites[self.away], self.sites[self.home])

    def compare_tables(self) -> tuple[int, int]:
        """Rows that home's tables lack, and rows too many, of all that came before the stream and on it."""
        return self._own_tables().compare(self.sites[self.home], [*self.history, *self.acknowledged()])

    def _own_tables(self) -> Tables:
        if self.tables is None:
            raise FailoverError("drill: the scenario has no tables; add it to those that have")
        return self.tables

    def replicate(self) -> None:
        """Begin to copy tables and buckets, anew if a region was built again."""
        if self.replication is not None:
            self.replication.close()
            self.conflicts |= self.replication.conflicts
        for settings in (*self.table.values(), *self.bucket.values()):
            settings.stalled = settings.cut = False
        inside = {name: regions.read(self.places.inside(name)) for name in pair.REGIONS}
        self.replication = Replication(
            self.sites[self.home], self.sites[self.away], inside, self.table, self.bucket
        )
        self.replication.start()

    def kill(self, name: str) -> float:
        """Take a region away for good; returns when, in seconds since the epoch."""
        cut_s = time.time()
        self.pair.kill_region(name)
        self.turn(name, "shut")
        if self.replication is not None:
            self.replication.lose(name)
        return cut_s

    def turn(self, name: str, mode: Mode) -> None:
        """Cut a region off, or let it be reached again; inside, it lives on."""
        self._cut(mode)
        self.places.turn(name, mode)

    def turn_dynamodb(self, name: str, mode: Mode) -> None:
        """Let DynamoDB alone fail in a region, inside and outside, or work again."""
        self._cut(mode)
        self.places.turn_dynamodb(name, mode)

    def _cut(self, mode: Mode) -> None:
        for settings in self.table.values():
            settings.cut = mode != "open"

    def wait_inside(self, name: str) -> None:
        """Wait until a region that cannot be reached has applied its own stream to the end."""
        inside = regions.read(self.places.inside(name))
        ends = self._ends(inside)
        self.wait(f"the stream inside {name}", lambda: _reached(inside.table, inside, ends))

    def rebuild(self, name: str) -> None:
        """Build a lost region again, empty, and begin to copy to it; its cache stays apart."""
        self.places.build(name)
        self.sites = self.places.seen()
        self.replicate()

    def mode(self, mode: str) -> None:
        """Tell the traffic what to do."""
        scratch = self.folder / "mode.new"
        scratch.write_text(mode)
        scratch.replace(self.folder / "mode")

    def outboxes(self) -> list[Path]:
        """Files of the producers' outboxes."""
        return [self.folder / f"{name}.db" for name in PRODUCERS]

    def acknowledged(self) -> list[LoggedEvent]:
        """What producers have been told is on a stream."""
        return measure.acknowledged(self.outboxes(), pair.REGIONS, self.registry)

    def settle(self, serving: str, *, both: bool) -> None:
        """Let no new events come, and wait until all are applied, and copied if both regions are there."""
        self.mode("drain")
        # What may be on the stream of a region that nobody reaches stays in doubt.
        asked = pair.REGIONS if both else (serving,)
        self.wait("producers", lambda: measure.unacknowledged(self.outboxes(), asked) == 0, _DOUBT_S)
        site = self.sites[serving]
        ends = self._ends(site)
        for store in site.stores:
            self.wait(f"the stream in {store.name}", lambda store=store: _reached(store, site, ends))  # type: ignore[misc]
        if both:
            self.wait_for_copies()
            other = next(one for name, one in self.sites.items() if name != serving)
            self.wait("the cache's copy", lambda: _reached(other.cache, site, ends))

    def lag_s(self, region: str) -> float:
        """How long ago the newest event came that each store of a region has, at most; seconds."""
        marks = [watermark.read(store, pair.ENVIRONMENT) for store in self.sites[region].stores]
        return time.time() - min(0.0 if mark is None else mark.arrival_us / 1e6 for mark in marks)

    def waiting(self, region: str) -> int:
        """Events that producers have been told are on a region's stream, and that its table does not have yet."""
        site = self.sites[region]
        mark = watermark.read(site.table, pair.ENVIRONMENT)
        positions = mark.positions if mark else {}
        return sum(
            site.owns(event.shard) and event.sequence > int(positions.get(event.shard, "-1"))
            for event in self.acknowledged()
        )

    def wait_until_dated(self, region: str) -> None:
        """Wait until what was written in a region counts as written: whatever is written from then on is later."""
        if self.replication is not None:
            self.wait(f"dates of writes in {region}", self.replication.has_dated(region))

    def copy_out(self, region: str) -> None:
        """Let a region that nobody reaches be copied to the other, and wait until all that it has written is there."""
        self.table[region].cut = False
        if self.replication is not None:
            self.wait(f"copies of {region}", self.replication.has_copied(region))

    def wait_for_calm(self) -> None:
        """Wait until no copy is far behind: a machine that is busy with other things gets there later."""
        self.wait("copies that follow", lambda: self.lag_s(self.away) <= _CALM_S, _CALM_PATIENCE_S)

    def wait_for_copies(self) -> None:
        """Wait until the tables of both regions have the same."""
        self.wait("copies", lambda: not comparison.differing(self.sites[self.home], self.sites[self.away]))

    def _ends(self, site: Region) -> dict[str, int]:
        """Last position of each shard of a region that producers have been told of."""
        ends: dict[str, int] = {}
        for event in self.acknowledged():
            if site.owns(event.shard):
                ends[event.shard] = max(event.sequence, ends.get(event.shard, -1))
        return ends

    def compare(self, names_of_regions: tuple[str, ...]) -> list[measure.Compared]:
        """Every store of some regions beside the oracle."""
        events = [*self.history, *self.acknowledged()]
        return [
            measure.compare(self.sites[name], store, events, self.registry, SERVICE)
            for name in names_of_regions
            for store in self.sites[name].stores
        ]

    def looked(self) -> list[Looked]:
        """Every lookup so far."""
        lines = (self.folder / "lookups.jsonl").read_bytes().splitlines(keepends=True)
        return [msgspec.json.decode(line, type=Looked) for line in lines if line.endswith(b"\n")]

    def operator(self, command: str, journal: Path, **options: Any) -> "subprocess.Popen[str]":
        """Start the operator's command in a process of its own."""
        words = [
            word
            for name, value in options.items()
            for word in (f"--{name.replace('_', '-')}", *([str(value)] if value != "" else []))
        ]
        line = [
            sys.executable, "-m", "dr", command, "--env", pair.ENVIRONMENT, "--outputs", str(self.pair.folder / "outputs"),
            "--journal", str(journal), "--producers", str(len(PRODUCERS)), "--yes", *words,
        ]  # fmt: skip
        process = subprocess.Popen(
            line,
            cwd=self.pair.root,
            env=environment(),
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self._operators.append(process)
        return process

    def wait(self, what: str, done: Callable[[], bool], patience_s: float = _PATIENCE_S) -> None:
        """Wait for something; a store that does not answer meanwhile is asked again.

        Raises:
            FailoverError: It does not come.
        """
        try:
            waiting.wait(f"drill, {what}", done, patience_s, _POLL_S)
        except FailoverError as error:
            raise FailoverError(f"{error}; logs are in {self.pair.logs}") from error

    def close(self) -> None:
        """End what runs in this process, the traffic, and operators of a scenario that failed."""
        for operator in self._operators:
            if operator.poll() is None:
                operator.kill()
                operator.communicate()
        if self.tables is not None:
            self.tables.stop()
        if self._traffic is not None:
            self.mode("end")
            self.pair.stop(self._traffic)
        if self.health is not None:
            self.health.close()
        if self.replication is not None:
            self.replication.close()
        self.places.close()

    def _claim(self, home: Region) -> None:
        """Say in the stores that what arrived until now is a backfill's."""
        names = [tiler.name for tiler in all_tilers(self.registry)]
        now_us = time.time_ns() // 1000
        for store in home.stores:
            fills.claim(store, home.outputs.environment, names, now_us)

    def _start_traffic(self) -> None:
        plan = TrafficPlan(
            outputs=str(self.pair.folder / "outputs"),
            folder=str(self.folder),
            registry=str(self.registry_file),
            producers=list(PRODUCERS),
            per_second=30,
            lookups_per_second=15,
        )
        file = self.folder / "plan.json"
        file.write_bytes(msgspec.json.encode(plan))
        self.mode("run")
        command = [sys.executable, "-m", "dr.local.traffic", str(file)]
        self._traffic = self.pair.start("traffic", command, environment())

    def _position(self, store: OnlineStore) -> int:
        mark = watermark.read(store, pair.ENVIRONMENT)
        return max((int(position) for position in mark.positions.values()), default=0) if mark else 0


@contextmanager
def opened(
    root: Path,
    say: Callable[[str], None],
    lag_s: float = 0.3,
    history: Sequence[LoggedEvent] = (),
    *,
    tables: bool = False,
) -> Iterator[Stage]:
    """A stage with everything running, for as long as the context is open.

    Args:
        root: The checkout.
        say: Told what is going on.
        lag_s: Of replication.
        history: Events that came before the stream, for a backfill to bring; none: the stream brings all there is.
        tables: Whether the offline store takes part.
    """
    with pair.opened(root) as up, ExitStack() as stack:
        stage = Stage(up, lag_s, say)
        stage.history = list(history)
        if tables:
            stage.with_tables()
        stack.callback(stage.close)
        stage.start()
        yield stage


def _reached(store: OnlineStore, site: Region, ends: dict[str, int]) -> bool:
    mark = watermark.read(store, site.outputs.environment)
    positions = mark.positions if mark else {}
    return all(int(positions.get(shard, "-1")) >= end for shard, end in ends.items())
