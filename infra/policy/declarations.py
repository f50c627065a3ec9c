"""What a rule looks at: one declared resource, and small ways into its properties."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

Properties = Mapping[str, Any]
"""Properties of a resource in Pulumi's spelling. Asking for one that a preview cannot know yet may raise."""


class Declaration(NamedTuple):
    """One resource as a program declares it.

    Attributes:
        type: Pulumi type, such as ``aws:s3/bucket:Bucket``.
        name: Name in the program.
        properties: What it is declared with.
        protect: Whether Pulumi refuses to delete it.
    """

    type: str
    name: str
    properties: Properties
    protect: bool = False

    @property
    def kind(self) -> str:
        """Last part of the type, such as ``Bucket``."""
        return self.type.rpartition(":")[2]


def values_at(properties: Any, path: str) -> list[Any]:
    """Values at a dotted path, one for each element of the lists on the way; None where there is none.

    >>> values_at({"rules": [{"key": {"arn": "a"}}, {}]}, "rules.key.arn")
    ['a', None]
    >>> values_at({}, "rules.key.arn")
    [None]
    """
    found = [properties]
    for part in path.split("."):
        found = [_part(each, part) for value in found for each in _elements(value)]
    return [each for value in found for each in _elements(value)]


def statements_of(document: Any) -> Iterator[Mapping[str, Any]]:
    """Statements of an IAM policy, given as text or as data."""
    if not document:
        return
    content = json.loads(document) if isinstance(document, str) else document
    statements = content.get("Statement", [])
    yield from [statements] if isinstance(statements, Mapping) else statements


def listed(value: Any) -> list[str]:
    """What stands in a policy as one value or as several.

    >>> listed("s3:GetObject"), listed(["a", "b"]), listed(None)
    (['s3:GetObject'], ['a', 'b'], [])
    """
    if value is None:
        return []
    return [value] if isinstance(value, str) else list(value)


def _part(value: Any, part: str) -> Any:
    return value.get(part) if isinstance(value, Mapping) else None


def _elements(value: Any) -> list[Any]:
    # Pulumi's read-only sequences are not lists; strings are sequences, too.
    if value is None or isinstance(value, (str, Mapping)) or not hasattr(value, "__len__"):
        return [value]
    return list(value) or [None]
