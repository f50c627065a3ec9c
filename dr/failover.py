"""The steps of a failover and of a planned switch, as an operator's machine does them."""

import time
from collections.abc import Callable
from typing import Any, NamedTuple

from dr import caches, comparison, preflight, recovery
from dr.errors import FailoverError
from dr.journal import Journal
from dr.preflight import Limits
from dr.regions import Region
from dr.running import Work
from headwater.errors import UnavailableError
from headwater.online import watermark
from headwater.online.stores import OnlineStore
from headwater.registry import Registry
from headwater.stream import pointer
from headwater.stream.pointer import Pointer

_POLL_S = 0.1
_SETTLED_S = 4.0
"""Longer than a producer believes the pointer it knows, and waits for the answer to a call."""


class Options(NamedTuple):
    """What whoever runs a plan says.

    Attributes:
        well_until_s: When the region that is left was last seen well.
        limits: What is asked of the other one.
        force: Reason to go on although something is below its limit; empty: do not.
        producers: Whose outboxes are waited for.
        patience_s: How long to wait for what has to come by itself.
    """

    well_until_s: float
    limits: Limits = Limits()
    force: str = ""
    producers: int = 0
    patience_s: float = 30.0


class Operator:
    """Moves producers from one region to another.

    Args:
        left: The region that is lost, or left.
        taken: The region that goes on.
        journal: Of this run.
        registry: Definitions that both run.
        options: What whoever runs it says.
    """

    def __init__(
        self, left: Region, taken: Region, journal: Journal, registry: Registry, options: Options
    ) -> None:
        self.left = left
        self.taken = taken
        self.journal = journal
        self.registry = registry
        self.options = options

    def failover(self) -> dict[str, Work]:
        """Work of the plan `failover`."""
        return {
            "preflight": self._preflight,
            "point": self._point,
            "promote cache": lambda: {"was a replica": caches.promote(self.taken)},
            "fence": self.fence,
            "recover": self._recover,
            "verify": self._verify,
        }

    def switch(self) -> dict[str, Work]:
        """Work of the plan `switch`."""
        return {
            "preflight": self._preflight,
            "hold": self._hold,
            "drain": self._drain,
            "promote cache": self._swap_caches,
            "point": self._point,
            "verify": self._verify,
        }

    def rollback(self, code: bytes) -> dict[str, Work]:
        """Work of the plan `rollback`, in the region that is left by nobody.

        Args:
            code: Zip that the stream function had before.
        """
        return {"restore": lambda: self._restore(code), "caught up": self._catch_up}

    def fence(self) -> dict[str, Any]:
        """Stop the stream function of the region that is left."""
        function = self.left.outputs.stream_function_name
        self.left.client("lambda").put_function_concurrency(
            FunctionName=function, ReservedConcurrentExecutions=0
        )
        return {"function": function}

    def wait(self, what: str, done: Callable[[], bool]) -> None:
        """Wait for something that comes by itself.

        Raises:
            FailoverError: It does not come.
        """
        deadline = time.monotonic() + self.options.patience_s
        while not done():
            if time.monotonic() > deadline:
                raise FailoverError(
                    f"{what}: not within {self.options.patience_s:g} s; see to it, then go on"
                )
            time.sleep(_POLL_S)

    def current(self) -> Pointer:
        """The pointer, as the region that goes on and, if it answers, the other one know it.

        Raises:
            FailoverError: There is none.
        """
        stores: dict[str, OnlineStore] = {self.taken.name: self.taken.table, self.left.name: self.left.table}
        found = pointer.read(stores, self.taken.outputs.environment)
        if found is None:
            raise FailoverError(
                f"pointer of {self.taken.outputs.environment!r}: none is set; point producers to a region first"
            )
        return found

    def name(self) -> str:
        """Name of the failover, once it was pointed."""
        return recovery.failover_name(Pointer(self.journal.decided("epoch"), self.taken.name, True, 0))

    def _restore(self, code: bytes) -> dict[str, Any]:
        function = self.taken.outputs.stream_function_name
        answer = self.taken.client("lambda").update_function_code(
            FunctionName=function, ZipFile=code, Publish=True
        )
        return {"function": function, "code": answer["CodeSha256"]}

    def _catch_up(self) -> dict[str, Any]:
        ends = _ends(self.taken)
        for store in self.taken.stores:
            self.wait(
                f"the stream in {store.name}",
                lambda store=store: _reached(store, self._environment, ends),  # type: ignore[misc]
            )
        return {"shards": len(ends)}

    def _preflight(self) -> dict[str, Any]:
        checks = preflight.check(self.taken, self.options.limits, self.options.well_until_s)
        short = [check for check in checks if not check.passed]
        detail: dict[str, Any] = {check.name: check.found for check in checks}
        if not short:
            return detail
        said = "; ".join(f"{check.name}: found {check.found}, expected {check.expected}" for check in short)
        if not self.options.force:
            raise FailoverError(
                f"region {self.taken.name}: {said}; raise it, or go on with --force and the reason, which is recorded"
            )
        return {**detail, "below limits": said, "forced because": self.options.force}

    def _move(self, name: str, region: str, *, is_open: bool) -> dict[str, Any]:
        epoch = self.journal.decided(name)
        if epoch is None:
            epoch = self.current().epoch + 1
            self.journal.add("", "decided", **{name: epoch})
        since_us = time.time_ns() // 1000
        if not pointer.move(self.taken.table, self._environment, Pointer(epoch, region, is_open, since_us)):
            standing = self.current()
            # What this very run has written, by a process that was killed before it could say so.
            if (standing.epoch, standing.region, standing.open) != (epoch, region, is_open):
                raise FailoverError(
                    f"pointer: found epoch {standing.epoch} at {standing.region}, wanted {epoch} at {region}; somebody "
                    "else moves it: agree, then start a new run"
                )
        return {"epoch": epoch, "region": region}

    def _hold(self) -> dict[str, Any]:
        done = self._move("hold_epoch", self.left.name, is_open=False)
        time.sleep(_SETTLED_S)
        return done

    def _point(self) -> dict[str, Any]:
        mark = watermark.read(self.taken.table, self._environment)
        self.journal.add("", "decided", positions=_own_positions(self.taken, mark))
        return self._move("epoch", self.taken.name, is_open=True)

    def _recover(self) -> dict[str, Any]:
        name = self.name()
        deadline = time.monotonic() + self.options.patience_s
        while len(recovery.shippers(self.taken, name)) < self.options.producers:
            if time.monotonic() > deadline:
                # They may be heard of hours later; what they have is another round then.
                break
            time.sleep(_POLL_S)
        heard = recovery.shippers(self.taken, name)
        found = recovery.gather(self.left, self.taken, name, self.registry)
        added, done = recovery.recover(self.taken, name, found, self.registry)
        return {
            "events": added,
            "page changes applied": done.applied,
            "page changes known": done.known,
            "producers heard": sorted(heard),
        }

    def _drain(self) -> dict[str, Any]:
        ends = _ends(self.left)
        self.wait("stream's end", lambda: all(_reached(s, self._environment, ends) for s in self.left.stores))
        self.wait("copies of pages", lambda: not comparison.differing(self.left, self.taken))
        self.wait(
            "copies of the cache",
            lambda: all(_reached(store, self._environment, ends) for store in self.taken.stores),
        )
        return {"shards": len(ends)}

    def _swap_caches(self) -> dict[str, Any]:
        was_replica = caches.promote(self.taken)
        caches.follow(self.left, self.taken)
        return {"was a replica": was_replica}

    def _verify(self) -> dict[str, Any]:
        before: dict[str, str] = self.journal.decided("positions")

        def counted(store: OnlineStore) -> bool:
            try:
                found = _own_positions(self.taken, watermark.read(store, self._environment))
            except UnavailableError:
                return False
            return any(int(end) > int(before.get(shard, "-1")) for shard, end in found.items())

        for store in self.taken.stores:
            self.wait(f"an event in {self.taken.name}, {store.name}", lambda store=store: counted(store))  # type: ignore[misc]
        return {"stores": [store.name for store in self.taken.stores]}

    @property
    def _environment(self) -> str:
        return self.taken.outputs.environment


def _own_positions(region: Region, mark: watermark.Watermark | None) -> dict[str, str]:
    return {shard: end for shard, end in (mark.positions if mark else {}).items() if region.owns(shard)}


def _ends(region: Region) -> dict[str, int]:
    """Last position of each shard of a region's stream that holds anything."""
    ends: dict[str, int] = {}
    for record in region.stream.records():
        ends[record.shard] = max(record.sequence, ends.get(record.shard, -1))
    return ends


def _reached(store: OnlineStore, environment: str, ends: dict[str, int]) -> bool:
    mark = watermark.read(store, environment)
    positions = mark.positions if mark else {}
    return all(int(positions.get(shard, "-1")) >= end for shard, end in ends.items())
