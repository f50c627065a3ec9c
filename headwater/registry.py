"""The compiled registry: what every executor reads instead of Python definitions.

It is plain data in canonical JSON, committed, reviewed and shipped with each function and job.
How definitions become a registry is `headwater.compiler`; what differs between two registries is
`headwater.changes`.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from headwater import windows
from headwater.errors import RegistryError, RequestError

FORMAT = 1
VERSION_LENGTH = 12


class KeySpec(msgspec.Struct, frozen=True):
    """One key of an entity and the source column it is read from."""

    name: str
    column: str
    type: str


class SlotSpec(msgspec.Struct, frozen=True):
    """One partial state that each tile keeps: a state kind over a column (None: over events)."""

    column: str | None
    state: str


class FeatureSpec(msgspec.Struct, frozen=True):
    """One feature of a view. Times are in microseconds; ``slot`` indexes the view's slots."""

    name: str
    aggregate: str
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
    widths_us: tuple[int, ...]
    slots: tuple[SlotSpec, ...]
    features: tuple[FeatureSpec, ...]
    description: str = ""
    owner: str = ""

    def oldest_visible_us(self, now_us: int) -> int:
        """Event time at or before which no window sees an event any more, now or later."""
        return min([windows.bounds(now_us, feature.window).after_us for feature in self.features])


class SourceSpec(msgspec.Struct, frozen=True):
    """One event source: its columns by name."""

    name: str
    columns: dict[str, str]
    description: str = ""
    owner: str = ""


class ServiceSpec(msgspec.Struct, frozen=True):
    """One feature service: its views in the order of the vector."""

    name: str
    views: tuple[str, ...]
    description: str = ""
    owner: str = ""


class Registry(msgspec.Struct, frozen=True):
    """A set of definitions that fit together, compiled."""

    format: int
    sources: dict[str, SourceSpec]
    views: dict[str, ViewSpec]
    services: dict[str, ServiceSpec]

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

    def views_on(self, source: str) -> list[ViewSpec]:
        """Views that are computed from a source."""
        return [view for view in self.views.values() if view.source == source]

    def with_views_only(self, names: Sequence[str]) -> "Registry":
        """The same registry with some of its views, and the services that need no others."""
        views = {name: view for name, view in self.views.items() if name in names}
        services = {
            name: service for name, service in self.services.items() if set(service.views) <= set(views)
        }
        return msgspec.structs.replace(self, views=views, services=services)


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
        registry = msgspec.json.decode(path.read_bytes(), type=Registry)
    except FileNotFoundError:
        raise RegistryError(
            f"registry {path}: no such file; compile the definitions with `headwater apply`"
        ) from None
    except msgspec.MsgspecError as error:
        raise RegistryError(
            f"registry {path}: {error}; expected what `headwater apply` writes; compile the definitions again"
        ) from error
    if registry.format != FORMAT:
        raise RegistryError(
            f"registry {path}: format {registry.format}, this code reads format {FORMAT}; "
            "deploy code and registry of one release"
        )
    return registry
