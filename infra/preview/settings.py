"""The settings of a resource that matter to a reader: plain values, without names, prose and wiring."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pulumi

from infra.local.graph import Resource

_NOT_SETTINGS = frozenset({"description", "alarmDescription", "comment", "tags"})
_WIRED = re.compile(r"<[^<>]+>")
_LONGEST = 60


def settings(resource: Resource) -> dict[str, str]:
    """Settings by Pulumi's names, those inside others with dots, as text.

    What is wired to another resource is left out: the tree and the drawing show it otherwise.
    """
    found = {key: text for key, text in _flat("", resource.inputs) if text}
    if resource.protect:
        found["protect"] = "true"
    if resource.retained:
        found["retained"] = "true"
    return found


def _flat(prefix: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inside in value.items():
            if key not in _NOT_SETTINGS:
                yield from _flat(f"{prefix}.{key}" if prefix else key, inside)
    elif isinstance(value, list) and all(isinstance(each, str | int | float) for each in value):
        yield prefix, ", ".join(filter(None, (_plain(each) for each in value)))
    elif isinstance(value, list):
        for number, inside in enumerate(value):
            yield from _flat(f"{prefix}[{number}]", inside)
    else:
        yield prefix, _plain(value)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, pulumi.FileAsset | pulumi.FileArchive):
        return Path(value.path).name
    text = "" if value is None else str(value)
    # A document; the pattern of a metric filter has a brace in front, too, and a space behind it.
    if text.startswith('{"'):
        return _summary(text)
    if _WIRED.search(text):
        return ""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _summary(text: str) -> str:
    """What a document in JSON is about: how many statements a policy has, else how long it is."""
    document = json.loads(text)
    if "Statement" in document:
        count = len(document["Statement"])
        return f"{count} statement{'s' if count > 1 else ''}"
    return f"{len(text):,} characters of JSON"
