"""Caches of two regions of which neither copies the other: one region has none (pilot light), or they are serverless.

The table is one for both regions. A cache that was written by nobody for a while is behind it, and nothing would tell a
lookup: it is given what the table has before anybody is sent there, while nothing else writes it.
"""

import time
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from dr import streams
from dr.journal import Journal
from dr.regions import Region
from headwater import names
from headwater.errors import ConflictError
from headwater.online.stores import Write

_NONE = {"cache": "no cache here"}
_AT_ONCE = 500


class SeparateCaches:
    """See `caches.Caches`.

    Args:
        left: The region that is lost, or left.
        taken: The region that goes on.
    """

    replicate = False

    def __init__(self, left: Region, taken: Region) -> None:
        self._left = left
        self._taken = taken

    def promote(self) -> dict[str, Any]:
        """See `caches.Caches.promote`: producers are there already, so the stream function waits for the cache."""
        if not self._taken.has_cache:
            return dict(_NONE)
        stream = streams.of(self._taken)
        stream.stop()
        stream.wait_until_idle()
        done = {"written from the table": fill(self._taken)}
        stream.run()
        return done

    def swap(self) -> dict[str, Any]:
        """See `caches.Caches.swap`: nobody writes while the pointer is closed."""
        return {"written from the table": fill(self._taken)} if self._taken.has_cache else dict(_NONE)

    def rejoin(self, _journal: Journal, _deleting: str) -> dict[str, Any]:
        """See `caches.Caches.rejoin`: most is written now, and what is new by then when producers come back."""
        return {"written from the table": fill(self._left)} if self._left.has_cache else dict(_NONE)


class _Item(NamedTuple):
    key: str
    value: bytes
    ttl_s: int | None


def fill(region: Region) -> int:
    """Give a region's cache what its table has; return how many values that were.

    Raises:
        StoreError: A store did not answer, or somebody else writes the cache; fill it again.
    """
    written = 0
    for items in _pages(region):
        stored = region.cache.read([item.key for item in items])
        writes = [
            Write(item.key, item.value, there.revision if there else 0, item.ttl_s)
            for item, there in zip(items, stored, strict=True)
            if there is None or there.value != item.value
        ]
        done = region.cache.write(writes)
        if not all(done):
            key = writes[done.index(False)].key
            raise ConflictError(
                f"cache of {region.name}, key {key!r}: somebody else wrote it meanwhile; stop the stream function, then "
                "go on"
            )
        written += len(writes)
    return written


def _pages(region: Region) -> Iterator[Sequence[_Item]]:
    """What the table has, in parts; the producers' pointer is the table's alone, and what has expired is absent."""
    environment = region.outputs.environment
    pages = (
        region.steady_client("dynamodb")
        .get_paginator("scan")
        .paginate(
            TableName=region.outputs.online_table_name,
            ConsistentRead=True,
            PaginationConfig={"PageSize": _AT_ONCE},
        )
    )
    for page in pages:
        now_s = int(time.time())
        items = [
            _Item(item["k"]["S"], bytes(item["v"]["B"]), int(item["e"]["N"]) - now_s if "e" in item else None)
            for item in page["Items"]
            if item["k"]["S"] != names.pointer_key(environment)
        ]
        yield [item for item in items if item.ttl_s is None or item.ttl_s > 0]
