"""Stands in for the cloud while the program runs: what is not known before it is made becomes a reference."""

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from infra.local.output_names import answer_shapes, output_shapes
from infra.terraform.exceptions import MADE_IN_BLOCK, ONE_OBJECT, TYPES_BEYOND_PROVIDER
from infra.terraform.naming import camel, label
from infra.terraform.schema import Kind, Provider, find
from infra.terraform.values import Body

UNKNOWN = "unknown"
"""First word of a reference to what the provider does not have; whoever uses one is refused."""


class Lookup(NamedTuple):
    """Data that the program looks up."""

    region: str
    body: Body


class Recorder:
    """Answers for resources and provider functions.

    Every text that a resource puts out is a reference, also where it is known from the inputs: a plain name would lose
    the order in which things are made. A list or a number that the program gave stays what it is.

    Args:
        provider: What the provider knows.

    Attributes:
        lookups: Data that was looked up, by address.
    """

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self.lookups: dict[str, Lookup] = {}

    def create(
        self, token: str, name: str, region: str, inputs: dict[str, Any]
    ) -> tuple[str, dict[str, Any]]:
        """Id and outputs of a resource.

        Raises:
            ExportError: The provider has no such type.
        """
        if token in TYPES_BEYOND_PROVIDER:
            texts = [key for key, shape in output_shapes(token).items() if shape == "text"]
            return name, {key: f"${{{UNKNOWN}.{label(name)}-{key}.output}}" for key in ("id", *texts)}
        kind = self._provider.resource(token)
        place = f"{kind.type}.{label(name)}"
        outputs = {
            prop: value
            for prop, shape in output_shapes(token).items()
            if (value := _output(kind, place, prop, shape, inputs)) is not None
        }
        return f"${{{place}.id}}", {"region": region} | outputs

    def call(self, token: str, region: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Answer a provider's function.

        Raises:
            ExportError: The provider has no such data, or no such argument.
        """
        kind = self._provider.lookup(token)
        given = {key: value for key, value in arguments.items() if key != "region"}
        name = region
        if given:
            name += f"-{hashlib.sha256(msgspec.json.encode(given, order='sorted')).hexdigest()[:8]}"
        place = f"data.{kind.type}.{name}"
        self.lookups[place] = Lookup(region, Body(token, name, kind, given))
        # Pulumi takes no text where a number, a truth or a map is answered: those cannot be referred to.
        return arguments | {
            key: _reference(kind, place, key, shape)
            for key, shape in answer_shapes(token).items()
            if shape != "other" and key not in arguments
        }


def _output(kind: Kind, place: str, prop: str, shape: str, inputs: Mapping[str, Any]) -> Any:
    found = find(kind.block, kind.type, prop)
    given = inputs.get(prop)
    if (kind.type, found) in MADE_IN_BLOCK:
        made = MADE_IN_BLOCK[kind.type, str(found)]
        return {**(given or {}), **{camel(key): f"${{{place}.{found}[0].{key}}}" for key in made}}
    if given is not None and (found is None or not isinstance(given, str)):
        return None
    return None if prop == "region" and found is None else _reference(kind, place, prop, shape)


def _reference(kind: Kind, place: str, prop: str, shape: str) -> str | list[Any]:
    found = find(kind.block, kind.type, prop)
    written = kind.block.attributes.get(found or "")
    if written is not None and (kind.type, found) in ONE_OBJECT:
        outer, (_, texts) = written
        # The elements of a set have no places.
        only = f"one({place}.{found})" if outer == "set" else f"{place}.{found}[0]"
        return [{camel(key): f"${{{only}.{key}}}" for key, each in texts.items() if each == "string"}]
    many = isinstance(written, list) and written[0] in {"list", "set"}
    if written is None or many != (shape == "list"):
        text = f"${{{UNKNOWN}.{place.replace('.', '-')}-{prop}.output}}"
    else:
        text = f"${{{place}.{found}}}"
    # How many there will be is not known: a list of one element that may only be passed on whole.
    return [f"{text[:-1]}[*]}}"] if shape == "list" else text
