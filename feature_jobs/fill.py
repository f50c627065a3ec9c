"""Fills tile sets up to a cut-over, whichever engine does it, and says in the stores what is filled.

The engine takes the events that arrived up to the cut-over, the stream those after it. Run again, it
changes nothing; interrupted, it goes on where pages are missing.
"""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from msgspec import structs

from headwater import windows
from headwater.errors import InputError
from headwater.instants import to_text, to_us
from headwater.online import fills, watermark
from headwater.online.changes import Tiler, all_tilers
from headwater.online.fills import Fill, TileSetName
from headwater.online.stores import OnlineStore
from headwater.registry import Registry
from headwater.windows import Bounds

FILL_SHARD = "~fill"
"""A page takes what a backfill has for it in one piece, under the name of a shard that no stream has."""

SETTLING_US = 20 * windows.MINUTE_US
"""From an event's arrival until ingestion is sure to find it: the archive gathers for 15 minutes at most."""

_END_OF_TIME_US = to_us(datetime(9999, 12, 31, tzinfo=UTC))


class Filled(NamedTuple):
    """What filling came to: events read for some tile set, and pages written over all stores."""

    events: int
    pages: int


class BackfillReport(NamedTuple):
    """What a run did, as in `Filled`, and in how long."""

    events: int
    pages: int
    seconds: float


Filler = Callable[[Tiler, Sequence[OnlineStore], int], Filled]
"""Writes every page of a tile set into stores, once each, of the events that arrived up to a cut-over."""


def visible(tiler: Tiler, cutover_us: int) -> Bounds:
    """Event times that some tile is still read for at the cut-over, or will be."""
    # An event dated after the cut-over can have arrived before it: producers' clocks differ.
    return Bounds(cutover_us - max(tiler.tile_set.reaches_us), _END_OF_TIME_US)


def fill_stores(
    registry: Registry,
    fill: Filler,
    stores: Sequence[OnlineStore],
    environment: str,
    cutover_us: int | None,
) -> BackfillReport:
    """Have the tile sets filled that are not filled yet, as of their cut-over, and say so in the stores.

    Args:
        registry: Definitions; with the tile sets of the next registry. Those that a stream already fills from
            its first event on are left to it, where there is a next registry to fill.
        fill: Does it.
        stores: Where pages go.
        environment: First part of every online key.
        cutover_us: Instant up to which the log is taken, for tile sets that the stream has not met yet. None:
            only what the stream has met, up to where it took over.

    Raises:
        InputError: The stream fills a tile set from its first event on, or has not met it yet, or an earlier
            backfill has another cut-over.
    """
    started = time.monotonic()
    events = pages = 0
    todo: dict[tuple[TileSetName, int], tuple[Tiler, list[OnlineStore]]] = {}
    for store in stores:
        for tiler, waiting in _unfilled(registry, store, environment, cutover_us):
            todo.setdefault((tiler.name, waiting.cutover_us), (tiler, []))[1].append(store)
    for (_, until_us), (tiler, open_stores) in todo.items():
        done = fill(tiler, open_stores, until_us)
        for store in open_stores:
            fills.complete(store, environment, tiler.name)
        events, pages = events + done.events, pages + done.pages
    reached = [until_us for _, until_us in todo]
    for store in stores if reached else ():
        watermark.advance(store, environment, max(reached), {})
    return BackfillReport(events, pages, time.monotonic() - started)


def _unfilled(
    registry: Registry, store: OnlineStore, environment: str, cutover_us: int | None
) -> list[tuple[Tiler, Fill]]:
    """Tile sets of a store that wait for a backfill, and the record of each."""
    serving = {tiler.name for tiler in all_tilers(structs.replace(registry, next=None))}
    wanted = all_tilers(registry)
    names = [tiler.name for tiler in wanted]
    found = (
        fills.read(store, environment, names)
        if cutover_us is None
        else fills.claim(store, environment, names, cutover_us)
    )
    waiting = []
    for tiler in wanted:
        fill = found.get(tiler.name)
        left_to_stream = tiler.name in serving and registry.next is not None
        if left_to_stream and (fill is None or fill.by_stream_alone):
            continue
        checked = _checked(store.name, tiler, fill, cutover_us)
        if not checked.complete:
            waiting.append((tiler, checked))
    return waiting


def _checked(store: str, tiler: Tiler, fill: Fill | None, cutover_us: int | None) -> Fill:
    where = f"{store}, view {tiler.view.name!r}, tile set {tiler.tile_set.version}"
    if fill is None:
        raise InputError(
            f"{where}: the stream has not met it yet; bring the environment up with the registry and let an event "
            "through, or give a cut-over if there is no stream yet"
        )
    if fill.by_stream_alone:
        raise InputError(
            f"{where}: the stream fills it from its first event on, so a backfill would count events twice; "
            "backfill before the stream function is deployed with the definition"
        )
    if cutover_us not in (None, fill.cutover_us) and not fill.complete:
        raise InputError(
            f"{where}: its cut-over is {to_text(fill.cutover_us)} already; leave the cut-over out to go on with it"
        )
    return fill


def check_reached(registry: Registry, stores: Sequence[OnlineStore], environment: str, now_us: int) -> None:
    """Check that what arrived up to the stream's takeover has had time to get into the log.

    Raises:
        InputError: It has not; says when.
    """
    for store in stores:
        for tiler, fill in _unfilled(registry, store, environment, None):
            ready_us = fill.cutover_us + SETTLING_US
            if now_us < ready_us:
                raise InputError(
                    f"view {tiler.view.name!r}: the stream takes over at {to_text(fill.cutover_us)}, and the archive "
                    f"gathers events for up to 15 minutes; run the backfill at {to_text(ready_us)} or later"
                )
