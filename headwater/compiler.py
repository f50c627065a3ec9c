"""Definitions in, registry out. Runs where definitions are edited, never in a function or job."""

from collections.abc import Iterable
from typing import Protocol, TypeVar

from headwater import registry, windows
from headwater.aggregates import AGGREGATES
from headwater.definitions import Aggregation, EventSource, FeatureService, FeatureView
from headwater.errors import DefinitionError
from headwater.registry import FeatureSpec, KeySpec, Registry, ServiceSpec, SlotSpec, SourceSpec, ViewSpec


def compile_services(services: Iterable[FeatureService]) -> Registry:
    """Compile services, with the views and sources they are made of.

    Raises:
        DefinitionError: Two different definitions share a name.
    """
    services = tuple(services)
    views = _unique("feature view", [view for service in services for view in service.views])
    sources = _unique("event source", [view.source for view in views.values()])
    _unique("entity", [view.entity for view in views.values()])
    return Registry(
        format=registry.FORMAT,
        sources={name: _source(source) for name, source in sources.items()},
        views={name: _view(view) for name, view in views.items()},
        services={name: _service(service) for name, service in _unique("feature service", services).items()},
    )


class _Named(Protocol):
    @property
    def name(self) -> str: ...


Definition = TypeVar("Definition", bound=_Named)


def _unique(kind: str, definitions: Iterable[Definition]) -> dict[str, Definition]:
    found: dict[str, Definition] = {}
    for definition in definitions:
        if found.setdefault(definition.name, definition) != definition:
            raise DefinitionError(
                f"{kind} {definition.name!r}: two different definitions have this name; rename one or define it once"
            )
    return found


def _source(source: EventSource) -> SourceSpec:
    return SourceSpec(source.name, dict(source.columns), source.description, source.owner)


def _service(service: FeatureService) -> ServiceSpec:
    return ServiceSpec(
        service.name, tuple(view.name for view in service.views), service.description, service.owner
    )


def _view(view: FeatureView) -> ViewSpec:
    slots = _slots(view)
    features = tuple(_feature(view, feature, slots) for feature in view.features)
    keys = tuple(KeySpec(key, column, view.entity.keys[key]) for key, column in view.keys.items())
    widths = windows.widths_for(feature.window for feature in features)
    version = registry.content_hash([view.source.name, keys, widths, slots, features])
    return ViewSpec(
        name=view.name,
        version=version,
        entity=view.entity.name,
        source=view.source.name,
        keys=keys,
        widths_us=widths,
        slots=slots,
        features=features,
        description=view.description,
        owner=view.owner,
    )


def _slots(view: FeatureView) -> tuple[SlotSpec, ...]:
    slots = [SlotSpec(feature.column, AGGREGATES[feature.function].state) for feature in view.features]
    return tuple(dict.fromkeys(slots))


def _feature(view: FeatureView, feature: Aggregation, slots: tuple[SlotSpec, ...]) -> FeatureSpec:
    aggregate = AGGREGATES[feature.function]
    column_type = view.source.columns[feature.column] if feature.column is not None else "int64"
    length, delay, resolution = feature.as_window()
    return FeatureSpec(
        name=feature.name,
        aggregate=feature.function,
        slot=slots.index(SlotSpec(feature.column, aggregate.state)),
        window_us=length,
        delay_us=delay,
        resolution_us=resolution,
        type=aggregate.value_type or column_type,
    )
