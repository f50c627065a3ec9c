"""The steps of a failover and of a planned switch, as an operator's machine does them."""

import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from dr import caches, comparison, plan, preflight, recovery, streams, waiting
from dr.caches import Caches
from dr.checks import Check
from dr.errors import FailoverError
from dr.journal import Journal
from dr.limits import Limits
from dr.moves import Moves, own_positions
from dr.regions import Region
from dr.running import Work
from headwater.envelope import LoggedEvent
from headwater.online import watermark
from headwater.online.stores import OnlineStore
from headwater.registry import Registry
from headwater.stream.pointer import Pointer

_POLL_S = 0.1


class Options(NamedTuple):
    """What whoever runs a plan says.

    Attributes:
        well_until_s: When the region that is left was last seen well.
        limits: What is asked of the other one.
        force: Reason to go on although something is below its limit; empty: do not.
        producers: Whose outboxes are waited for.
        patience_s: How long to wait for what has to come by itself.
        deleting: Name of the one cache that may be deleted, to be made again as a copy; empty: none.
    """

    well_until_s: float
    limits: Limits = Limits()
    force: str = ""
    producers: int = 0
    patience_s: float = 30.0
    deleting: str = ""


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
        self.moves = Moves(left, taken, journal)

    def failover(self) -> dict[str, Work]:
        """Work of the plan `failover`."""
        return {
            "preflight": lambda: self._preflight(plan.FAILOVER),
            "point": self.moves.point,
            "promote cache": self._promote_cache,
            "fence": self.fence,
            "recover": self._recover,
            "verify": self._verify,
        }

    def switch(self) -> dict[str, Work]:
        """Work of the plan `switch`."""
        return {
            "preflight": lambda: self._preflight(plan.SWITCH),
            "hold": self.moves.hold,
            "drain": self._drain,
            "promote cache": self._swap_caches,
            "point": self.moves.point,
            "verify": self._verify,
        }

    def release(self) -> dict[str, Work]:
        """Work of the plan `release`."""
        return {"reopen": self.moves.reopen}

    def rollback(self, code: bytes) -> dict[str, Work]:
        """Work of the plan `rollback`, in the region that is left by nobody.

        Args:
            code: Zip that the stream function had before.
        """
        return {"restore": lambda: self._restore(code), "caught up": self._catch_up}

    def purpose(self, one: plan.Plan) -> dict[str, str]:
        """What a run of a plan is for: its journal refuses to go on with another."""
        return {
            "environment": self._environment,
            "plan": one.name,
            "left": self.left.name,
            "taken": self.taken.name,
        }

    def fence(self) -> dict[str, Any]:
        """Stop the stream function of the region that is left."""
        streams.of(self.left).stop()
        return {"function": self.left.outputs.stream_function_name}

    def wait(self, what: str, done: Callable[[], bool]) -> None:
        """Wait for something that comes by itself; a store that does not answer meanwhile is asked again.

        Raises:
            FailoverError: It does not come.
        """
        waiting.wait(what, done, self.options.patience_s, _POLL_S)

    @property
    def caches(self) -> Caches:
        """Those of both regions."""
        return caches.of(self.left, self.taken)

    def name(self) -> str:
        """Name of the failover, once it was pointed."""
        return recovery.failover_name(Pointer(self.journal.decided("epoch"), self.taken.name, True, 0))

    def moved(self) -> tuple[float, dict[str, str]]:
        """When this run moved the pointer, and how far the stream of the region that goes on had been applied then."""
        decided = next(entry for entry in self.journal.entries() if "positions" in entry.detail)
        return decided.at_s, decided.detail["positions"]

    def wait_until_applied(self, events: Iterable[LoggedEvent]) -> None:
        """Wait until the region that goes on has applied events of its own stream.

        Either store may say so: the mark of the table may be the other region's, which has written it later.
        """
        ends: dict[str, int] = {}
        for event in events:
            ends[event.shard] = max(event.sequence, ends.get(event.shard, -1))
        self.wait(
            f"the stream of {self.taken.name}",
            lambda: any(_reached(store, self._environment, ends) for store in self.taken.stores),
        )

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

    def checks(self, one: plan.Plan) -> list[Check]:
        """What preflight of a plan finds; nothing, if it has none.

        Raises:
            HeadwaterError: It is a switch, and the region that is left does not answer.
        """
        if not any(step.name == "preflight" for step in one.steps):
            return []
        # Where both are well, what the one has is known: an environment may be quiet for hours.
        until_s = self.options.well_until_s
        if one.name == plan.SWITCH.name:
            until_s = min(until_s, preflight.newest_s(self.left))
        return preflight.check(self.left, self.taken, self.options.limits, until_s)

    def _preflight(self, one: plan.Plan) -> dict[str, Any]:
        checks = self.checks(one)
        short = [check for check in checks if not check.passed]
        # With what was asked for: a limit that was raised by hand is to be seen afterwards.
        detail: dict[str, Any] = {check.name: f"{check.found} ({check.expected})" for check in checks}
        if not short:
            return detail
        said = "; ".join(f"{check.name}: found {check.found}, expected {check.expected}" for check in short)
        if not self.options.force:
            raise FailoverError(
                f"region {self.taken.name}: {said}; raise it, or go on with --force and the reason, which is recorded"
            )
        return {**detail, "below limits": said, "forced because": self.options.force}

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
        self.moves.check_held()
        ends = _ends(self.left)
        self.wait("stream's end", lambda: all(_reached(s, self._environment, ends) for s in self.left.stores))
        self.wait("copies of pages", lambda: not comparison.differing(self.left, self.taken))
        if self.caches.replicate:
            self.wait("copies of the cache", lambda: _reached(self.taken.cache, self._environment, ends))
        return {"shards": len(ends)}

    def _promote_cache(self) -> dict[str, Any]:
        return self.caches.promote()

    def _swap_caches(self) -> dict[str, Any]:
        return self.caches.swap()

    def _verify(self) -> dict[str, Any]:
        before: dict[str, str] = self.journal.decided("positions")

        def counted(store: OnlineStore) -> bool:
            found = own_positions(self.taken, watermark.read(store, self._environment))
            return any(int(end) > int(before.get(shard, "-1")) for shard, end in found.items())

        for store in self.taken.stores:
            self.wait(f"an event in {self.taken.name}, {store.name}", lambda store=store: counted(store))  # type: ignore[misc]
        return {"stores": [store.name for store in self.taken.stores]}

    @property
    def _environment(self) -> str:
        return self.taken.outputs.environment


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
