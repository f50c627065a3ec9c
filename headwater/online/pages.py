"""A page of tiles: what one online value holds, its bytes, and how events change it.

A page keeps up to `windows.TILES_PER_PAGE` tiles of one tile set, entity and width. It remembers
the last sequence number applied from each shard, so that a record delivered again changes nothing.
DynamoDB and Redis hold the same bytes.

The exact head of a window ends strictly before ``t``, inside a tile. A tile of the finest width
therefore keeps its most recent moments apart from the rest: a reader that asks for ``t`` leaves
out what came later. Moments are settled into the tile once there are more than
`RECENT_MOMENTS` of them or the tile is well behind the stream.
"""

import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from functools import partial, reduce
from hashlib import md5
from heapq import nlargest
from operator import itemgetter
from typing import NamedTuple

import msgspec

from headwater import windows
from headwater.aggregates import State, state_kind
from headwater.envelope import LoggedEvent
from headwater.errors import CorruptValueError
from headwater.registry import SlotSpec

RECENT_MOMENTS = 16
SETTLED_AFTER_TILES = 2
"""A tile is settled when the stream is this many widths past its end."""

_LANE = "@"
_SINCE = "#"
_MAGIC = b"HW\x01"
_HEADER_BYTES = len(_MAGIC) + 4
NEVER_US = -(2**63)
ALWAYS_US = 2**63 - 1
MAX_RECENT_IDS = 4_096
"""Ids of recent events that a page keeps; more of one entity in two hours are told apart no longer."""


class Moment(msgspec.Struct, array_like=True):
    """The states of the events at one instant, one per slot."""

    time_us: int
    states: list[State]


class Tile(msgspec.Struct, array_like=True):
    """The states of one tile: settled ones, and those of recent moments in order of time."""

    settled: list[State]
    settled_until_us: int = NEVER_US
    recent: list[Moment] = msgspec.field(default_factory=list)


class Page(msgspec.Struct, array_like=True):
    """Tiles by their position in the page.

    Attributes:
        version: Of the tile set.
        applied: Last sequence number applied, by shard; and, where several regions take turns in writing, the first
            one since its region's turn began (`since`).
        tiles: By position in the page.
        recent_ids: Event time by hash of event id, of the events of the last `writer.GRACE_US` or more; kept
            where the event that asks counts too.
    """

    version: str
    applied: dict[str, bytes] = msgspec.field(default_factory=dict)
    tiles: dict[int, Tile] = msgspec.field(default_factory=dict)
    recent_ids: dict[int, int] = msgspec.field(default_factory=dict)


class Change(NamedTuple):
    """One event as a page takes it.

    Attributes:
        shard: Where the event was read from.
        sequence: Its position in the shard; positions of a shard only grow.
        event_time_us: τ.
        states: The event lifted to one state per slot; None where the slot has no value.
        id_hash: Of its event id; None where nobody asks.
    """

    shard: str
    sequence: int
    event_time_us: int
    states: list[State]
    id_hash: int | None = None


def lane(shard: str, number: int) -> str:
    """Shard under which events of another region are applied here, when that region is lost.

    A page that was copied from there has the shard's events up to the position that it has heard of, and none
    behind it. Recovered events go by a position of their own, so that they leave that mark where it was: events that
    are found still later, in another round, are told from those that were copied, whatever their positions.

    Args:
        shard: The shard they were read from in their own region.
        number: Of the round in which they are recovered.

    >>> lane("us-east-1/shardId-000000000000", 1)
    'us-east-1/shardId-000000000000@1'
    """
    return f"{shard}{_LANE}{number}"


def since(shard: str, epoch: int) -> str:
    """Under which a page keeps the first position of a shard that it took in an epoch of the producers' pointer.

    Of two regions that write one page, each without the other's knowledge, the last one wins, and its page is older
    than it looks: whatever is written on top of it moves its positions past all that it lacks. It is told by where it
    begins. From an epoch on in which a region writes in another's stead, a page has of each shard, and of each lane,
    what lies between this position and the last one, and of what was put there in that epoch nothing else.

    Args:
        shard: The shard or lane.
        epoch: Of the pointer.

    >>> since("us-west-2/shardId-000000000000", 2)
    'us-west-2/shardId-000000000000#2'
    """
    return f"{shard}{_SINCE}{epoch}"


def epoch_of(page: Page) -> int:
    """The last epoch of the pointer in which a page was written; 0: that is not known, or the first one.

    >>> epoch_of(Page("v", {"west/0": b"9", since("west/0", 2): b"7"})), epoch_of(Page("v", {"east/0": b"9"}))
    (2, 0)
    """
    return max((int(mark.rpartition(_SINCE)[2]) for mark in page.applied if _SINCE in mark), default=0)


