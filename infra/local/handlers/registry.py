"""Which function creates which resource type."""

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

Inputs = Mapping[str, Any]


class Created(NamedTuple):
    """A resource as the cloud made it: its id, and the outputs that are not its inputs."""

    id: str
    outputs: dict[str, Any]


class Cloud:
    """One region of the local cloud, as handlers see it.

    Args:
        client: Returns the boto3 client of a service.
        region: The region.
    """

    def __init__(self, client: Callable[[str], Any], region: str) -> None:
        self.client = client
        self.region = region


Handler = Callable[[Cloud, Inputs], Created]

HANDLERS: dict[str, Handler] = {}


def creates(token: str) -> Callable[[Handler], Handler]:
    """Register the function that creates resources of a type."""

    def register(handler: Handler) -> Handler:
        HANDLERS[token] = handler
        return handler

    return register


def document(value: Any) -> str:
    """A policy or other JSON document as text, whichever way the program wrote it."""
    return value if isinstance(value, str) else json.dumps(value)


def whole(inputs: Inputs, key: str, default: int) -> int:
    """A whole number that arrives as a float."""
    value = inputs.get(key)
    return default if value is None else int(value)
