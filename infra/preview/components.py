"""The components of a graph, and which of them use which."""

import re
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from infra.local.graph import Graph, Resource

_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class Component(NamedTuple):
    """An outermost component.

    Attributes:
        name: In the program.
        kind: Its type, such as ``OnlineStore``.
        resources: Everything in it that is no component, also in components inside it.
    """

    name: str
    kind: str
    resources: tuple[Resource, ...]

    @property
    def region(self) -> str:
        """Region that its resources are in."""
        return next((each.region for each in self.resources), "")

    def counts(self) -> Counter[str]:
        """How many resources there are of each kind, in words."""
        return Counter(words(each.type.rpartition(":")[2]) for each in self.resources)


def words(kind: str) -> str:
    """A type's name as words, without the version that a second making of it has.

    >>> words("EventSourceMapping")
    'Event source mapping'
    >>> words("BucketObjectv2")
    'Bucket object'
    """
    return _WORD_START.sub(" ", kind.removesuffix("v2")).capitalize()


def components(graph: Graph) -> dict[str, Component]:
    """Outermost components by URN, in the order of their declaration."""
    inside: dict[str, list[Resource]] = {}
    for resource in graph.resources.values():
        if resource.custom and resource.parent:
            inside.setdefault(outermost(graph, resource.urn), []).append(resource)
    return {
        urn: Component(each.name, each.type.rpartition(":")[2], tuple(inside.get(urn, ())))
        for urn, each in graph.resources.items()
        if not each.custom and not each.parent
    }


def outermost(graph: Graph, urn: str) -> str:
    """URN of the outermost component that a resource belongs to, or its own."""
    parent = graph.resources[urn].parent
    return outermost(graph, parent) if parent else urn


def uses(graph: Graph, found: Mapping[str, Component]) -> dict[str, Counter[str]]:
    """For each component, by URN, those whose resources its own depend on, and by how many dependencies."""
    made: dict[str, Counter[str]] = {}
    for urn, component in found.items():
        used = (
            outermost(graph, dependency)
            for resource in component.resources
            for dependency in resource.dependencies
            if dependency in graph.resources
        )
        made[urn] = Counter(each for each in used if each != urn and each in found)
    return made
