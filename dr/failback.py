"""The steps of the way back to a region that is there again."""

import time
from pathlib import Path
from typing import Any

from dr import comparison, listing, plan, preflight, recovery, running, streams
from dr.errors import FailoverError
from dr.failover import Operator
from dr.journal import Journal
from dr.listing import Witness
from dr.running import Work

_THERE, _GONE = b"there", b"gone"


class Failback:
    """Goes back to the region that a failover left.

    Args:
        there: The operator of that failover: its regions, and its journal with the epoch.
        back: Journal of the way back.
        stream_exists: Whether its stream still has what was put on it before.
    """

    def __init__(self, there: Operator, back: Journal, *, stream_exists: bool) -> None:
        self._there = there
        self._lost = there.left
        self._survivor = there.taken
        self._journal = back
        self._stream_exists = stream_exists

    def work(self) -> dict[str, Work]:
        """Work of the plan `failback`."""
        return {
            "fence": self._fence,
            "settle": self._settle,
            "last round": self._last_round,
            "reconcile": self._reconcile,
            "give again": self._give_again,
            "rejoin cache": self._rejoin_cache,
            "restart stream": self._restart,
            "switch back": self._switch_back,
        }

    def _fence(self) -> dict[str, Any]:
        forced = self._check_pointer()
        done = self._there.fence()
        streams.of(self._lost).wait_until_idle()
        return {**done, **forced}

    def _check_pointer(self) -> dict[str, str]:
        """Refuse to stop the function of a region that producers write to.

        Returns:
            For the journal, the reason to go on although the pointer was moved since, if it still names the survivor.
        """
        found, moved = self._there.moves.current(), self._there.journal.decided("epoch")
        if found.region == self._survivor.name and found.epoch == moved:
            return {}
        said = (
            f"pointer: found epoch {found.epoch} at {found.region}, expected {moved} at {self._survivor.name}; producers were "
            "moved since that failover: name the run that did it last"
        )
        if found.region != self._survivor.name:
            raise FailoverError(said)
        if not self._there.options.force:
            raise FailoverError(f"{said}, or go on with --force and the reason, which is recorded")
        return {"pointer": said, "forced because": self._there.options.force}

    def _settle(self) -> dict[str, Any]:
        name = self._there.name()
        bucket = self._survivor.bucket
        self._tell_producers(recovery.settle_key(name))
        prefix = recovery.settled_prefix(name)
        self._there.wait(
            "producers that settle", lambda: len(bucket.keys(prefix)) >= self._there.options.producers
        )
        return {"producers": [key.removeprefix(prefix) for key in bucket.keys(prefix)]}

    def _tell_producers(self, key: str) -> None:
        """Tell producers whether the old stream can be read; that it is gone after all may come to light later.

        Raises:
            FailoverError: They were told that it is gone: what they could not know may have been put anew.
        """
        bucket, told = self._survivor.bucket, _THERE if self._stream_exists else _GONE
        if bucket.create(key, told):
            return
        before = bucket.content(key)
        if (before, told) == (_GONE, _THERE):
            raise FailoverError(
                f"stream of {self._lost.name}: producers were told that it is gone, and have put anew what may be on it; go on "
                "with --stream-gone"
            )
        if before != told:
            bucket.put(key, told)

    def _last_round(self) -> dict[str, Any]:
        name, registry = self._there.name(), self._there.registry
        found = list(recovery.gather(self._lost, self._survivor, name, registry))
        if self._stream_exists:
            found += recovery.on_stream(self._lost, registry)
        added, done = recovery.recover(self._survivor, name, found, registry)
        return {"events": added, "page changes applied": done.applied, "page changes known": done.known}

    def _reconcile(self) -> dict[str, Any]:
        found = comparison.differing(self._lost, self._survivor)
        listed = self._listing("differing")
        listing.write_differing(listed, self._survivor.table.name, found)
        written = {each.key: self._write_again(each.key) for each in found if each.taken is not None}

        def is_copied() -> bool:
            stored = self._lost.table.read(list(written))
            return all(
                one is not None and one.revision >= revision
                for one, revision in zip(stored, written.values(), strict=True)
            )

        self._there.wait("copies of what was written again", is_copied)
        only_lost = sum(each.taken is None for each in found)
        return {
            "keys that differed": len(found),
            "only in the lost region": only_lost,
            "listed in": listed.name,
        }

    def _give_again(self) -> dict[str, Any]:
        moved_s, positions = self._there.moved()
        detail: dict[str, Any] = {}
        too_old = self._survivor.stream.retention_s() < time.time() - moved_s
        if too_old and not self._there.options.force:
            raise FailoverError(
                f"stream of {self._survivor.name}: what was put on it when the pointer moved there is on it no more, and "
                "pages that the lost region has written over may lack it; look at the listing of `reconcile` and backfill "
                "those views, or go on with --force and the reason, which is recorded"
            )
        if too_old:
            detail["forced because"] = self._there.options.force
        registry = self._there.registry
        own = recovery.since_the_move(self._survivor, registry, positions)
        self._there.wait_until_applied(own)
        listed = self._listing("written-over")
        stores = [Witness(store, listed) for store in self._survivor.stores]
        done = recovery.give_again(self._survivor, self._there.name(), own, registry, stores)
        return {
            **detail,
            "page changes given again": done.applied,
            "page changes known": done.known,
            "keys written over": len({(line.store, line.key) for line in listing.lines(listed)}),
            "listed in": listed.name,
        }

    def _write_again(self, key: str) -> int:
        """Write what is there once more, as it is; return its revision.

        Whoever writes in between has written later than the region that was lost, too.
        """
        answer = self._survivor.client("dynamodb").update_item(
            TableName=self._survivor.outputs.online_table_name,
            Key={"k": {"S": key}},
            UpdateExpression="SET r = r + :one",
            ConditionExpression="attribute_exists(k)",
            ExpressionAttributeValues={":one": {"N": "1"}},
            ReturnValues="UPDATED_NEW",
        )
        return int(answer["Attributes"]["r"]["N"])

    def _rejoin_cache(self) -> dict[str, Any]:
        return self._there.caches.rejoin(self._journal, self._there.options.deleting)

    def _restart(self) -> dict[str, Any]:
        stream = streams.of(self._lost)
        start_s = stream.from_end(self._journal)
        late = 0 if start_s is None else self._recover_late(start_s)
        stream.run()
        return {"reads from": "its end" if start_s is None else start_s, "late events": late}

    def _recover_late(self, start_s: int) -> int:
        """Recover what a producer that nobody has told put after the last round, and before the stream is read again."""
        registry = self._there.registry
        found = [
            event
            for event in recovery.on_stream(self._lost, registry)
            if event.arrival_us < start_s * 1_000_000
        ]
        return recovery.recover(self._survivor, self._there.name(), found, registry)[0]

    def _switch_back(self) -> dict[str, Any]:
        journal = Journal(self._journal.file, f"{self._journal.run}-switch")
        # An instant, so that it is reached however slowly copies follow.
        newest_s = preflight.newest_s(self._survivor)
        options = self._there.options._replace(well_until_s=newest_s)
        operator = Operator(self._survivor, self._lost, journal, self._there.registry, options)
        if self._there.moves.current().region == self._lost.name and not journal.entries():
            raise FailoverError(
                f"pointer: found {self._lost.name}, expected {self._survivor.name}; producers are back already"
            )
        self._there.wait(
            f"copies in {self._lost.name}",
            lambda: all(
                preflight.lag(store, self._lost, options.limits, newest_s).passed
                for store in preflight.copied(self._survivor, self._lost)
            ),
        )
        journal.agree(**operator.purpose(plan.SWITCH))
        running.run(plan.SWITCH, journal, operator.switch(), lambda _step, _said: None)
        return {}

    def _listing(self, what: str) -> Path:
        return self._journal.file.with_name(f"{self._journal.run}-{what}.jsonl")
