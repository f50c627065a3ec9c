"""How each tile set of a store came to be filled: by the stream alone, or by a backfill up to a cut-over.

Whoever comes first writes the record, and it never changes sides. A backfill takes the events that
arrived up to its cut-over and the stream those that arrived later, so each event is counted once,
whenever either of them runs.
"""

from collections.abc import Mapping, Sequence

import msgspec
from msgspec import structs

from headwater import names
from headwater.errors import ConflictError, CorruptValueError, RegistryError
from headwater.online.changes import all_tilers
from headwater.online.pages import NEVER_US
from headwater.online.stores import OnlineStore, Stored, Write
from headwater.registry import Registry
from headwater.windows import MINUTE_US

TileSetName = tuple[str, str]
"""A view, and the version of one of its tile sets."""

TAKEOVER_US = 5 * MINUTE_US
"""Longer than any invocation of the stream function."""

_ATTEMPTS = 5


class Fill(msgspec.Struct, frozen=True, array_like=True):
    """One record.

    Attributes:
        cutover_us: Arrivals up to this instant are the backfill's; `NEVER_US`: all are the stream's.
        complete: Whether a backfill has written every page.
    """

    cutover_us: int = NEVER_US
    complete: bool = False

    @property
    def by_stream_alone(self) -> bool:
        """Whether no backfill takes part."""
        return self.cutover_us == NEVER_US


def read(store: OnlineStore, environment: str, tile_sets: Sequence[TileSetName]) -> dict[TileSetName, Fill]:
    """Read the records that are there."""
    keys = [names.fill_key(environment, *tile_set) for tile_set in tile_sets]
    return {
        tile_set: _decode(key, stored)
        for tile_set, key, stored in zip(tile_sets, keys, store.read(keys), strict=True)
        if stored is not None
    }


def claim(
    store: OnlineStore, environment: str, tile_sets: Sequence[TileSetName], cutover_us: int = NEVER_US
) -> Mapping[TileSetName, Fill]:
    """Read the records, and write one for each tile set that has none.

    Args:
        store: The store that is filled.
        environment: First part of every key.
        tile_sets: Which.
        cutover_us: Of a backfill; `NEVER_US`: for the stream.

    Returns:
        The records as they stand, whoever wrote them.

    Raises:
        ConflictError: Others kept writing at the same time; try again.
    """
    if not tile_sets:
        return {}
    for _ in range(_ATTEMPTS):
        found = read(store, environment, tile_sets)
        absent = [tile_set for tile_set in tile_sets if tile_set not in found]
        if not absent:
            return found
        value = msgspec.msgpack.encode(Fill(cutover_us))
        store.write(
            [Write(names.fill_key(environment, *tile_set), value, 0, ttl_s=None) for tile_set in absent]
        )
    raise ConflictError(f"{store.name}: fills of {len(absent)} tile sets not claimed; try again")


def claim_live(
    store: OnlineStore, environment: str, registry: Registry, tile_sets: Sequence[TileSetName], now_us: int
) -> Mapping[TileSetName, Fill]:
    """Claim tile sets for what applies events as they arrive, such as the stream.

    What serves is its own from the first event on. What waits to serve is its own from `TAKEOVER_US` after it is
    first met: by then every invocation of an earlier function has ended, and what arrived before is a backfill's.

    Raises:
        ConflictError: As `claim`.
    """
    serving = {tiler.name for tiler in all_tilers(structs.replace(registry, next=None))}
    now = [name for name in tile_sets if name in serving]
    beside = [name for name in tile_sets if name not in serving]
    return {
        **claim(store, environment, now),
        **claim(store, environment, beside, now_us + TAKEOVER_US),
    }


def complete(store: OnlineStore, environment: str, tile_set: TileSetName) -> None:
    """Say that a backfill has written every page.

    Raises:
        ConflictError: Others kept writing at the same time; try again.
    """
    key = names.fill_key(environment, *tile_set)
    for _ in range(_ATTEMPTS):
        stored = store.read([key])[0]
        if stored is None:
            break
        value = msgspec.msgpack.encode(structs.replace(_decode(key, stored), complete=True))
        if store.write([Write(key, value, stored.revision, ttl_s=None)])[0]:
            return
    raise ConflictError(f"{store.name}: fill {key!r} not completed; run the backfill again")


def check_complete(store: OnlineStore, environment: str, registry: Registry) -> None:
    """Check that everything the next registry reads is filled.

    Raises:
        RegistryError: A tile set of it waits for its backfill.
    """
    serving = {tiler.name for tiler in all_tilers(structs.replace(registry, next=None))}
    wanted = [tiler.name for tiler in all_tilers(registry) if tiler.name not in serving]
    found = read(store, environment, wanted)
    waiting = [name for name in wanted if name not in found or not found[name].complete]
    if waiting:
        view, tile_set = waiting[0]
        raise RegistryError(
            f"{store.name}: {len(waiting)} tile sets are not filled, first {tile_set} of view {view!r}; run "
            "`headwater backfill` to its end before switching"
        )


def _decode(key: str, stored: Stored) -> Fill:
    try:
        return msgspec.msgpack.decode(stored.value, type=Fill)
    except msgspec.MsgspecError as error:
        raise CorruptValueError(f"online value {key!r}: {error}; restore it or fill the view anew") from error
