"""What adopters declare: entities, sources, feature views, on-demand views and feature services.

Declarations only: immutable, checked when they are made, and knowing nothing of stores or
engines. `headwater.compiler` turns them into the registry that everything else reads.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from headwater import expressions, names, windows
from headwater.aggregates import AGGREGATES
from headwater.aggregations import Aggregation, aggregations, as_node, latest
from headwater.errors import DefinitionError
from headwater.expressions import Expression, Node, col
from headwater.on_demand import OnDemandView
from headwater.sources import RESERVED_COLUMNS, Entity, EventSource, TableSource

__all__ = [
    "Aggregation",
    "Entity",
    "EventSource",
    "FeatureService",
    "FeatureView",
    "OnDemandView",
    "TableSource",
    "aggregations",
    "col",
    "latest",
]


@dataclass(frozen=True, kw_only=True)
class FeatureView:
    """Features of one entity computed from one source.

    Args:
        name: Lower snake case.
        entity: Whom the features describe.
        source: The events, or the table, they are made of.
        features: At least one aggregation; names are unique within the view.
        keys: Entity key to source column, where the two have different names.
        where: Condition on the source's columns; other events do not count for any feature of the view.
        derived: Name to expression over the source's columns: more columns to aggregate.
        include_current: The event that asks counts too, as if it had happened at the instant asked for.
        description: For the catalog.
        owner: Team to ask.
    """

    name: str
    entity: Entity
    source: EventSource
    features: Sequence[Aggregation]
    keys: Mapping[str, str] = field(default_factory=dict)
    where: Expression | Node | None = None
    derived: Mapping[str, Expression | Node] = field(default_factory=dict)
    include_current: bool = False
    description: str = ""
    owner: str = ""

    def __post_init__(self) -> None:
        """Check the definition.

        Raises:
            DefinitionError: A feature, key or expression does not fit the source, or two features share a name.
        """
        names.check_name("feature view", self.name)
        object.__setattr__(self, "features", tuple(self.features))
        object.__setattr__(
            self, "keys", MappingProxyType({key: key for key in self.entity.keys} | dict(self.keys))
        )
        if not self.features:
            raise DefinitionError(f"feature view {self.name!r}: it has no features; add an aggregation")
        self._check_keys()
        self._check_expressions()
        seen: set[str] = set()
        for feature in self.features:
            self._check_feature(feature)
            if feature.name in seen:
                raise DefinitionError(
                    f"feature view {self.name!r}: two features are named {feature.name!r}; give one a name of its own"
                )
            seen.add(feature.name)
        windows.widths_for(feature.as_window() for feature in self.features)
        if self.include_current and all(feature.delay for feature in self.features):
            raise DefinitionError(
                f"feature view {self.name!r}: include_current, but every feature is delayed and the event that asks "
                "is in no window; leave include_current out"
            )

    @property
    def column_types(self) -> dict[str, str]:
        """Types of the source's columns and of the derived ones."""
        derived = {
            column: expressions.typed(node, self.source.columns)[1]
            for column, node in self.derived.items()
            if isinstance(node, tuple)
        }
        return {**self.source.columns, **derived}

    def condition(self, feature: Aggregation) -> Node | None:
        """What an event must meet to count for a feature: the view's condition and the feature's own.

        Raises:
            DefinitionError: It does not fit the columns, or is no condition.
        """
        both = [node for node in (self.where, feature.where) if isinstance(node, tuple)]
        if not both:
            return None
        node: Node = both[0] if len(both) == 1 else ("and", *both)
        derived = {column: node for column, node in self.derived.items() if isinstance(node, tuple)}
        checked, kind = expressions.typed(expressions.substitute(node, derived), self.source.columns)
        if kind != "bool":
            raise DefinitionError(
                f"feature view {self.name!r}, feature {feature.name!r}: where is {expressions.describe(node)}, of type "
                f"{kind}; expected a condition, such as a comparison"
            )
        return checked

    def _check_expressions(self) -> None:
        owner = f"feature view {self.name!r}"
        object.__setattr__(self, "where", as_node(f"{owner}, where", self.where))
        derived: dict[str, Node | None] = {}
        for column, expression in self.derived.items():
            where = f"{owner}, derived column {column!r}"
            names.check_name(f"{owner}, derived column", column)
            if column in self.source.columns or column in RESERVED_COLUMNS:
                raise DefinitionError(
                    f"{where}: source {self.source.name!r} has a column of this name; rename it"
                )
            node = as_node(where, expression)
            if node is None:
                raise DefinitionError(f"{where}: it has no expression; build one with col()")
            try:
                derived[column] = expressions.typed(node, self.source.columns) and node
            except DefinitionError as error:
                raise DefinitionError(f"{where}: {error}") from error
        object.__setattr__(self, "derived", MappingProxyType(derived))

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
        where = f"feature view {self.name!r}, feature {feature.name!r}"
        columns = self.column_types
        if feature.column is not None and feature.column not in columns:
            raise DefinitionError(
                f"{where}: source {self.source.name!r} has no column {feature.column!r}, only {', '.join(columns)}; "
                "correct the column"
            )
        kind = columns[feature.column] if feature.column is not None else None
        if kind not in AGGREGATES[feature.function].states:
            raise DefinitionError(
                f"{where}: {feature.function} cannot take {'events without a column' if kind is None else kind}; "
                "choose another column or aggregate"
            )
        if isinstance(self.source, TableSource) and (feature.function != "last" or feature.delay):
            raise DefinitionError(
                f"{where}: {self.source.name!r} is a table, so only `last` without delay says something about it; "
                "use latest(), or an event source"
            )
        try:
            self.condition(feature)
        except DefinitionError as error:
            raise DefinitionError(f"{where}: {error}") from error


