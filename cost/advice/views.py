"""Advice on definitions: coarser tiles, which make pages smaller and reads fewer."""

from collections.abc import Iterator

import msgspec

from cost.advice.cases import Case
from cost.advice.proposals import Proposal
from headwater import windows
from headwater.registry import FeatureSpec, TileSetSpec, ViewSpec


def proposals(case: Case) -> Iterator[Proposal]:
    """A view whose finest tiles could be left out, each for itself."""
    for name, view in sorted(case.registry.views.items()):
        coarser = without_finest(view)
        if coarser is None:
            continue
        finest, width = (windows.format_duration(each) for each in view.tile_sets[0].widths_us[:2])
        registry = msgspec.structs.replace(case.registry, views={**case.registry.views, name: coarser})
        yield Proposal(
            f"views.{name}.resolution",
            f"Keep tiles of {width} instead of {finest} of {name}",
            f"resolution={width!r} of its aggregations in features/; a new version, to be backfilled",
            f"The far end of its windows moves by {width} at a time instead of {finest}: values of short windows change, "
            "and the model has to be trained on the new ones.",
            case._replace(registry=registry),
        )


def without_finest(view: ViewSpec) -> ViewSpec | None:
    """The view with its finest tiles left out; None if its windows need them, or it has no others."""
    if len(view.tile_sets) != 1 or view.tile_sets[0].is_row or len(view.tile_sets[0].widths_us) == 1:
        return None
    tiles = view.tile_sets[0]
    width_us = tiles.widths_us[1]
    if any(feature.window_us % width_us or feature.delay_us % width_us for feature in view.features):
        return None
    return msgspec.structs.replace(
        view,
        tile_sets=(_coarser(tiles),),
        features=tuple(_stepping(feature, width_us) for feature in view.features),
    )


def _coarser(tiles: TileSetSpec) -> TileSetSpec:
    # The next width took over where the finest ended: it now has to reach as far as either.
    reach_us = max(tiles.reaches_us[:2])
    return msgspec.structs.replace(
        tiles, widths_us=tiles.widths_us[1:], reaches_us=(reach_us, *tiles.reaches_us[2:])
    )


def _stepping(feature: FeatureSpec, width_us: int) -> FeatureSpec:
    return msgspec.structs.replace(feature, resolution_us=max(feature.resolution_us, width_us))
