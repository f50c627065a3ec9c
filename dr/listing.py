"""Keys of which two regions held different values, with both of them, for whoever looks into it later."""

import base64
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from dr.comparison import Differing
from headwater.errors import CorruptValueError
from headwater.online import pages, rows
from headwater.online.stores import Loaded, OnlineStore, Stored, Write


class Value(msgspec.Struct, frozen=True):
    """One of the values.

    Attributes:
        has: Of a page, its positions: the last one of each shard or lane, and the first since a region's turn began.
        base64: Its bytes.
    """

    has: dict[str, str]
    base64: str


class Line(msgspec.Struct, frozen=True):
    """One line of a listing; None: there was no value.

    Attributes:
        store: Which store.
        key: Online key.
        lost: What the lost region held, or had written over the other's.
        surviving: What is kept.
    """

    store: str
    key: str
    lost: Value | None
    surviving: Value | None


class Witness:
    """A store that writes down which values it was asked to replace, and by what.

    Args:
        store: The store.
        file: Where lines are added.
    """

    def __init__(self, store: OnlineStore, file: Path) -> None:
        self.name = store.name
        self._store = store
        self._file = file
        self._read: dict[str, Stored | None] = {}

    def read(self, keys: Sequence[str]) -> list[Stored | None]:
        """See `OnlineStore.read`."""
        found = self._store.read(keys)
        self._read.update(zip(keys, found, strict=True))
        return found

    def load(self, keys: Sequence[str], deadline_s: float | None = None) -> Loaded:
        """See `OnlineStore.load`."""
        return self._store.load(keys, deadline_s)

    def write(self, writes: Sequence[Write]) -> list[bool]:
        """See `OnlineStore.write`."""
        done = self._store.write(writes)
        lines = [
            Line(
                self.name,
                write.key,
                _value(write.key, before and before.value),
                _value(write.key, write.value),
            )
            for write, written in zip(writes, done, strict=True)
            for before in [self._read.get(write.key)]
            if written
        ]
        _add(self._file, lines)
        return done

    def close(self) -> None:
        """See `OnlineStore.close`."""
        self._store.close()


def write_differing(file: Path, store: str, found: Iterable[Differing]) -> None:
    """Add keys whose values differ to a listing."""
    _add(
        file,
        [Line(store, each.key, _value(each.key, each.left), _value(each.key, each.taken)) for each in found],
    )


def lines(file: Path) -> list[Line]:
    """Read a listing; where nothing was listed, there is none."""
    written = file.read_bytes().splitlines() if file.exists() else []
    return [msgspec.json.decode(line, type=Line) for line in written]


def _add(file: Path, new: Iterable[Line]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("ab") as listing:
        for line in new:
            listing.write(msgspec.json.encode(line) + b"\n")


def _value(key: str, value: bytes | None) -> Value | None:
    if value is None:
        return None
    return Value(_positions(key, value), base64.b64encode(value).decode())


def _positions(key: str, value: bytes) -> dict[str, str]:
    """What a page has; nothing, if the value is none: the watermark is not, nor is how a tile set was filled."""
    for decode in (pages.decode, rows.decode):
        try:
            applied = decode(key, value).applied
        except CorruptValueError:
            continue
        return {shard: str(int.from_bytes(packed, "big")) for shard, packed in sorted(applied.items())}
    return {}
