"""What adopters declare: entities, event sources, feature views and the services that serve them.

Declarations only: immutable, checked when they are made, and knowing nothing of stores or
engines. `headwater.compiler` turns them into the registry that everything else reads.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from headwater import names, windows
from headwater.aggregates import AGGREGATES
from headwater.errors import DefinitionError

TYPES = ("string", "int64", "float64", "bool", "timestamp")
KEY_TYPES = ("string", "int64")
RESERVED_COLUMNS = ("event_id", "event_time", "arrival", "shard", "sequence")
"""Columns that every event has. A source declares what it has beside them."""


def _check_columns(owner: str, columns: Mapping[str, str], allowed: Sequence[str]) -> Mapping[str, str]:
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
        object.__setattr__(self, "keys", _check_columns(f"entity {self.name!r}", self.keys, KEY_TYPES))


@dataclass(frozen=True, kw_only=True)
class EventSource:
    """A kind of event that arrives on the stream and is kept in the event log.

    Every event has an id, an event time and an arrival beside the columns declared here.

    Args:
        name: Lower snake case; also names the table of the event log.
        columns: Column name to type. All columns but entity keys may be null.
        description: For the catalog.
        owner: Team to ask.
    """

    name: str
    columns: Mapping[str, str]
    description: str = ""
    owner: str = ""

    def __post_init__(self) -> None:
        """Check the definition.

        Raises:
            DefinitionError: A name or type is not allowed, or a column is one every event has.
        """
        names.check_name("event source", self.name)
        object.__setattr__(
            self, "columns", _check_columns(f"event source {self.name!r}", self.columns, TYPES)
        )
        for column in RESERVED_COLUMNS:
            if column in self.columns:
                raise DefinitionError(
                    f"event source {self.name!r}: every event has {column!r} already; remove or rename the column"
                )


@dataclass(frozen=True, kw_only=True)
class Aggregation:
    """One feature: an aggregate of a column over a window, optionally delayed.

    Args:
        column: Column of the view's source; None counts events.
        function: One of `headwater.aggregates.AGGREGATES`.
        window: Length, such as ``6h``. For ``last`` this is the time to live of the value.
        delay: How much later an event counts, such as ``12h`` for what is known only then.
        resolution: Width of the tiles; the window's tail moves in steps of it. Default by length.
        name: Name of the feature; default ``<column>_<function>_<window>``.
    """

    column: str | None
    function: str
    window: str
    delay: str | None = None
    resolution: str | None = None
    name: str = ""

    def __post_init__(self) -> None:
        """Check the definition and fill the default name.

        Raises:
            DefinitionError: The aggregate is unknown, or window or delay are no multiple of the resolution.
        """
        if self.function not in AGGREGATES:
            raise DefinitionError(
                f"aggregation of {self.column!r}: {self.function!r} is not an aggregate; "
                f"choose one of {', '.join(AGGREGATES)}"
            )
        length, delay, resolution = self.as_window()
        default = names.feature(self.column, self.function, self.window, self.delay)
        object.__setattr__(self, "name", names.check_name("feature", self.name or default))
        for what, duration in (("window", length), ("delay", delay)):
            if duration % resolution:
                raise DefinitionError(
                    f"feature {self.name!r}: {what} {windows.format_duration(duration)} is not a multiple of the "
                    f"resolution {windows.format_duration(resolution)}; change one of them"
                )

    def as_window(self) -> windows.Window:
        """The window in microseconds."""
        length = windows.parse_duration(self.window)
        delay = windows.parse_duration(self.delay) if self.delay else 0
        resolution = (
            windows.parse_duration(self.resolution)
            if self.resolution
            else windows.default_resolution_us(length)
        )
        return windows.Window(length, delay, resolution)


def aggregations(
    column: str | None,
    functions: Sequence[str],
    *,
    over: Sequence[str],
    delay: str | None = None,
    resolution: str | None = None,
) -> tuple[Aggregation, ...]:
    """Every combination of functions and windows over one column.

    >>> [feature.name for feature in aggregations("amount", ["mean", "max"], over=["1h", "1d"])]
    ['amount_mean_1h', 'amount_mean_1d', 'amount_max_1h', 'amount_max_1d']
    """
    return tuple(
        Aggregation(column=column, function=function, window=window, delay=delay, resolution=resolution)
        for function in functions
        for window in over
    )


@dataclass(frozen=True, kw_only=True)
class FeatureView:
    """Features of one entity computed from one source.

    Args:
        name: Lower snake case.
        entity: Whom the features describe.
        source: The events they are made of.
        features: At least one aggregation; names are unique within the view.
        keys: Entity key to source column, where the two have different names.
        description: For the catalog.
        owner: Team to ask.
    """

    name: str
    entity: Entity
    source: EventSource
    features: Sequence[Aggregation]
    keys: Mapping[str, str] = field(default_factory=dict)
    description: str = ""
    owner: str = ""

    def __post_init__(self) -> None:
        """Check the definition.

        Raises:
            DefinitionError: A feature or key does not fit the source, or two features share a name.
        """
        names.check_name("feature view", self.name)
        object.__setattr__(self, "features", tuple(self.features))
        object.__setattr__(
            self, "keys", MappingProxyType({key: key for key in self.entity.keys} | dict(self.keys))
        )
        if not self.features:
            raise DefinitionError(f"feature view {self.name!r}: it has no features; add an aggregation")
        self._check_keys()
        seen: set[str] = set()
        for feature in self.features:
            self._check_feature(feature)
            if feature.name in seen:
                raise DefinitionError(
                    f"feature view {self.name!r}: two features are named {feature.name!r}; give one a name of its own"
                )
            seen.add(feature.name)
        windows.widths_for(feature.as_window() for feature in self.features)

    def _check_keys(self) -> None:
        for key, column in self.keys.items():
            if key not in self.entity.keys:
                raise DefinitionError(
                    f"feature view {self.name!r}: {key!r} is not a key of entity {self.entity.name!r}, "
                    f"which has {', '.join(self.entity.keys)}; correct `keys`"
                )
            found = self.source.columns.get(column)
            if found != self.entity.keys[key]:
                raise DefinitionError(
                    f"feature view {self.name!r}: key {key!r} is {self.entity.keys[key]} but column {column!r} of "
                    f"source {self.source.name!r} is {found or 'absent'}; map the key to a column in `keys`"
                )

    def _check_feature(self, feature: Aggregation) -> None:
        kind = self.source.columns.get(feature.column) if feature.column is not None else None
        if feature.column is not None and kind is None:
            raise DefinitionError(
                f"feature view {self.name!r}, feature {feature.name!r}: source {self.source.name!r} has no column "
                f"{feature.column!r}; it has {', '.join(self.source.columns)}"
            )
        if kind not in AGGREGATES[feature.function].column_types:
            raise DefinitionError(
                f"feature view {self.name!r}, feature {feature.name!r}: {feature.function} cannot take "
                f"{'events without a column' if kind is None else kind}; choose another column or aggregate"
            )


@dataclass(frozen=True, kw_only=True)
class FeatureService:
    """The features of one model, in one vector.

    Args:
        name: Lower snake case; what a lookup asks for.
        views: Views whose features make the vector, in this order.
        description: For the catalog.
        owner: Team to ask.
    """

    name: str
    views: Sequence[FeatureView]
    description: str = ""
    owner: str = ""

    def __post_init__(self) -> None:
        """Check the definition.

        Raises:
            DefinitionError: No views, a view named twice, or two keys of one name but different types.
        """
        names.check_name("feature service", self.name)
        object.__setattr__(self, "views", tuple(self.views))
        if not self.views:
            raise DefinitionError(f"feature service {self.name!r}: it has no views; add one")
        keys: dict[str, str] = {}
        seen: set[str] = set()
        for view in self.views:
            if view.name in seen:
                raise DefinitionError(f"feature service {self.name!r}: view {view.name!r} stands in it twice")
            seen.add(view.name)
            for key, kind in view.entity.keys.items():
                if keys.setdefault(key, kind) != kind:
                    raise DefinitionError(
                        f"feature service {self.name!r}: key {key!r} is {keys[key]} in one entity and {kind} in "
                        f"{view.entity.name!r}; rename one of the keys"
                    )
