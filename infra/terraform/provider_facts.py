"""Writes ``provider.json``: ``python -m infra.terraform.provider_facts``. Needs terraform and its provider."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console

from infra.terraform.errors import ExportError
from infra.terraform.exceptions import TYPES_BEYOND_PROVIDER
from infra.terraform.naming import possible_types
from infra.terraform.schema import FILE, Block, Kind, Provider
from infra.terraform.terraform import PROVIDER, Terraform

_ROOT = Path(__file__).resolve().parents[2]
_SOURCES = ("infra/components", "infra/stacks")
_RESOURCE = re.compile(r"\baws\.(\w+)\.([A-Z]\w*)(?<!Args)\(")
_FUNCTION = re.compile(r"\baws\.(?:(\w+)\.)?get_(\w+?)(?:_output)?\(")
_OMITTED = "timeouts"  # an option in Pulumi, not a property


def tokens(root: Path) -> tuple[list[str], list[str]]:
    """Pulumi's tokens of the resource types and of the provider functions that the sources name, sorted."""
    texts = [file.read_text() for folder in _SOURCES for file in sorted((root / folder).rglob("*.py"))]
    resources = {
        f"aws:{module.rstrip('_')}/{name[0].lower()}{name[1:]}:{name}"
        for text in texts
        for module, name in _RESOURCE.findall(text)
    } - set(TYPES_BEYOND_PROVIDER)
    functions = {
        f"aws:{module.rstrip('_') or 'index'}/{_camel(name)}:{_camel(name)}"
        for text in texts
        for module, name in _FUNCTION.findall(text)
    }
    return sorted(resources), sorted(functions)


def collect(root: Path, terraform: Terraform) -> Provider:
    """Ask the provider for everything that the sources name.

    Raises:
        ExportError: The provider has no such type, or something the export cannot say.
    """
    schemas = terraform.schemas()
    resources, functions = tokens(root)
    return Provider(
        version=terraform.provider_version(),
        settings=_block(schemas["provider"]["block"], PROVIDER),
        resources={token: _kind(token, schemas["resource_schemas"]) for token in resources},
        data={token: _kind(token, schemas["data_source_schemas"]) for token in functions},
    )


def encode(facts: Provider) -> bytes:
    """Facts as they stand in the file."""
    return msgspec.json.format(msgspec.json.encode(facts, order="sorted"), indent=1) + b"\n"


def _camel(name: str) -> str:
    return "get" + "".join(word.capitalize() for word in name.split("_"))


def _kind(token: str, schemas: Mapping[str, Any]) -> Kind:
    found = next((each for each in possible_types(token) if each in schemas), None)
    if found is None:
        raise ExportError(
            f"{token}: the provider has none of {', '.join(possible_types(token))}; add its name to TYPES in "
            "infra/terraform/exceptions.py"
        )
    return Kind(found, _block(schemas[found]["block"], found))


def _block(found: Mapping[str, Any], where: str) -> Block:
    blocks = found.get("block_types", {})
    for name, block in blocks.items():
        if block["nesting_mode"] == "map":
            raise ExportError(f"{where}.{name}: a block with labels, which the export cannot write yet")
    nested = {
        name: each["nested_type"] for name, each in found.get("attributes", {}).items() if "type" not in each
    }
    if nested:
        raise ExportError(
            f"{where}: nested attributes {', '.join(nested)}, which the export cannot write yet"
        )
    return Block(
        attributes={name: each["type"] for name, each in sorted(found.get("attributes", {}).items())},
        blocks={
            name: _block(each["block"], f"{where}.{name}")
            for name, each in sorted(blocks.items())
            if name != _OMITTED
        },
    )


def main() -> None:
    """Write the file."""
    with Terraform.for_schema() as terraform:
        facts = collect(_ROOT, terraform)
    FILE.write_bytes(encode(facts))
    Console().print(
        f"{FILE}: {len(facts.resources)} resource types and {len(facts.data)} of data, of {PROVIDER} {facts.version}"
    )


if __name__ == "__main__":
    main()
