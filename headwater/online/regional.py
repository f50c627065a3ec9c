"""The stores of several regions that hold the same values: one is asked, and another as soon as it is slow to answer.

A region that is lost answers nothing, and a lookup that waits for it waits as long as its timeouts are. What comes
from a region further away may be behind by its replication's lag.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from headwater.errors import UnavailableError
from headwater.online.stores import Loaded, ReadableStore

_STRIKES = 3
"""Answers in a row that did not come in time until a region is asked last for a while."""


class RegionalReads:
    """Reads from the preferred region; from the next one, too, when no answer has come in a moment.

    The first whole answer counts. A region that was too slow several times in a row is asked last, but once in a while.

    Args:
        stores: By region.
        preferred: Names the region to ask first: the nearest, or the one that health checks point to.
        hedge_s: How long its answer is waited for until another region is asked as well.
        rest_s: How long a region that does not answer is asked last.
        threads: Of each region: so many lookups may wait for it at once.
    """

    def __init__(
        self,
        stores: Mapping[str, ReadableStore],
        preferred: Callable[[], str],
        *,
        hedge_s: float = 0.05,
        rest_s: float = 1.0,
        threads: int = 32,
    ) -> None:
        self._stores = stores
        self._preferred = preferred
        self._hedge_s = hedge_s
        self._rest_s = rest_s
        # One each: lookups that hang on a region must not stand in the way of those to another.
        self._pools = {region: ThreadPoolExecutor(threads, f"lookups-{region}") for region in stores}
        self._strikes = dict.fromkeys(stores, 0)
        self._rests_until_s = dict.fromkeys(stores, 0.0)
        self._lock = threading.Lock()

    def load(self, keys: Sequence[str], deadline_s: float | None = None) -> Loaded:
        """See `ReadableStore.load`."""
        asked: dict[Future[Loaded], str] = {}
        left = self._order()
        answers = _Answers()
        while (left or asked) and not answers.whole:
            if left:
                region = left.pop(0)
                asked[self._pools[region].submit(self._stores[region].load, keys, deadline_s)] = region
            done, _ = wait(asked, self._patience_s(deadline_s, hedge=bool(left)), FIRST_COMPLETED)
            if not done:
                for region in asked.values():
                    self._strike(region)
                if not left:
                    break
            for future in done:
                self._take(asked.pop(future), future, answers)
        for future in asked:
            future.cancel()
        if answers.found is None:
            raise UnavailableError(
                f"{', '.join(self._stores)}: none has given {len(keys)} keys in time: "
                f"{answers.failure or 'no answer'}; try again"
            )
        return answers.found

    def close(self) -> None:
        """Let go of the threads; the stores are their owner's to close."""
        for pool in self._pools.values():
            pool.shutdown(wait=False, cancel_futures=True)

    def _order(self) -> list[str]:
        now_s, preferred = time.monotonic(), self._preferred()
        with self._lock:
            resting = {region for region, until_s in self._rests_until_s.items() if until_s > now_s}
            order = sorted(self._stores, key=lambda region: (region in resting, region != preferred))
            if self._strikes[order[0]] >= _STRIKES:
                # This lookup tries the region again; the others go on without it meanwhile.
                self._rests_until_s[order[0]] = now_s + self._rest_s
        return order

    def _take(self, region: str, future: Future[Loaded], answers: "_Answers") -> None:
        try:
            answers.add(future.result())
        except UnavailableError as error:
            answers.failure = error
            self._strike(region)
        else:
            self._strikes[region] = 0
            self._rests_until_s[region] = 0.0

    def _strike(self, region: str) -> None:
        with self._lock:
            self._strikes[region] += 1
            if self._strikes[region] >= _STRIKES:
                self._rests_until_s[region] = time.monotonic() + self._rest_s

    def _patience_s(self, deadline_s: float | None, *, hedge: bool) -> float | None:
        left_s = None if deadline_s is None else max(deadline_s - time.monotonic(), 0.0)
        if not hedge:
            return left_s
        return self._hedge_s if left_s is None else min(self._hedge_s, left_s)


class _Answers:
    """What regions have given to one lookup, of which none has to be whole."""

    def __init__(self) -> None:
        self.found: Loaded | None = None
        self.failure: UnavailableError | None = None

    @property
    def whole(self) -> bool:
        """Whether every key was read."""
        return self.found is not None and not self.found.unread

    def add(self, now: Loaded) -> None:
        """Take what a region gave in place of what was not read before."""
        if self.found is not None and now.unread:
            values = [
                old if place in now.unread else new
                for place, (old, new) in enumerate(zip(self.found.values, now.values, strict=True))
            ]
            now = Loaded(values, self.found.unread & now.unread)
        self.found = now
