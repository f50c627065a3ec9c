"""Moves of the producers' pointer that belong to one run, each under an epoch that its journal has decided once."""

import time
from typing import Any

from dr.errors import FailoverError
from dr.journal import Journal
from dr.regions import Region
from headwater.online import watermark
from headwater.online.stores import OnlineStore
from headwater.stream import pointer
from headwater.stream.pointer import Pointer

_SETTLED_S = 4.0
"""Longer than a producer believes the pointer it knows, and waits for the answer to a call."""


class Moves:
    """Moves the pointer, always in the region that goes on.

    Args:
        left: The region that is lost, or left.
        taken: The region that goes on.
        journal: Of this run.
    """

    def __init__(self, left: Region, taken: Region, journal: Journal) -> None:
        self._left = left
        self._taken = taken
        self._journal = journal
        self._environment = taken.outputs.environment

    def current(self) -> Pointer:
        """The pointer, as the region that goes on and, if it answers, the other one know it.

        Raises:
            FailoverError: There is none.
        """
        stores: dict[str, OnlineStore] = {
            self._taken.name: self._taken.table,
            self._left.name: self._left.table,
        }
        found = pointer.read(stores, self._environment)
        if found is None:
            raise FailoverError(
                f"pointer of {self._environment!r}: none is set; point producers to a region first"
            )
        return found

    def point(self) -> dict[str, Any]:
        """Let producers write in the region that goes on; behind a hold of this run, if there was one."""
        mark = watermark.read(self._taken.table, self._environment)
        self._journal.add("", "decided", positions=own_positions(self._taken, mark))
        held: int | None = self._journal.decided("hold_epoch")
        return self._move("epoch", self._taken.name, is_open=True, behind=held)

    def hold(self) -> dict[str, Any]:
        """Let producers write nowhere, and wait until all of them have heard of it."""
        done = self._move("hold_epoch", self._left.name, is_open=False)
        time.sleep(_SETTLED_S)
        return done

    def check_held(self) -> None:
        """Check that producers are held back still.

        Raises:
            FailoverError: Somebody has moved the pointer since this run held them.
        """
        found, held = self.current(), self._journal.decided("hold_epoch")
        if found.epoch != held:
            raise FailoverError(
                f"pointer: found epoch {found.epoch} at {found.region}, expected {held}, in which producers are held back; "
                "somebody has moved it since: start a new run"
            )

    def reopen(self) -> dict[str, Any]:
        """Let producers that this run holds back write where they did.

        Raises:
            FailoverError: It holds none, or is too far for that.
        """
        held: int | None = self._journal.decided("hold_epoch")
        if held is None:
            raise FailoverError(
                f"run {self._journal.run!r}: found no switch that holds producers back, expected one; name the run that does"
            )
        if any(entry.step == "promote cache" for entry in self._journal.entries()):
            raise FailoverError(
                f"run {self._journal.run!r}: found the cache of {self._taken.name} promoted, or nearly, expected it untouched; "
                "run the switch again, which goes on"
            )
        return self._move("release_epoch", self._left.name, is_open=True, behind=held)

    def _move(self, name: str, region: str, *, is_open: bool, behind: int | None = None) -> dict[str, Any]:
        """Move the pointer under an epoch that is decided once.

        Args:
            name: Under which it is decided.
            region: Where to.
            is_open: Whether producers may write there.
            behind: Epoch that has to be the last one; None: whatever is.
        """
        epoch = self._journal.decided(name)
        if epoch is None:
            epoch = (self.current().epoch if behind is None else behind) + 1
            self._journal.add("", "decided", **{name: epoch})
        since_us = time.time_ns() // 1000
        if not pointer.move(self._taken.table, self._environment, Pointer(epoch, region, is_open, since_us)):
            standing = self.current()
            # What this very run has written, by a process that was killed before it could say so.
            if (standing.epoch, standing.region, standing.open) != (epoch, region, is_open):
                raise FailoverError(
                    f"pointer: found epoch {standing.epoch} at {standing.region}, wanted {epoch} at {region}; somebody "
                    "else moves it: agree, then start a new run"
                )
        return {"epoch": epoch, "region": region}


def own_positions(region: Region, mark: watermark.Watermark | None) -> dict[str, str]:
    """Of the positions of a watermark, those on a region's own stream."""
    return {shard: end for shard, end in (mark.positions if mark else {}).items() if region.owns(shard)}
