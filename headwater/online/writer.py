"""Writes changes into the pages of one online store, each exactly once.

Pages are read, changed and written back on the condition that nobody wrote in between. A lost
race or a write of unknown outcome is repeated from the read: the page says what it already holds.
"""

from collections.abc import Mapping, Sequence

from headwater import names, windows
from headwater.errors import ConflictError, UnknownOutcomeError
from headwater.online import pages
from headwater.online.changes import PageRef
from headwater.online.pages import Change, Page
from headwater.online.stores import OnlineStore, Stored, Write
from headwater.registry import Registry

GRACE_US = windows.HOUR_US
"""How far behind the stream an instant may lie and still be read exactly."""

_ATTEMPTS = 8
_PAGES_PER_ROUND = 500


class PageWriter:
    """Applies changes to the pages of one store.

    Args:
        store: Where the pages are kept.
        registry: Definitions of the views written.
        environment: First part of every key.
    """

    def __init__(self, store: OnlineStore, registry: Registry, environment: str) -> None:
        self._store = store
        self._registry = registry
        self._environment = environment

    def key(self, ref: PageRef) -> str:
        """Online key of a page."""
        return page_key(self._registry, self._environment, ref)

    def write(self, changes: Mapping[PageRef, Sequence[Change]], now_us: int) -> int:
        """Apply changes, once each, however often they are given.

        Args:
            changes: By page.
            now_us: How far the stream has come; sets what is settled and when pages expire.

        Returns:
            How many changes were new to the store.

        Raises:
            ConflictError: Other writers were first too often; everything may be given again.
            UnavailableError: The store could not be reached; everything may be given again.
        """
        refs = list(changes)
        applied = 0
        for start in range(0, len(refs), _PAGES_PER_ROUND):
            applied += self._write_round(refs[start : start + _PAGES_PER_ROUND], changes, now_us)
        return applied

    def _write_round(
        self, refs: list[PageRef], changes: Mapping[PageRef, Sequence[Change]], now_us: int
    ) -> int:
        applied = 0
        for _ in range(_ATTEMPTS):
            found = self._store.read([self.key(ref) for ref in refs])
            writes: dict[PageRef, Write] = {}
            fresh: dict[PageRef, int] = {}
            for ref, stored in zip(refs, found, strict=True):
                write, count = self._updated(ref, stored, changes[ref], now_us)
                if write is not None:
                    writes[ref], fresh[ref] = write, count
            try:
                done = self._store.write(list(writes.values()))
            except UnknownOutcomeError:
                continue
            applied += sum(count for count, written in zip(fresh.values(), done, strict=True) if written)
            refs = [ref for ref, written in zip(writes, done, strict=True) if not written]
            if not refs:
                return applied
        raise ConflictError(
            f"{self._store.name}: {len(refs)} pages, first {self.key(refs[0])!r}, not written in {_ATTEMPTS} attempts "
            "because other writers were first or the store did not answer; deliver the batch again"
        )

    def _updated(
        self, ref: PageRef, stored: Stored | None, changes: Sequence[Change], now_us: int
    ) -> tuple[Write | None, int]:
        view = self._registry.views[ref.view]
        key = self.key(ref)
        page = pages.decode(key, stored.value) if stored else Page(view.version)
        settle_until_us: int | None = None
        if ref.width_us == view.widths_us[0] and any(feature.delay_us == 0 for feature in view.features):
            settle_until_us = now_us - pages.SETTLED_AFTER_TILES * ref.width_us
            pages.settle(page, ref.page, view.slots, ref.width_us, until_us=settle_until_us)
        fresh = pages.apply(page, changes, view.slots, ref.width_us, settle_until_us=settle_until_us)
        if not fresh:
            return None, 0
        end_us = (ref.page + 1) * windows.TILES_PER_PAGE * ref.width_us
        reach_us = windows.reach_us(ref.width_us, [feature.window for feature in view.features])
        ttl_s = max(end_us + reach_us + GRACE_US - now_us, GRACE_US) // windows.SECOND_US
        return Write(key, pages.encode(page), stored.revision if stored else 0, ttl_s), fresh


def page_key(registry: Registry, environment: str, ref: PageRef) -> str:
    """Online key of a page of a view's current version."""
    return names.page_key(
        environment,
        ref.view,
        registry.views[ref.view].version,
        ref.entity,
        windows.format_duration(ref.width_us),
        ref.page,
    )
