"""Writes changes into the pages of one online store, each exactly once.

Pages are read, changed and written back on the condition that nobody wrote in between. A lost
race or a write of unknown outcome is repeated from the read: the page says what it already holds.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from headwater import windows
from headwater.errors import ConflictError, SupersededError, UnknownOutcomeError
from headwater.online import pages, rows
from headwater.online.changes import PageRef
from headwater.online.pages import Delta, Page, SlotStates
from headwater.online.stores import OnlineStore, Stored, Write
from headwater.page_size import MAX_VALUE_BYTES
from headwater.registry import TileSetSpec

GRACE_US = windows.HOUR_US
"""How far behind the stream an instant may lie and still be read exactly."""

_ATTEMPTS = 8
_PAGES_PER_ROUND = 500


class Turn(NamedTuple):
    """In whose stead a region writes pages that another one may write, too.

    Attributes:
        epoch: Of the producers' pointer; 0: no pointer has a say.
        lacking: Give pages what they lack although their positions are past it; see `pages.apply`.
    """

    epoch: int = 0
    lacking: bool = False


ALONE = Turn()


class PageWriter:
    """Applies changes to the pages of one store.

    Args:
        store: Where the pages are kept.
        environment: First part of every key.
    """

    def __init__(self, store: OnlineStore, environment: str) -> None:
        self._store = store
        self._environment = environment
        self._states: dict[str, SlotStates] = {}

    def write(
        self,
        tile_set: TileSetSpec,
        deltas: Mapping[PageRef, Sequence[Delta]],
        now_us: int,
        turn: Turn = ALONE,
    ) -> int:
        """Apply changes, once each, however often they are given.

        Args:
            tile_set: The tile set of all pages.
            deltas: By page.
            now_us: How far the stream has come; sets what is settled and when pages expire.
            turn: In which they are applied.

        Returns:
            How many changes were new to the store, over all pages.

        Raises:
            ConflictError: Other writers were first too often; everything may be given again.
            SupersededError: A page was written under a later epoch of the pointer.
            UnavailableError: The store could not be reached; everything may be given again.
        """
        refs = list(deltas)
        applied = 0
        for start in range(0, len(refs), _PAGES_PER_ROUND):
            these = refs[start : start + _PAGES_PER_ROUND]
            applied += self._write_round(tile_set, these, deltas, now_us, turn)
        return applied

    def _write_round(
        self,
        tile_set: TileSetSpec,
        refs: list[PageRef],
        deltas: Mapping[PageRef, Sequence[Delta]],
        now_us: int,
        turn: Turn,
    ) -> int:
        applied = 0
        states = self._states.setdefault(tile_set.version, SlotStates(tile_set.slots))
        for _ in range(_ATTEMPTS):
            keys = [ref.key(self._environment) for ref in refs]
            found = self._store.read(keys)
            writes: list[tuple[PageRef, Write, int]] = []
            for ref, key, stored in zip(refs, keys, found, strict=True):
                write, count = _updated(tile_set, states, ref, key, stored, deltas[ref], now_us, turn)
                if write is not None:
                    writes.append((ref, write, count))
            try:
                done = self._store.write([write for _, write, _ in writes])
            except UnknownOutcomeError:
                continue
            applied += sum(count for (_, _, count), written in zip(writes, done, strict=True) if written)
            refs = [ref for (ref, _, _), written in zip(writes, done, strict=True) if not written]
            if not refs:
                return applied
        raise ConflictError(
            f"{self._store.name}: {len(refs)} pages, first {refs[0].key(self._environment)!r}, not written in "
            f"{_ATTEMPTS} attempts because other writers were first or the store did not answer; deliver the batch again"
        )


def _updated(
    tile_set: TileSetSpec,
    states: SlotStates,
    ref: PageRef,
    key: str,
    stored: Stored | None,
    deltas: Sequence[Delta],
    now_us: int,
    turn: Turn,
) -> tuple[Write | None, int]:
    decode = rows.decode if tile_set.is_row else pages.decode
    page = decode(key, stored.value) if stored else Page(tile_set.version)
    if turn.epoch and pages.epoch_of(page) > turn.epoch:
        raise SupersededError(
            f"online value {key!r}: was written under epoch {pages.epoch_of(page)} of the pointer, and this writer knows "
            f"{turn.epoch}; another region goes on in its stead: stop it, the other one recovers its events"
        )
    settled_us = settle_until_us(tile_set, ref.width_us, now_us)
    if settled_us is not None:
        pages.settle(page, ref.page, states, ref.width_us, until_us=settled_us)
    fresh = pages.apply(
        page,
        deltas,
        states,
        ref.width_us,
        settle_until_us=settled_us,
        epoch=turn.epoch,
        lacking=turn.lacking,
    )
    if not fresh:
        return None, 0
    if ref.width_us == tile_set.widths_us[0]:
        pages.forget_ids(page, until_us=now_us - 2 * GRACE_US)
    else:
        page.recent_ids = {}
    value = _encoded(tile_set, page, states)
    if len(value) > MAX_VALUE_BYTES:
        # Instants in the past can no longer be told apart, which a reader notices; no event is lost.
        pages.settle(page, ref.page, states, ref.width_us, until_us=pages.ALWAYS_US)
        value = _encoded(tile_set, page, states)
    return Write(key, value, stored.revision if stored else 0, ttl_s(tile_set, ref, now_us)), fresh


def _encoded(tile_set: TileSetSpec, page: Page, states: SlotStates) -> bytes:
    return rows.encode(page, states) if tile_set.is_row else pages.encode(page)


def settle_until_us(tile_set: TileSetSpec, width_us: int, now_us: int) -> int | None:
    """Tiles of a width that end at or before this instant keep no moments apart; None: no tile does.

    Of a row, whose tile never ends, it is the moments until then that are not kept apart.
    """
    if not tile_set.head or width_us != tile_set.widths_us[0]:
        return None
    return now_us - (GRACE_US + 1 if tile_set.is_row else pages.SETTLED_AFTER_TILES * width_us)


def ttl_s(tile_set: TileSetSpec, ref: PageRef, now_us: int) -> int:
    """Seconds until nobody can read a page any more."""
    if tile_set.is_row:
        return (tile_set.reaches_us[0] + GRACE_US) // windows.SECOND_US
    end_us = (ref.page + 1) * windows.TILES_PER_PAGE * ref.width_us
    reach_us = tile_set.reaches_us[tile_set.widths_us.index(ref.width_us)]
    return max(end_us + reach_us + GRACE_US - now_us, GRACE_US) // windows.SECOND_US
