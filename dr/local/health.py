"""Health checks as Route 53 makes them, and where they send lookups."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from dr.regions import Region
from headwater.errors import HeadwaterError
from headwater.online import watermark
from headwater.stream import pointer

Answer = TypeVar("Answer")

THRESHOLD = 3
"""Failures, or successes, in a row until a region's state changes."""


class Health:
    """Checks both regions, and writes the region that lookups go to into a file.

    Lookups go where the producers' pointer says, unless that region is not well and the other is.

    Args:
        sites: The regions, the preferred one first.
        route: The file.
        interval_s: Between two checks of a region; Route 53's are 10 or 30 s.
    """

    def __init__(self, sites: dict[str, Region], route: Path, interval_s: float = 1.0) -> None:
        self._sites = sites
        self._route = route
        self._interval_s = interval_s
        self._ended = threading.Event()
        self._writing = threading.Lock()
        self._preferred = next(iter(sites))
        self._streak = dict.fromkeys(sites, 0)
        self.well = dict.fromkeys(sites, True)
        self.last_well_s = dict.fromkeys(sites, time.time())
        self.changed_s: dict[str, float] = {}
        """When a region was last found to have changed."""
        self._threads = [threading.Thread(target=self._watch, args=(name,)) for name in sites] + [
            threading.Thread(target=self._follow)
        ]
        self._write()

    def start(self) -> None:
        """Begin to check."""
        for thread in self._threads:
            thread.start()

    def replace(self, site: Region) -> None:
        """Check a region anew that was built again."""
        self._sites[site.name] = site

    def close(self) -> None:
        """Stop checking."""
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def wait(self, region: str, *, well: bool, patience_s: float = 60) -> bool:
        """Wait until a region is found well, or not; False: it is not found so in time."""
        deadline = time.monotonic() + patience_s
        while self.well[region] != well and time.monotonic() < deadline:
            time.sleep(0.05)
        return self.well[region] == well

    def _watch(self, name: str) -> None:
        while not self._ended.is_set():
            started = time.monotonic()
            passed = _passes(self._sites[name])
            if passed:
                self.last_well_s[name] = time.time()
            self._streak[name] = 0 if passed == self.well[name] else self._streak[name] + 1
            if self._streak[name] >= THRESHOLD:
                self.well[name] = passed
                self.changed_s[name] = time.time()
                self._streak[name] = 0
                self._write()
            self._ended.wait(max(self._interval_s - (time.monotonic() - started), 0))

    def _follow(self) -> None:
        while not self._ended.wait(self._interval_s):
            stores = {name: site.table for name, site in self._sites.items() if self.well[name]}
            found = _tried(lambda stores=stores: pointer.read(stores, _environment(self._sites)))  # type: ignore[misc]
            if found is not None and found.open and found.region != self._preferred:
                self._preferred = found.region
                self._write()

    def _write(self) -> None:
        # Threads that find something at once: who writes last has to have seen what all have found.
        with self._writing:
            others = [name for name in self._sites if name != self._preferred and self.well[name]]
            chosen = self._preferred if self.well[self._preferred] or not others else others[0]
            scratch = self._route.with_suffix(".new")
            scratch.write_text(chosen)
            scratch.replace(self._route)


def _environment(sites: dict[str, Region]) -> str:
    return next(iter(sites.values())).outputs.environment


def _passes(site: Region) -> bool:
    """Whether both stores of a region answer."""

    def asked() -> bool:
        for store in site.stores:
            watermark.read(store, site.outputs.environment)
        return True

    return _tried(asked) is True


def _tried(ask: Callable[[], Answer]) -> Answer | None:
    try:
        return ask()
    except (HeadwaterError, BotoCoreError, ClientError):
        return None
