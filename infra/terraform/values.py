"""Inputs of a resource as the body of a Terraform block, by the provider's own schema."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi

from infra.terraform.errors import ExportError
from infra.terraform.exceptions import BEYOND_PROVIDER, DIGESTS
from infra.terraform.naming import snake
from infra.terraform.schema import Block, Kind, find

REFERENCE = re.compile(r"\$\{(?:one\()?((?:data\.)?\w+\.[\w-]+)\.[\w-]+(?:(?:\[0\]|\))\.\w+)?\}")
"""What `infra.terraform.recorder` puts in the place of values that are not known yet."""

_TEMPLATE = re.compile(rf"{REFERENCE.pattern}|\$\{{|%\{{")
_WHOLE_LIST = re.compile(r"\$\{((?:data\.)?\w+\.[\w-]+\.[\w-]+)\[\*\]\}")
"""The one element of a list whose elements are not known yet."""

FILES = "files"


class Body:
    """The body of one resource, of data, or of the provider.

    Attributes:
        content: The body, as JSON.
        references: Addresses of what it refers to.
        files: Files it needs, by their place in the export.
        left_out: Properties that the provider is too old for, with the reason.
    """

    def __init__(self, token: str, name: str, kind: Kind, inputs: Mapping[str, Any]) -> None:
        self._token, self._name, self._kind = token, name, kind
        self.references: set[str] = set()
        self.files: dict[str, Path] = {}
        self.left_out: dict[str, str] = {}
        self.content = self._block(kind.block, kind.type, inputs)

    def _block(self, block: Block, kind: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for key, value in inputs.items():
            if value is None:
                continue
            if (self._token, key) in BEYOND_PROVIDER:
                self.left_out[key] = BEYOND_PROVIDER[self._token, key]
                continue
            found = find(block, kind, key)
            if found is None:
                raise ExportError(
                    f"{self._token} {self._name!r}: the provider has no {snake(key)!r} for the property {key!r}; it has "
                    f"{', '.join(sorted({*block.attributes, *block.blocks}))}; say in infra/terraform/exceptions.py what "
                    "it is called, or that the provider is too old for it"
                )
            if found in block.attributes:
                made[found] = self._value(block.attributes[found], value, found)
                if (self._kind.type, found) in DIGESTS and isinstance(value, pulumi.Asset | pulumi.Archive):
                    attribute, function = DIGESTS[self._kind.type, found]
                    made[attribute] = f"${{{function}({json.dumps(made[found])})}}"
            else:
                inside = value if isinstance(value, list) else [value]
                made[found] = [self._block(block.blocks[found], "", each) for each in inside]
        return made

    def _value(self, kind: Any, value: Any, name: str) -> Any:
        """A value of a Terraform type: a word, or a list of a word and what it holds."""
        if isinstance(value, pulumi.Asset | pulumi.Archive):
            return self._file(value)
        if kind == "string" and isinstance(value, dict | list):
            return self._text(json.dumps(value))
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, list | dict):
            return self._structure(kind, value, name)
        if value is None or isinstance(kind, str):
            return value
        raise self._unfit(kind, value, name)

    def _structure(self, kind: Any, value: list[Any] | dict[str, Any], name: str) -> Any:
        outer, inner = kind if isinstance(kind, list) else (kind, kind)
        if outer in {"list", "set", "dynamic"} and isinstance(value, list):
            if len(value) == 1 and (whole := _WHOLE_LIST.fullmatch(str(value[0]))):
                return self._text(f"${{{whole[1]}}}")
            return [self._value(inner, each, name) for each in value]
        if outer in {"map", "dynamic"} and isinstance(value, dict):
            return {key: self._value(inner, each, key) for key, each in value.items()}
        if outer == "object" and isinstance(value, dict):
            return self._object(inner, value, name)
        raise self._unfit(kind, value, name)

    def _unfit(self, kind: Any, value: Any, name: str) -> ExportError:
        return ExportError(
            f"{self._token} {self._name!r}: {name} is {value!r}, expected a value of the type {json.dumps(kind)}"
        )

    def _object(self, kinds: Mapping[str, Any], value: Mapping[str, Any], name: str) -> dict[str, Any]:
        """An object as an attribute: Terraform wants every key of it, null where it is absent."""
        block = Block(attributes=dict(kinds))
        found = {find(block, "", key): each for key, each in value.items()}
        if None in found:
            raise ExportError(
                f"{self._token} {self._name!r}: {name} has the keys {', '.join(value)}, expected {', '.join(kinds)}"
            )
        return {key: self._value(kind, found.get(key), key) for key, kind in kinds.items()}

    def _text(self, text: str) -> str:
        """Text with references to other resources; everything else in it that looks like a template is text."""
        if _WHOLE_LIST.search(text):
            raise ExportError(
                f"{self._token} {self._name!r}: takes a list apart that is only known when it is made: {text!r}; pass the "
                "list whole, or give its elements as inputs"
            )

        def written(match: re.Match[str]) -> str:
            if match[1] is None:
                return match[0][0] + match[0]
            self.references.add(match[1])
            return match[0]

        return _TEMPLATE.sub(written, text)

    def _file(self, value: pulumi.Asset | pulumi.Archive) -> str:
        if not isinstance(value, pulumi.FileAsset | pulumi.FileArchive):
            raise ExportError(
                f"{self._token} {self._name!r}: holds a {type(value).__name__}, expected the path of a file; use FileAsset "
                "or FileArchive"
            )
        source = Path(value.path)
        place = f"{FILES}/{self._name}{source.suffix}"
        self.files[place] = source
        return f"${{path.module}}/{place}"
