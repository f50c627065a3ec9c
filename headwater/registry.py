"""The compiled registry: what every executor reads instead of Python definitions.

It is plain data in canonical JSON, committed, reviewed and shipped with each function and job.
How definitions become a registry is `headwater.compiler`; what differs between two registries is
`headwater.changes`.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from headwater import names, windows
from headwater.errors import RegistryError, RequestError
from headwater.expressions import columns_of

FORMAT = 2
VERSION_LENGTH = 12

Expr = tuple[Any, ...]
"""An expression as `headwater.expressions` evaluates it."""


class KeySpec(msgspec.Struct, frozen=True):
    """One key of an entity and the source column it is read from."""

    name: str
    column: str
    type: str


class SlotSpec(msgspec.Struct, frozen=True):
    """One partial state that each tile keeps.

    Attributes:
        column: Source column, or derived column, it is over; None: over events.
        state: Name of the state kind.
        expression: How the column is derived; None: it is the source's.
        where: Condition that an event must meet; None: none. Both as `headwater.expressions` has them.
    """

    column: str | None
    state: str
    expression: Expr | None = None
    where: Expr | None = None

    @property
    def columns(self) -> set[str]:
        """Source columns it reads."""
        own = set() if self.column is None else {self.column}
        read = columns_of(self.expression) if self.expression else own
        return read | (columns_of(self.where) if self.where else set())


class TileSetSpec(msgspec.Struct, frozen=True):
    """Tiles that are kept together, in pages of their own, and never change their meaning.

    A view begins with one. A feature that the tiles cannot answer gets another beside it, so that
    nothing stored is touched.

    Attributes:
        version: Hash of everything that changes what is stored.
        widths_us: Widths of the tiles, ascending; each divides the next.
        reaches_us: By width, how long after its events a tile can still be read.
        head: Whether the exact head of a window without delay can be read.
        slots: States of each tile.
    """

    version: str
    widths_us: tuple[int, ...]
    reaches_us: tuple[int, ...]
    head: bool
    slots: tuple[SlotSpec, ...]

    @property
    def is_row(self) -> bool:
        """Whether it is one tile for all time: a row of latest values."""
        return self.widths_us == (windows.FOREVER_US,)


class FeatureSpec(msgspec.Struct, frozen=True):
    """One feature of a view. Times are in microseconds; it is read from a slot of a tile set."""

    name: str
    aggregate: str
    tile_set: int
    slot: int
    window_us: int
    delay_us: int
    resolution_us: int
    type: str

    @property
    def window(self) -> windows.Window:
        """The window as the arithmetic takes it."""
        return windows.Window(self.window_us, self.delay_us, self.resolution_us)


class ViewSpec(msgspec.Struct, frozen=True):
    """One feature view, with the content version of what changes its values."""

    name: str
    version: str
    entity: str
    source: str
    keys: tuple[KeySpec, ...]
    include_current: bool
    tile_sets: tuple[TileSetSpec, ...]
    features: tuple[FeatureSpec, ...]
    description: str = ""
    owner: str = ""

    def slot_of(self, feature: FeatureSpec) -> SlotSpec:
        """The slot a feature is read from."""
        return self.tile_sets[feature.tile_set].slots[feature.slot]

    def oldest_visible_us(self, now_us: int) -> int:
        """Event time at or before which no window sees an event any more, now or later."""
        return min([windows.bounds(now_us, feature.window).after_us for feature in self.features])

    @property
    def columns(self) -> list[str]:
        """Source columns that the view reads, keys first."""
        read = set().union(*[slot.columns for tile_set in self.tile_sets for slot in tile_set.slots])
        return list(dict.fromkeys([*(key.column for key in self.keys), *sorted(read)]))


class OnDemandSpec(msgspec.Struct, frozen=True):
    """Features computed when they are asked for.

    Attributes:
        function: Where the function is, as ``module:name``.
        version: Hash of the function's text and of what it takes and gives.
        inputs: Parameter to feature, as ``<view>__<feature>``.
        request: Parameter to type of the request's field.
        outputs: Output to type.
    """

    name: str
    version: str
    function: str
    inputs: dict[str, str]
    request: dict[str, str]
    outputs: dict[str, str]
    description: str = ""
    owner: str = ""

    def parameter_types(self, views: Mapping[str, ViewSpec]) -> dict[str, str]:
        """Type of each parameter of the function."""
        types = {
            names.qualified_feature(view.name, feature.name): feature.type
            for view in views.values()
            for feature in view.features
        }
        return {parameter: types[feature] for parameter, feature in self.inputs.items()} | self.request


class SourceSpec(msgspec.Struct, frozen=True):
    """One source: its columns by name. ``kind`` is ``events`` or ``table``; the rest as in `EventSource`."""

    name: str
    kind: str
    columns: dict[str, str]
    description: str = ""
    owner: str = ""
    bucketed_by: str | None = None
    buckets: int = 0


class ServiceSpec(msgspec.Struct, frozen=True):
    """One feature service: its views in the order of the vector, then those on demand."""

    name: str
    views: tuple[str, ...]
    on_demand: tuple[str, ...] = ()
    description: str = ""
    owner: str = ""


class Registry(msgspec.Struct, frozen=True):
    """A set of definitions that fit together, compiled.

    Attributes:
        format: `FORMAT` of the release that wrote it.
        next: What takes this registry's place when its tiles are filled. The stream fills both, lookups
            serve this one.
    """

    format: int
    sources: dict[str, SourceSpec]
    views: dict[str, ViewSpec]
    services: dict[str, ServiceSpec]
    on_demand: dict[str, OnDemandSpec] = {}
    next: "Registry | None" = None

    def service(self, name: str) -> ServiceSpec:
        """Return a service.

        Raises:
            RequestError: ``unknown_service``.
        """
        found = self.services.get(name)
        if found is None:
            raise RequestError(
                "unknown_service",
                f"service {name!r} is not in the registry",
                f"ask for one of: {', '.join(sorted(self.services)) or 'none are defined'}",
            )
        return found

    def views_of(self, service: ServiceSpec) -> list[ViewSpec]:
        """Views of a service, in the order of its vector."""
        return [self.views[name] for name in service.views]

    def on_demand_of(self, service: ServiceSpec) -> list[OnDemandSpec]:
        """On-demand views of a service, in the order of its vector."""
        return [self.on_demand[name] for name in service.on_demand]

    def vector_types(self, service: ServiceSpec) -> list[str]:
        """Types of a service's vector, in its order."""
        stored = [feature.type for view in self.views_of(service) for feature in view.features]
        return stored + [kind for view in self.on_demand_of(service) for kind in view.outputs.values()]

    def vector_names(self, service: ServiceSpec) -> list[str]:
        """Names of a service's vector, in its order."""
        stored = [
            names.qualified_feature(view.name, feature.name)
            for view in self.views_of(service)
            for feature in view.features
        ]
        computed = [
            names.qualified_feature(view.name, output)
            for view in self.on_demand_of(service)
            for output in view.outputs
        ]
        return stored + computed

    def views_on(self, source: str) -> list[ViewSpec]:
        """Views that are computed from a source."""
        return [view for view in self.views.values() if view.source == source]


