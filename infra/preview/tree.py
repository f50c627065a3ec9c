"""An environment as a tree of components and resources, or as JSON."""

from typing import Any

from rich.text import Text
from rich.tree import Tree

from infra.local.graph import Graph, Resource
from infra.preview.components import words
from infra.preview.settings import settings


def tree(graph: Graph, environment: str) -> Tree:
    """Draw a graph as a tree."""
    count = sum(1 for each in graph.resources.values() if each.custom and each.parent)
    made = Tree(Text(f"{environment}: {count} resources", style="bold"))
    branches: dict[str, Tree] = {}
    for resource in graph.resources.values():
        if resource.custom and not resource.parent:
            continue
        above = branches.get(resource.parent, made)
        branches[resource.urn] = above.add(_line(resource))
    return made


def listing(graph: Graph) -> list[dict[str, Any]]:
    """Every resource with its component, its settings and what it waits for."""
    return [
        {
            "component": _path(graph, each.parent),
            "type": each.type,
            "name": each.name,
            "region": each.region,
            "settings": settings(each),
            "depends_on": sorted(
                graph.resources[urn].name for urn in each.dependencies if urn in graph.resources
            ),
        }
        for each in graph.resources.values()
        if each.custom and each.parent
    ]


def _line(resource: Resource) -> Text:
    kind = words(resource.type.rpartition(":")[2])
    if not resource.custom:
        return Text.assemble((kind, "bold cyan"), f" {resource.name}")
    line = Text.assemble((kind, "green"), f" {resource.name}")
    for key, value in settings(resource).items():
        line.append(f"  {key}=", style="dim").append(value)
    return line


def _path(graph: Graph, urn: str) -> str:
    """Names of the components around a resource, outermost first."""
    if not urn:
        return ""
    resource = graph.resources[urn]
    above = _path(graph, resource.parent)
    return f"{above}/{resource.name}" if above else resource.name
