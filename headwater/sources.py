"""Where events come from and whom they are about: entities, event sources and table sources."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from headwater import names
from headwater.errors import DefinitionError

TYPES = ("string", "int64", "float64", "bool", "timestamp")
KEY_TYPES = ("string", "int64")
RESERVED_COLUMNS = ("event_id", "event_time", "arrival", "shard", "sequence")
"""Columns that every event has. A source declares what it has beside them."""

_FEWEST_BUCKETS, _MOST_BUCKETS = 2, 1_024


def check_columns(owner: str, columns: Mapping[str, str], allowed: Sequence[str]) -> Mapping[str, str]:
    """Return columns, names to types, that nobody can change any more.

    Raises:
        DefinitionError: There are none, or a name or type is not allowed.
    """
    if not columns:
        raise DefinitionError(f"{owner}: it has no columns; declare at least one as a name and a type")
    for column, kind in columns.items():
        names.check_name(f"{owner}, column", column)
        if kind not in allowed:
            raise DefinitionError(
                f"{owner}, column {column!r}: type {kind!r} is not one of {', '.join(allowed)}; choose one of them"
            )
    return MappingProxyType(dict(columns))


@dataclass(frozen=True, kw_only=True)
class Entity:
    """What features describe, such as a customer or an airport.

    Args:
        name: Lower snake case.
        keys: Key name to type (``string`` or ``int64``); the order is the order in the online key.
        description: For the catalog.
    """

    name: str
    keys: Mapping[str, str]
    description: str = ""

    def __post_init__(self) -> None:
        """Check the definition.

        Raises:
            DefinitionError: A name or a type is not allowed.
        """
        names.check_name("entity", self.name)
        object.__setattr__(self, "keys", check_columns(f"entity {self.name!r}", self.keys, KEY_TYPES))


@dataclass(frozen=True, kw_only=True)
class EventSource:
    """A kind of event that arrives on the stream and is kept in the event log.

    Every event has an id, an event time and an arrival beside the columns declared here. Values of
    ``float64`` are finite and of magnitude 1e150 at most.

    Args:
        name: Lower snake case; also names the table of the event log.
        columns: Column name to type. Every column may be null; an event without a key has no entity.
        description: For the catalog.
        owner: Team to ask.
        bucketed_by: Column whose hash divides each day of the event log; it pays from some 10 GB a day on, where
            jobs look at a part of the entities. None: a day is not divided.
        buckets: Into how many, 2 to 1,024.
    """

    name: str
    columns: Mapping[str, str]
    description: str = ""
    owner: str = ""
    bucketed_by: str | None = None
    buckets: int = 0

    def __post_init__(self) -> None:
        """Check the definition.

        Raises:
            DefinitionError: A name or type is not allowed, or a column is one every event has.
        """
        owner = f"source {self.name!r}"
        names.check_name("source", self.name)
        object.__setattr__(self, "columns", check_columns(owner, self.columns, TYPES))
        for column in RESERVED_COLUMNS:
            if column in self.columns:
                raise DefinitionError(
                    f"{owner}: every event has {column!r} already; remove or rename the column"
                )
        self._check_buckets(owner)

    def _check_buckets(self, owner: str) -> None:
        if self.bucketed_by is None and not self.buckets:
            return
        kind = self.columns.get(self.bucketed_by or "")
        if kind not in KEY_TYPES:
            raise DefinitionError(
                f"{owner}: bucketed_by is {self.bucketed_by!r}, expected one of its columns of type "
                f"{' or '.join(KEY_TYPES)}; name the key that most views have"
            )
        if not isinstance(self.buckets, int) or not _FEWEST_BUCKETS <= self.buckets <= _MOST_BUCKETS:
            raise DefinitionError(
                f"{owner}: buckets is {self.buckets!r}, expected {_FEWEST_BUCKETS} to {_MOST_BUCKETS}; choose as many "
                "as give files of some 256 MB a day"
            )


@dataclass(frozen=True, kw_only=True)
class TableSource(EventSource):
    """A table of facts about entities, such as an account's plan: each version of a row is an event.

    The event time is when the version began to hold. A view over a table has ``last`` features
    only, each with its time to live: see `headwater.definitions.latest`.
    """
