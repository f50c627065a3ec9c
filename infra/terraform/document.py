"""The graph of a program as one Terraform configuration."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from infra.local.graph import PROVIDER, Graph, Resource
from infra.terraform import terraform
from infra.terraform.errors import ExportError
from infra.terraform.exceptions import MADE_FIRST, TYPES_BEYOND_PROVIDER
from infra.terraform.naming import label
from infra.terraform.recorder import UNKNOWN, Lookup
from infra.terraform.schema import Block, Kind, Provider, find
from infra.terraform.values import Body


class Configuration(NamedTuple):
    """A Terraform configuration.

    Attributes:
        content: Of ``main.tf.json``.
        files: Files it needs, by their place beside it.
        types: Pulumi's type of each resource, by its address in Terraform.
        left_out: What the provider is too old for: address and property, or type and name, with the reason.
    """

    content: dict[str, Any]
    files: dict[str, Path]
    types: dict[str, str]
    left_out: dict[str, str]


def configuration(graph: Graph, lookups: Mapping[str, Lookup], provider: Provider) -> Configuration:
    """Write a graph as a configuration.

    Args:
        graph: As a program recorded by `infra.terraform.recorder.Recorder` declared it.
        lookups: Data that it looked up.
        provider: What the provider knows.

    Raises:
        ExportError: Something cannot be said in Terraform's terms; names the resource.
    """
    return _Writer(graph, lookups, provider).write()


class _Writer:
    def __init__(self, graph: Graph, lookups: Mapping[str, Lookup], provider: Provider) -> None:
        self._provider = provider
        self._graph = graph
        self._lookups = lookups
        made = [each for each in graph.resources.values() if each.custom and each.type != PROVIDER]
        self._resources = [each for each in made if each.type not in TYPES_BEYOND_PROVIDER]
        self._regions = _regions(graph, [each.region for each in self._resources])
        self._addresses = {
            each.urn: f"{provider.resource(each.type).type}.{label(each.name)}" for each in self._resources
        }
        self._files: dict[str, Path] = {}
        self._left_out = {
            f"{each.type} {each.name}": TYPES_BEYOND_PROVIDER[each.type]
            for each in made
            if each.type in TYPES_BEYOND_PROVIDER
        }

    def write(self) -> Configuration:
        self._refuse_doubles()
        content: dict[str, Any] = {
            "terraform": terraform.requirement(),
            "provider": {"aws": [self._provider_block(region) for region in self._regions]},
        }
        for address, lookup in sorted(self._lookups.items()):
            _, kind, name = address.split(".")
            self._check(address, lookup.body)
            content.setdefault("data", {}).setdefault(kind, {})[name] = {
                **self._in_region(lookup.region),
                **lookup.body.content,
            }
        for resource in sorted(self._resources, key=lambda each: self._addresses[each.urn]):
            kind, name = self._addresses[resource.urn].split(".")
            content.setdefault("resource", {}).setdefault(kind, {})[name] = self._resource(resource)
        content["output"] = {
            name: {"value": self._output(name, value)} for name, value in sorted(self._graph.outputs.items())
        }
        types = {self._addresses[each.urn]: each.type for each in self._resources}
        return Configuration(content, self._files, types, self._left_out)

    def _refuse_doubles(self) -> None:
        seen: dict[str, str] = {}
        for urn, address in self._addresses.items():
            if address in seen:
                raise ExportError(
                    f"{address}: what both {seen[address]} and {urn} are called in Terraform; give one of them another name"
                )
            seen[address] = urn

    def _resource(self, resource: Resource) -> dict[str, Any]:
        address, kind = self._addresses[resource.urn], self._provider.resource(resource.type)
        known = {key: value for key, value in resource.inputs.items() if key != "region"}
        body = Body(resource.type, label(resource.name), kind, known)
        self._check(address, body)
        self._files |= body.files
        self._left_out |= {f"{address}.{key}": reason for key, reason in body.left_out.items()}
        waits = {self._addresses[urn] for urn in resource.dependencies if urn in self._addresses}
        return {
            "//": self._origin(resource),
            **self._in_region(resource.region),
            **body.content,
            **({"depends_on": sorted(waits - body.references)} if waits - body.references else {}),
            **_lifecycle(resource, kind),
        }

    def _origin(self, resource: Resource) -> str:
        """Where it comes from, for the reader."""
        parent = self._graph.resources.get(resource.parent)
        found = f"{parent.type.rpartition(':')[2]} {parent.name}" if parent else "outside any component"
        # Terraform has no such setting on a resource: a `removed` block says it when the resource goes.
        return f"{found}; stays in the cloud when it is no longer declared" if resource.retained else found

    def _check(self, address: str, body: Body) -> None:
        """Refuse references to what is not there."""
        there = {*self._addresses.values(), *self._lookups}
        for reference in sorted(body.references - there):
            if reference.startswith(f"{UNKNOWN}."):
                raise ExportError(
                    f"{address}: uses {reference.partition('.')[2]}, an output that the provider does not have; use another, "
                    "or say in infra/terraform/exceptions.py what it is called"
                )
            raise ExportError(f"{address}: refers to {reference}, which the program does not declare")

    def _output(self, name: str, value: Any) -> Any:
        body = Body("output", name, Kind("output", Block({"value": "dynamic"})), {"value": value})
        self._check(f"output.{name}", body)
        return body.content.get("value")

    def _provider_block(self, region: str) -> dict[str, Any]:
        kind = Kind("provider", self._provider.settings)
        inputs = {key: _decoded(kind.block, key, value) for key, value in self._regions[region].items()}
        return {**self._in_region(region, "alias"), **Body("provider", region, kind, inputs).content}

    def _in_region(self, region: str, key: str = "provider") -> dict[str, str]:
        """Says which region's provider; the first region's needs no saying."""
        if region == next(iter(self._regions)):
            return {}
        return {key: region if key == "alias" else f"aws.{region}"}


def _regions(graph: Graph, used: list[str]) -> dict[str, dict[str, Any]]:
    """Settings of the provider of each region, in the order of their declaration.

    Raises:
        ExportError: Two providers of one region differ.
    """
    found: dict[str, dict[str, Any]] = {}
    for resource in graph.resources.values():
        if resource.type == PROVIDER:
            settings = {key: value for key, value in resource.inputs.items() if value is not None}
            if found.setdefault(settings["region"], settings) != settings:
                raise ExportError(
                    f"provider {resource.name!r}: another one of {settings['region']} has other settings; expected one "
                    "provider a region, or a copy of it"
                )
    for region in sorted(set(used) - set(found)):
        # A resource that names a region itself has its provider's other settings.
        found[region] = {**next(iter(found.values())), "region": region}
    return found


def _decoded(block: Block, key: str, value: Any) -> Any:
    """A provider's settings arrive as text, in JSON where they are not texts themselves."""
    name = find(block, "", key)
    return value if block.attributes.get(name or "") == "string" or name is None else json.loads(value)


def _lifecycle(resource: Resource, kind: Kind) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if resource.protect:
        made["prevent_destroy"] = True
    if kind.type in MADE_FIRST:
        made["create_before_destroy"] = True
    if resource.ignored:
        found = {key: find(kind.block, kind.type, key) for key in resource.ignored}
        unknown = [key for key, name in found.items() if name is None]
        if unknown:
            raise ExportError(
                f"{resource.type} {resource.name!r}: ignores changes of {', '.join(unknown)}, which the provider does not "
                "have; name a property of the resource itself"
            )
        made["ignore_changes"] = sorted(filter(None, found.values()))
    return {"lifecycle": made} if made else {}