class _Format(msgspec.Struct):
    format: int


def canonical_json(content: Any) -> bytes:
    """Encode with sorted keys and no spaces, so that equal content has equal bytes."""
    return msgspec.json.encode(content, order="sorted")


def content_hash(content: Any) -> str:
    """Short hash of the canonical JSON of ``content``."""
    return hashlib.sha256(canonical_json(content)).hexdigest()[:VERSION_LENGTH]


def dump(registry: Registry) -> bytes:
    """Return the registry as canonical JSON, indented for reviewers."""
    return msgspec.json.format(canonical_json(registry), indent=2) + b"\n"


def load(path: Path) -> Registry:
    """Read a compiled registry.

    Raises:
        RegistryError: The file is absent, is not a registry, or has a format this code cannot read.
    """
    try:
        content = path.read_bytes()
        found = msgspec.json.decode(content, type=_Format).format
        if found == FORMAT:
            return msgspec.json.decode(content, type=Registry)
    except FileNotFoundError:
        raise RegistryError(
            f"registry {path}: no such file; compile the definitions with `headwater apply`"
        ) from None
    except msgspec.MsgspecError as error:
        raise RegistryError(
            f"registry {path}: {error}; expected what `headwater apply` writes; restore the file, or remove it and "
            "compile the definitions anew"
        ) from error
    raise RegistryError(
        f"registry {path}: format {found}, this code reads format {FORMAT}; deploy code and registry of one "
        "release, or remove the file and compile the definitions anew"
    )