class SlotStates:
    """How lists of states, one per slot of a tile set, are merged.

    Args:
        slots: Slots of the tile set.
    """

    def __init__(self, slots: Sequence[SlotSpec]) -> None:
        kinds = [state_kind(slot.state) for slot in slots]
        self._combine = [kind.combine for kind in kinds]
        self._combine_all = [kind.combine_all or partial(reduce, kind.combine) for kind in kinds]

    def none(self) -> list[State]:
        """The states of no events."""
        return [None] * len(self._combine)

    def merge(self, left: list[State], right: list[State]) -> list[State]:
        """Merge slot by slot; neither list is changed."""
        return [
            a if b is None else b if a is None else combine(a, b)
            for combine, a, b in zip(self._combine, left, right, strict=True)
        ]

    def merge_all(self, several: Sequence[list[State]]) -> list[State]:
        """Merge many at once; none of them is changed."""
        if len(several) <= 1:
            return several[0] if several else self.none()
        merged: list[State] = []
        for combine_all, column in zip(self._combine_all, zip(*several, strict=True), strict=True):
            there = [state for state in column if state is not None]
            merged.append(combine_all(there) if len(there) > 1 else there[0] if there else None)
        return merged


class Delta:
    """Changes of one batch that fall in one tile of the finest width, and what they come to together.

    Args:
        changes: At least one, no two of one shard and sequence.
        states: Merges the tile set's states.
    """

    __slots__ = ("_states", "_total", "changes", "until_us")

    def __init__(self, changes: Sequence[Change], states: SlotStates) -> None:
        self.changes = changes
        self.until_us = max([change.event_time_us for change in changes])
        self._states = states
        self._total: list[State] | None = changes[0].states if len(changes) == 1 else None

    @property
    def total(self) -> list[State]:
        """The states of all changes, merged once for the pages of every width."""
        if self._total is None:
            total = self.changes[0].states
            for change in self.changes[1:]:
                total = self._states.merge(total, change.states)
            self._total = total
        return self._total

    def after(self, reached: dict[str, int]) -> "Delta | None":
        """The part that is new to a page that has reached some sequence numbers; None if nothing is."""
        fresh = [change for change in self.changes if change.sequence > reached.get(change.shard, -1)]
        # Of a batch, all changes are recovered or none is.
        if fresh and _LANE in fresh[0].shard:
            fresh = [
                change
                for change in fresh
                if change.sequence > reached.get(change.shard.rpartition(_LANE)[0], -1)
            ]
        return self._only(fresh)

    def lacking(self, reached: dict[str, int], epoch: int) -> "Delta | None":
        """The part that a page lacks although its positions may be past it (`since`); None if it has all of it."""
        return self._only([change for change in self.changes if not _has(reached, change, epoch)])

    def _only(self, changes: Sequence[Change]) -> "Delta | None":
        if len(changes) == len(self.changes):
            return self
        return Delta(changes, self._states) if changes else None


def _has(reached: dict[str, int], change: Change, epoch: int) -> bool:
    """Whether a page has a change of an epoch, or of a lane of it."""
    first = reached.get(since(change.shard, epoch))
    if first is not None and first <= change.sequence <= reached[change.shard]:
        return True
    origin, is_recovered, _ = change.shard.rpartition(_LANE)
    return bool(is_recovered) and change.sequence <= reached.get(origin, -1)


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Page)


def encode(page: Page) -> bytes:
    """Return a page's bytes: magic and format, CRC-32 of the body, MessagePack body."""
    return seal(_ENCODER.encode(page))


def seal(*parts: bytes) -> bytes:
    """Put the header before the parts of a page's MessagePack body."""
    body = b"".join(parts)
    return _MAGIC + zlib.crc32(body).to_bytes(4, "big") + body


def decode(key: str, value: bytes) -> Page:
    """Read a page's bytes.

    Raises:
        CorruptValueError: The bytes are not a page; names the key.
    """
    try:
        return _DECODER.decode(unseal(key, value))
    except msgspec.MsgspecError as error:
        raise CorruptValueError(f"online value {key!r}: {error}; backfill the view") from error


def unseal(key: str, value: bytes | memoryview) -> memoryview:
    """The body behind a header that `seal` has put there.

    Raises:
        CorruptValueError: There is no such header, or its checksum is another; names the key.
    """
    body = memoryview(value)[_HEADER_BYTES:]
    if value[: len(_MAGIC)] != _MAGIC:
        raise CorruptValueError(
            f"online value {key!r}: starts with {bytes(value[:3])!r}, expected {_MAGIC!r}; "
            "it was written by another release or program; backfill the view"
        )
    if zlib.crc32(body).to_bytes(4, "big") != value[len(_MAGIC) : _HEADER_BYTES]:
        raise CorruptValueError(f"online value {key!r}: checksum does not match; backfill the view")
    return body


