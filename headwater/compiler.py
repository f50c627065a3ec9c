"""Definitions in, registry out. Runs where definitions are edited, never in a function or job."""

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from msgspec import structs

from headwater import expressions, on_demand_calls, page_size, registry, windows
from headwater.aggregates import state_name, value_type
from headwater.aggregations import Aggregation
from headwater.definitions import FeatureService, FeatureView
from headwater.errors import DefinitionError
from headwater.on_demand import OnDemandView
from headwater.registry import (
    Expr,
    FeatureSpec,
    KeySpec,
    OnDemandSpec,
    Registry,
    ServiceSpec,
    SlotSpec,
    SourceSpec,
    TileSetSpec,
    ViewSpec,
)
from headwater.sources import EventSource, TableSource
from headwater.windows import Window


def compile_services(services: Iterable[FeatureService], base: Registry | None = None) -> Registry:
    """Compile services, with the views and sources they are made of.

    Args:
        services: Every service.
        base: What is online. Its tiles are kept wherever they answer a feature, so that only what they
            cannot answer has to be filled.

    Raises:
        DefinitionError: Two different definitions share a name, or an on-demand function does not do what it
            declares.
    """
    services = tuple(services)
    views = _unique("feature view", [view for service in services for view in service.views])
    sources = _unique("source", [view.source for view in views.values()])
    computed = _unique("on-demand view", [view for service in services for view in service.on_demand])
    _unique("entity", [view.entity for view in views.values()])
    kept = base.views if base else {}
    specs = {name: _view(view, kept.get(name)) for name, view in views.items()}
    return Registry(
        format=registry.FORMAT,
        sources={name: _source(source) for name, source in sources.items()},
        views=specs,
        services={name: _service(service) for name, service in _unique("feature service", services).items()},
        on_demand={name: _on_demand(view, specs) for name, view in computed.items()},
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
    kind = "table" if isinstance(source, TableSource) else "events"
    return SourceSpec(
        source.name,
        kind,
        dict(source.columns),
        source.description,
        source.owner,
        source.bucketed_by,
        source.buckets,
    )


def _service(service: FeatureService) -> ServiceSpec:
    return ServiceSpec(
        service.name,
        tuple(view.name for view in service.views),
        tuple(view.name for view in service.on_demand),
        service.description,
        service.owner,
    )


def _view(view: FeatureView, kept: ViewSpec | None) -> ViewSpec:
    keys = tuple(KeySpec(key, column, view.entity.keys[key]) for key, column in view.keys.items())
    slots = [_slot(view, feature) for feature in view.features]
    reusable: list[TileSetSpec] = []
    if kept and (kept.source, kept.keys, kept.include_current) == (
        view.source.name,
        keys,
        view.include_current,
    ):
        reusable = list(kept.tile_sets)
    tile_sets = _tile_sets(view, keys, slots, reusable)
    features = tuple(
        _feature(view, feature, slot, tile_sets) for feature, slot in zip(view.features, slots, strict=True)
    )
    meaning = [
        (feature.name, feature.aggregate, slot, feature.window, feature.type)
        for feature, slot in zip(features, slots, strict=True)
    ]
    return ViewSpec(
        name=view.name,
        version=registry.content_hash([view.source.name, keys, view.include_current, meaning]),
        entity=view.entity.name,
        source=view.source.name,
        keys=keys,
        include_current=view.include_current,
        tile_sets=tile_sets,
        features=features,
        description=view.description,
        owner=view.owner,
    )


def _slot(view: FeatureView, feature: Aggregation) -> SlotSpec:
    kind = None if feature.column is None else view.column_types[feature.column]
    expression: Expr | None = None
    node = view.derived.get(feature.column or "")
    if isinstance(node, tuple):
        expression, _ = expressions.typed(node, view.source.columns)
    return SlotSpec(
        feature.column, state_name(feature.function, kind, feature.n), expression, view.condition(feature)
    )


def _tile_sets(
    view: FeatureView, keys: tuple[KeySpec, ...], slots: list[SlotSpec], reusable: list[TileSetSpec]
) -> tuple[TileSetSpec, ...]:
    """Tile sets that answer every feature: kept ones where they do, and one new one for the rest."""
    chosen: list[TileSetSpec] = []
    unanswered: list[tuple[SlotSpec, Window]] = []
    for feature, slot in zip(view.features, slots, strict=True):
        window = feature.as_window()
        found = next((kept for kept in reusable if answers(kept, slot, window)), None)
        if found is None:
            unanswered.append((slot, window))
        elif found not in chosen:
            chosen.append(found)
    in_row = [(slot, window) for slot, window in unanswered if _fits_row(slot, window)]
    in_tiles = [(slot, window) for slot, window in unanswered if not _fits_row(slot, window)]
    if in_row:
        chosen.append(_tile_set(view, keys, in_row, (windows.FOREVER_US,)))
    if in_tiles:
        widths = windows.widths_for([window for _, window in in_tiles])
        chosen.append(_tile_set(view, keys, in_tiles, widths))
    return tuple(chosen)


def _fits_row(slot: SlotSpec, window: Window) -> bool:
    """Whether a latest value is all that is needed: it says itself when it happened."""
    return slot.state == "last" and not window.delay_us


def _tile_set(
    view: FeatureView,
    keys: tuple[KeySpec, ...],
    answered: Sequence[tuple[SlotSpec, Window]],
    widths: tuple[int, ...],
) -> TileSetSpec:
    reading = [window for _, window in answered]
    reaches = tuple(windows.reach_us(width, reading) for width in widths)
    head = any(window.delay_us == 0 for window in reading)
    slots = tuple(dict.fromkeys(slot for slot, _ in answered))
    version = registry.content_hash(
        [view.source.name, keys, view.include_current, widths, reaches, head, slots]
    )
    tile_set = TileSetSpec(version, widths, reaches, head, slots)
    _check_size(view, tile_set)
    return tile_set


def _check_size(view: FeatureView, tile_set: TileSetSpec) -> None:
    types = view.column_types
    sizes = {
        slot: page_size.state_bytes(slot.state, None if slot.column is None else types[slot.column])
        for slot in tile_set.slots
    }
    size = page_size.page_bytes(sum(sizes.values()), row=tile_set.is_row)
    if size > page_size.MAX_VALUE_BYTES:
        largest = max(sizes, key=lambda slot: sizes[slot])
        raise DefinitionError(
            f"feature view {view.name!r}: a page of its tiles can take {size:,} bytes, at most "
            f"{page_size.MAX_VALUE_BYTES:,} fit an online value; most goes to {largest.state} of {largest.column!r} "
            f"({sizes[largest]:,} bytes a tile): keep fewer values, or move some features to another view"
        )


def answers(tile_set: TileSetSpec, slot: SlotSpec, window: Window) -> bool:
    """Whether a feature can be read from tiles that are there already, as far back as it looks."""
    if tile_set.is_row:
        reach = windows.reach_us(windows.FOREVER_US, [window])
        return slot in tile_set.slots and _fits_row(slot, window) and reach <= tile_set.reaches_us[0]
    return (
        slot in tile_set.slots
        and set(windows.widths_for([window])) <= set(tile_set.widths_us)
        and (tile_set.head or window.delay_us > 0)
        and all(
            windows.reach_us(width, [window]) <= reach
            for width, reach in zip(tile_set.widths_us, tile_set.reaches_us, strict=True)
        )
    )


def _feature(
    view: FeatureView, feature: Aggregation, slot: SlotSpec, tile_sets: tuple[TileSetSpec, ...]
) -> FeatureSpec:
    window = feature.as_window()
    place = next(place for place, tile_set in enumerate(tile_sets) if answers(tile_set, slot, window))
    return FeatureSpec(
        name=feature.name,
        aggregate=feature.function,
        tile_set=place,
        slot=tile_sets[place].slots.index(slot),
        window_us=window.length_us,
        delay_us=window.delay_us,
        resolution_us=window.resolution_us,
        type=value_type(
            feature.function, None if feature.column is None else view.column_types[feature.column]
        ),
    )


def _on_demand(view: OnDemandView, views: dict[str, ViewSpec]) -> OnDemandSpec:
    spec = OnDemandSpec(
        name=view.name,
        version="",
        function=f"{view.function.__module__}:{view.function.__name__}",
        inputs=dict(view.inputs),
        request=dict(view.request),
        outputs=dict(view.outputs),
        description=view.description,
        owner=view.owner,
    )
    on_demand_calls.try_out(spec, view.function, spec.parameter_types(views))
    return structs.replace(spec, version=on_demand_calls.version_of(spec, view.function))
