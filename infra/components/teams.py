"""Who owns what, read from the registry: the teams that governance makes roles for."""

import re
from collections.abc import Iterable
from hashlib import sha256
from typing import NamedTuple

from headwater.registry import Registry

_SLUG_LENGTH = 19
_HASH_LENGTH = 4


class Team(NamedTuple):
    """An owner and what it owns.

    Attributes:
        owner: As the definitions name it.
        sources: Sources it fills.
        views: Views it maintains.
        read_sources: Sources that its views are computed from, whoever owns them.
        services: Services whose vectors it serves to its models.
    """

    owner: str
    sources: tuple[str, ...]
    views: tuple[str, ...]
    read_sources: tuple[str, ...]
    services: tuple[str, ...]

    @property
    def slug(self) -> str:
        """The owner as it stands in names of resources, at most 19 characters.

        >>> Team("fraud", (), (), (), ()).slug
        'fraud'
        """
        slug = re.sub(r"[^a-z0-9]+", "-", self.owner.lower()).strip("-")
        if slug == self.owner and len(slug) <= _SLUG_LENGTH:
            return slug
        # Two owners that differ in what a name cannot have are still two.
        digest = sha256(self.owner.encode()).hexdigest()[:_HASH_LENGTH]
        return f"{slug[: _SLUG_LENGTH - _HASH_LENGTH - 1].rstrip('-')}-{digest}"


def teams_of(registry: Registry, default: str) -> list[Team]:
    """Teams of a registry, by name.

    Args:
        registry: Definitions, each with an owner or none.
        default: Who owns what has none.
    """
    owners = {
        each.owner or default
        for kind in (registry.sources, registry.views, registry.services)
        for each in kind.values()
    }
    found = []
    for owner in sorted(owners):
        views = [view for view in registry.views.values() if (view.owner or default) == owner]
        services = [each for each in registry.services.values() if (each.owner or default) == owner]
        sources = [each for each in registry.sources.values() if (each.owner or default) == owner]
        found.append(
            Team(
                owner=owner,
                sources=_sorted(source.name for source in sources),
                views=_sorted(view.name for view in views),
                read_sources=_sorted(view.source for view in views),
                services=_sorted(service.name for service in services),
            )
        )
    return found


def _sorted(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(names)))
