"""Of the copies of one record on the stream, the one that counts.

A record that is put on the stream again is another record there, with a sequence number of its own, which the
event log and the pages would count again. Who puts it therefore says which record it is a copy of
(`LoggedEvent.replay_of`), and the first copy that is processed claims that record in every store. The claim names
the copy by shard and sequence number: delivered again, it still has its claim, and no other copy gets one.
"""

from collections.abc import Sequence

import msgspec

from headwater import names
from headwater.envelope import LoggedEvent
from headwater.errors import ConflictError
from headwater.online.stores import OnlineStore, Write

_ATTEMPTS = 5
_DAY_S = 24 * 3600
TTL_S = (14 + 365) * _DAY_S
"""A letter waits in its queue for 14 days at most, and its copy on a stream for 365: no copy comes later."""


def leave_out(
    events: Sequence[LoggedEvent], stores: Sequence[OnlineStore], environment: str
) -> list[LoggedEvent]:
    """Return the events without those copies of which another one counts.

    Raises:
        ConflictError: Others kept writing at the same time; everything may be given again.
        UnavailableError: A store could not be reached; everything may be given again.
        UnknownOutcomeError: A claim may have been written; everything may be given again.
    """
    left = [event for event in events if event.replay_of is not None]
    if not left:
        return list(events)
    # One store after the other, in the same order for all: who loses in the first claims nothing in the next.
    for store in stores:
        left = _claimed(store, environment, left)
    kept = {_place(event) for event in left}
    return [event for event in events if event.replay_of is None or _place(event) in kept]


def _claimed(store: OnlineStore, environment: str, copies: Sequence[LoggedEvent]) -> list[LoggedEvent]:
    keys = [names.replay_key(environment, copy.replay_of or "") for copy in copies]
    claims: dict[str, bytes] = {}
    for key, copy in zip(keys, copies, strict=True):
        claims.setdefault(key, _place(copy))
    for _ in range(_ATTEMPTS):
        found = dict(zip(claims, store.read(list(claims)), strict=True))
        holders = {key: stored.value for key, stored in found.items() if stored is not None}
        if len(holders) == len(claims):
            return [copy for key, copy in zip(keys, copies, strict=True) if holders[key] == _place(copy)]
        store.write([Write(key, claims[key], 0, TTL_S) for key in claims if key not in holders])
    raise ConflictError(
        f"{store.name}: {len(claims)} replayed records, first {min(claims)!r}, not claimed in {_ATTEMPTS} attempts; "
        "deliver the batch again"
    )


def _place(event: LoggedEvent) -> bytes:
    # A sequence number of Kinesis outgrows MessagePack's integers.
    return msgspec.msgpack.encode((event.shard, str(event.sequence)))
