"""Which region producers write to: one small value in every region's online store.

Whoever moves it does so in a region that works, and nobody has to reach the one that is lost. A reader asks all
regions and believes the highest epoch: what was moved elsewhere, a lost region has not heard of.
"""

from collections.abc import Iterable, Mapping

import msgspec

from headwater import names
from headwater.errors import CorruptValueError, UnavailableError
from headwater.online.stores import OnlineStore, Write


class Pointer(msgspec.Struct, frozen=True, array_like=True):
    """Where producers write.

    Attributes:
        epoch: Grows with every move.
        region: The region.
        open: Whether they may; False: they hold events back while a planned switch waits for what is on its way.
        since_us: When it was moved, in microseconds since the epoch.
    """

    epoch: int
    region: str
    open: bool
    since_us: int


def read(stores: Mapping[str, OnlineStore], environment: str) -> Pointer | None:
    """Return the pointer of the highest epoch; None: none was ever set.

    Args:
        stores: By region. Those that do not answer are left out.
        environment: Environment the stores belong to.

    Raises:
        UnavailableError: None of them answers.
    """
    found: list[Pointer | None] = []
    failures: list[str] = []
    for region, store in stores.items():
        try:
            found.append(_read(store, environment)[0])
        except UnavailableError as error:
            failures.append(f"{region}: {error}")
    if not found:
        raise UnavailableError(
            f"pointer of {environment!r}: no region answers: {'; '.join(failures)}; try again"
        )
    return max(filter(None, found), key=lambda pointer: pointer.epoch, default=None)


def standing(stores: Iterable[OnlineStore], environment: str) -> Pointer | None:
    """Return the pointer as the stores of one region know it; None: none was ever set.

    Raises:
        UnavailableError: One of them does not answer.
    """
    found = [_read(store, environment)[0] for store in stores]
    return max(filter(None, found), key=lambda pointer: pointer.epoch, default=None)


def move(store: OnlineStore, environment: str, pointer: Pointer) -> bool:
    """Set the pointer in one region.

    Returns:
        False if that region has one of the same or a later epoch: somebody else moved it.

    Raises:
        UnavailableError: The region does not answer.
        UnknownOutcomeError: It may have been moved; read it.
    """
    before, revision = _read(store, environment)
    if before is not None and before.epoch >= pointer.epoch:
        return before == pointer
    write = Write(names.pointer_key(environment), msgspec.msgpack.encode(pointer), revision, ttl_s=None)
    return store.write([write])[0]


def _read(store: OnlineStore, environment: str) -> tuple[Pointer | None, int]:
    key = names.pointer_key(environment)
    [stored] = store.read([key])
    if stored is None:
        return None, 0
    try:
        return msgspec.msgpack.decode(stored.value, type=Pointer), stored.revision
    except msgspec.MsgspecError as error:
        raise CorruptValueError(
            f"online value {key!r}: {error}; delete it in every region and point producers anew"
        ) from error
