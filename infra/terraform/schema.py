"""What the provider says of its types: which attributes and blocks they have. Kept in ``provider.json``.

The file holds the types that the sources of components and stacks name, and no other, so that an export needs neither
Terraform nor the provider. `infra.terraform.provider_facts` writes it.
"""

from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from infra.terraform.errors import ExportError
from infra.terraform.exceptions import RENAMED
from infra.terraform.naming import possible_properties

FILE = Path(__file__).parent / "provider.json"
REFRESH = "python -m infra.terraform.provider_facts"


class Block(msgspec.Struct, frozen=True, omit_defaults=True):
    """What may stand in a block.

    Attributes:
        attributes: Type of each attribute, as Terraform writes types: ``"string"``, ``["list", "string"]``.
        blocks: Blocks inside; any number of each.
    """

    attributes: dict[str, Any] = {}
    blocks: dict[str, "Block"] = {}


class Kind(msgspec.Struct, frozen=True):
    """A type of resource, or of data that is looked up."""

    type: str
    block: Block


class Provider(msgspec.Struct, frozen=True):
    """Facts of one version of the provider.

    Attributes:
        version: Of ``hashicorp/aws``.
        settings: What the provider itself is configured with.
        resources: Types of resources, by Pulumi's token.
        data: Types of data, by the token of the provider's function.
    """

    version: str
    settings: Block
    resources: dict[str, Kind]
    data: dict[str, Kind]

    def resource(self, token: str) -> Kind:
        """Terraform's type of a resource.

        Raises:
            ExportError: The file does not know the type.
        """
        return _known(self.resources, token, "resource type")

    def lookup(self, token: str) -> Kind:
        """Terraform's type of what a provider's function looks up.

        Raises:
            ExportError: The file does not know the function.
        """
        return _known(self.data, token, "provider function")


def _known(kinds: dict[str, Kind], token: str, what: str) -> Kind:
    if token not in kinds:
        raise ExportError(
            f"{what} {token}: not among those of {FILE.name}; where terraform is installed, run `{REFRESH}`, and if the "
            "provider calls it otherwise, say so in infra/terraform/exceptions.py"
        )
    return kinds[token]


@cache
def load() -> Provider:
    """Read the facts."""
    return msgspec.json.decode(FILE.read_bytes(), type=Provider)


def find(block: Block, kind: str, name: str) -> str | None:
    """Terraform's name of a property; None if the block has no such one.

    Args:
        block: Where it stands.
        kind: Terraform's type of the resource; empty inside nested blocks.
        name: Pulumi's name.
    """
    renamed = RENAMED.get((kind, name))
    candidates = [renamed] if renamed else possible_properties(name)
    return next((each for each in candidates if each in block.attributes or each in block.blocks), None)
