"""The difference between two registries: what a change of definitions does, and what it asks for."""

from typing import Literal, NamedTuple

from headwater.registry import OnDemandSpec, Registry, ServiceSpec, SourceSpec, ViewSpec

Effect = Literal["added", "removed", "compatible", "new version", "described", "refused"]


class RegistryChange(NamedTuple):
    """One difference.

    Attributes:
        kind: ``source``, ``view``, ``on-demand view`` or ``service``.
        name: Of the definition.
        effect: ``compatible``: what is stored answers it. ``new version``: tiles of its own are filled beside
            those that serve, and served once they are complete. ``refused``: cannot be done in place.
            ``described``: only what people read has changed.
        detail: What to expect, and what to do.
    """

    kind: str
    name: str
    effect: Effect
    detail: str


def compare(old: Registry | None, new: Registry) -> list[RegistryChange]:
    """List what differs from ``old`` (None: nothing was there) to ``new``, by kind and name."""
    before = old or Registry(new.format, {}, {}, {})
    return [
        *_compare("source", before.sources, new.sources),
        *_compare("view", before.views, new.views),
        *_compare("on-demand view", before.on_demand, new.on_demand),
        *_compare("service", before.services, new.services),
    ]


def needs_fill(old: Registry | None, new: Registry) -> bool:
    """Whether ``new`` has tiles that ``old`` has not."""
    there = _tile_sets(old) if old else set()
    return bool(_tile_sets(new) - there)


def _tile_sets(registry: Registry) -> set[tuple[str, str]]:
    return {(view.name, each.version) for view in registry.views.values() for each in view.tile_sets}


_Spec = SourceSpec | ViewSpec | OnDemandSpec | ServiceSpec


def _compare(
    kind: str,
    before: dict[str, SourceSpec] | dict[str, ViewSpec] | dict[str, OnDemandSpec] | dict[str, ServiceSpec],
    after: dict[str, SourceSpec] | dict[str, ViewSpec] | dict[str, OnDemandSpec] | dict[str, ServiceSpec],
) -> list[RegistryChange]:
    return [
        RegistryChange(kind, name, *_effect(before.get(name), after.get(name)))
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    ]


def _effect(before: _Spec | None, after: _Spec | None) -> tuple[Effect, str]:
    if after is None:
        expires = isinstance(before, ViewSpec)
        return "removed", "its tiles expire" if expires else ""
    if before is None:
        return "added", "its tiles are filled" if isinstance(after, ViewSpec) else ""
    if isinstance(before, ViewSpec) and isinstance(after, ViewSpec):
        return _view_effect(before, after)
    if isinstance(before, SourceSpec) and isinstance(after, SourceSpec):
        return _source_effect(before, after)
    if isinstance(before, OnDemandSpec) and isinstance(after, OnDemandSpec):
        same = before.version == after.version
        return ("described", "no value changes") if same else ("compatible", "the function is deployed anew")
    if isinstance(before, ServiceSpec) and isinstance(after, ServiceSpec):
        same = (before.views, before.on_demand) == (after.views, after.on_demand)
        return ("described", "no value changes") if same else ("compatible", "its vector changes")
    raise TypeError(f"found {type(before).__name__} and {type(after).__name__}, expected two of one kind")


def _view_effect(before: ViewSpec, after: ViewSpec) -> tuple[Effect, str]:
    there = {tile_set.version for tile_set in before.tile_sets}
    fresh = [place for place, tile_set in enumerate(after.tile_sets) if tile_set.version not in there]
    filled = [feature.name for feature in after.features if feature.tile_set in fresh]
    if filled:
        return "new version", f"tiles to fill for {', '.join(filled)}"
    if before.version == after.version:
        return "described", "no value changes"
    names = {feature.name for feature in before.features}
    added = [feature.name for feature in after.features if feature.name not in names]
    gone = sorted(names - {feature.name for feature in after.features})
    said = [f"adds {', '.join(added)}"] if added else []
    said += [f"drops {', '.join(gone)}"] if gone else []
    return "compatible", "; ".join(said) or "what is stored answers it"


def _source_effect(before: SourceSpec, after: SourceSpec) -> tuple[Effect, str]:
    retyped = [
        f"{column} from {kind} to {after.columns[column]}"
        for column, kind in before.columns.items()
        if after.columns.get(column, kind) != kind
    ]
    if retyped:
        return "refused", f"{', '.join(retyped)}: a column keeps its type; give the new one another name"
    if before.kind != after.kind:
        return "refused", f"from {before.kind} to {after.kind}; declare a source of another name"
    divided = (before.bucketed_by, before.buckets) != (after.bucketed_by, after.buckets)
    if before.columns == after.columns:
        if divided:
            return "compatible", "new files of the log are divided anew; no row is written again"
        return "described", "no value changes"
    added = [column for column in after.columns if column not in before.columns]
    gone = [column for column in before.columns if column not in after.columns]
    said = [f"adds {', '.join(added)}"] if added else []
    said += [f"no longer reads {', '.join(gone)}; the log keeps it"] if gone else []
    return "compatible", "; ".join(said)