@dataclass(frozen=True, kw_only=True)
class FeatureService:
    """The features of one model, in one vector.

    Args:
        name: Lower snake case; what a lookup asks for.
        views: Views whose features make the vector, in this order.
        on_demand: Views computed when asked for; their outputs come after. Their inputs are features of
            ``views``.
        description: For the catalog.
        owner: Team to ask.
    """

    name: str
    views: Sequence[FeatureView]
    on_demand: Sequence[OnDemandView] = ()
    description: str = ""
    owner: str = ""

    def __post_init__(self) -> None:
        """Check the definition.

        Raises:
            DefinitionError: No views, a view named twice, two keys or request fields of one name but different
                types, or an input that is no feature of the service.
        """
        names.check_name("feature service", self.name)
        object.__setattr__(self, "views", tuple(self.views))
        object.__setattr__(self, "on_demand", tuple(self.on_demand))
        owner = f"feature service {self.name!r}"
        if not self.views:
            raise DefinitionError(f"{owner}: it has no views; add one")
        named = [*(view.name for view in self.views), *(view.name for view in self.on_demand)]
        for name in named:
            if named.count(name) > 1:
                raise DefinitionError(f"{owner}: view {name!r} stands in it twice")
        keys: dict[str, str] = {}
        for view in self.views:
            for key, kind in view.entity.keys.items():
                if keys.setdefault(key, kind) != kind:
                    raise DefinitionError(
                        f"{owner}: key {key!r} is {keys[key]} in one entity and {kind} in "
                        f"{view.entity.name!r}; rename one of the keys"
                    )
        self._check_on_demand(owner)

    def _check_on_demand(self, owner: str) -> None:
        features = {
            names.qualified_feature(view.name, feature.name)
            for view in self.views
            for feature in view.features
        }
        fields: dict[str, str] = {}
        for view in self.on_demand:
            for parameter, feature in view.inputs.items():
                if feature not in features:
                    raise DefinitionError(
                        f"{owner}, on-demand view {view.name!r}: input {parameter!r} is {feature!r}, which is no "
                        "feature of the service; write <view>__<feature>, and add the view"
                    )
            for name, kind in view.request.items():
                if fields.setdefault(name, kind) != kind:
                    raise DefinitionError(
                        f"{owner}: request field {name!r} is {fields[name]} in one on-demand view and {kind} in "
                        f"{view.name!r}; rename one of them"
                    )