def pack_sequence(sequence: int) -> bytes:
    """A sequence number as pages keep it: Kinesis' outgrow 64 bits."""
    return sequence.to_bytes((sequence.bit_length() + 7) // 8 or 1, "big")


def apply(
    page: Page,
    deltas: Iterable[Delta],
    states: SlotStates,
    width_us: int,
    *,
    settle_until_us: int | None,
    epoch: int = 0,
    lacking: bool = False,
) -> int:
    """Apply changes to a page in place, once each.

    Args:
        page: The page all changes fall in.
        deltas: In any order; changes that their shard has delivered before are left out.
        states: Merges the tile set's states.
        width_us: Width of the page's tiles.
        settle_until_us: Tiles that end at or before this keep no moments apart; None: no tile does.
        epoch: Of the producers' pointer, under which the changes are applied; 0: there is none.
        lacking: Apply what the page lacks although its positions may be past it. Of each shard the changes of that
            epoch have to be given from the last one back to the first, or all at once.

    Returns:
        How many changes were new.
    """
    before = {shard: int.from_bytes(packed, "big") for shard, packed in page.applied.items()}
    reached = dict(before)
    count = 0
    for given in deltas:
        delta = given.lacking(before, epoch) if lacking else given.after(before)
        if delta is None:
            continue
        count += len(delta.changes)
        index = windows.tile_of(delta.until_us, width_us)
        tile = page.tiles.setdefault(index % windows.TILES_PER_PAGE, Tile(states.none()))
        end_us = delta.until_us if width_us == windows.FOREVER_US else (index + 1) * width_us
        if settle_until_us is None or end_us <= settle_until_us:
            tile.settled = states.merge(tile.settled, delta.total)
            tile.settled_until_us = max(tile.settled_until_us, delta.until_us)
        else:
            for change in delta.changes:
                _remember(tile, change, states)
        for change in delta.changes:
            if change.sequence > reached.get(change.shard, -1):
                reached[change.shard] = change.sequence
            # In the first epoch no region has written in another's stead.
            if epoch > 1:
                mark = since(change.shard, epoch)
                reached[mark] = min(reached.get(mark, change.sequence), change.sequence)
            if change.id_hash is not None:
                page.recent_ids[change.id_hash] = change.event_time_us
    if count:
        page.applied = {
            shard: pack_sequence(sequence)
            for shard, sequence in reached.items()
            if not epoch or _SINCE not in shard or shard.endswith(since("", epoch))
        }
    return count


def _settle(tile: Tile, moment: Moment, states: SlotStates) -> None:
    tile.settled = states.merge(tile.settled, moment.states)
    tile.settled_until_us = max(tile.settled_until_us, moment.time_us)


def _remember(tile: Tile, change: Change, states: SlotStates) -> None:
    at = bisect_left(tile.recent, change.event_time_us, key=_time_of)
    if at < len(tile.recent) and tile.recent[at].time_us == change.event_time_us:
        moment = tile.recent[at]
        moment.states = states.merge(moment.states, change.states)
        return
    tile.recent.insert(at, Moment(change.event_time_us, change.states))
    if len(tile.recent) > RECENT_MOMENTS:
        _settle(tile, tile.recent.pop(0), states)


def _time_of(moment: Moment) -> int:
    return moment.time_us


def settle(page: Page, page_index: int, states: SlotStates, width_us: int, *, until_us: int) -> None:
    """Settle the moments of tiles that end at or before ``until_us``; of a tile for all time, those until then."""
    for position, tile in page.tiles.items():
        end_us = (page_index * windows.TILES_PER_PAGE + position + 1) * width_us
        done = len(tile.recent) if end_us <= until_us else 0
        if width_us == windows.FOREVER_US:
            done = bisect_right(tile.recent, until_us, key=_time_of)
        for moment in tile.recent[:done]:
            _settle(tile, moment, states)
        tile.recent = tile.recent[done:]


def forget_ids(page: Page, *, until_us: int) -> None:
    """Forget the ids of events at or before ``until_us``, and the oldest of too many."""
    if page.recent_ids:
        kept = [item for item in page.recent_ids.items() if item[1] > until_us]
        page.recent_ids = dict(nlargest(MAX_RECENT_IDS, kept, key=itemgetter(1)))


def id_hash(event_id: str) -> int:
    """64 bits of an event id, by which recent events are recognised."""
    digest = md5(event_id.encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest[:8], "big")


def event_counted(page: Page | None, event: LoggedEvent) -> int | None:
    """When an event happened, if a page counts it; `NEVER_US` if it does not; None if that is not known."""
    if page is None:
        return NEVER_US
    if page.recent_ids.get(id_hash(event.event_id)) == event.event_time_us:
        return event.event_time_us
    # Of too many ids the oldest have been forgotten.
    known = len(page.recent_ids) < MAX_RECENT_IDS or event.event_time_us > min(page.recent_ids.values())
    return NEVER_US if known else None


def states_until(tile: Tile, until_us: int, states: SlotStates) -> list[State] | None:
    """States of a tile's events with ``τ <= until_us``.

    Returns:
        One state per slot, or None if settled events lie after ``until_us``: they cannot be told apart.
    """
    if tile.settled_until_us > until_us:
        return None
    found = tile.settled
    for moment in tile.recent:
        if moment.time_us <= until_us:
            found = states.merge(found, moment.states)
    return found
