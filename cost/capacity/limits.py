"""AWS's limits that a rising rate of lookups meets, and what nodes of a cache have: data, with their sources."""

from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

from cost.errors import CapacityError

FILE = Path(__file__).with_name("limits.json")
SCHEMA = "headwater-limits/1"

Confidence = Literal["sourced", "from_memory"]


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """One limit.

    Attributes:
        key: Service and what is limited.
        value: How much.
        unit: Of what.
        of: What is limited, in words.
        adjustable: Whether AWS raises it when asked.
        then: What to do when it is met.
        source: Where it was read.
        as_of: When.
        confidence: How it was come by; the file says what each word means.
    """

    key: str
    value: float
    unit: str
    of: str
    adjustable: bool
    then: str
    source: str
    as_of: str
    confidence: Confidence


class NodeType(msgspec.Struct, frozen=True, kw_only=True):
    """A size of a cache's node.

    Attributes:
        type: Without ``cache.`` before it.
        memory_gib: All of it.
        baseline_gbps: Network that it has all the time; bursts are not planned with.
    """

    type: str
    memory_gib: float
    baseline_gbps: float


class _Nodes(msgspec.Struct, frozen=True):
    source: str
    confidence: Confidence
    types: list[NodeType]


class Limits(msgspec.Struct, frozen=True):
    """The file."""

    schema: str
    confidences: dict[str, str]
    limits: list[Limit]
    nodes: _Nodes


@cache
def table() -> Limits:
    """Read the file.

    Raises:
        CapacityError: It is not as it should be.
    """
    try:
        found = msgspec.json.decode(FILE.read_bytes(), type=Limits)
    except (OSError, msgspec.MsgspecError) as error:
        raise CapacityError(f"limits {FILE}: {error}; put the file back from the repository") from error
    if found.schema != SCHEMA:
        raise CapacityError(f"limits {FILE}: found schema {found.schema!r}, expected {SCHEMA!r}")
    return found


def find(key: str) -> Limit:
    """A limit by its key.

    >>> find("lambda.requests_per_environment").value
    10.0
    """
    for each in table().limits:
        if each.key == key:
            return each
    raise CapacityError(f"limit {key!r}: not in {FILE}; add it there with its source")


def node_type(name: str) -> NodeType:
    """A size of node by its name, with or without ``cache.`` before it."""
    types = table().nodes.types
    for each in types:
        if each.type == name.removeprefix("cache."):
            return each
    raise CapacityError(
        f"node {name!r}: unknown size, expected one of {', '.join(each.type for each in types)}; "
        f"add its memory and bandwidth to {FILE}"
    )
