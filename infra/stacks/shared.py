"""What an environment brings along instead of having it made: by name, or from the stack of another team."""

from collections.abc import Callable
from typing import Any

import pulumi

from infra.stacks.configuration import EnvironmentConfig
from infra.stacks.configuration_rules import SHARED

Shared = Callable[[str, str], pulumi.Input[Any]]
"""The value of a key, or the output of that name of the shared stack where the key says so."""


def shared_values(config: EnvironmentConfig) -> Shared:
    """Look up what keys mean that may say ``shared``.

    Args:
        config: The environment.
    """
    stack = pulumi.StackReference(config.shared_stack) if config.shared_stack else None

    def value(written: str, output: str) -> pulumi.Input[Any]:
        return stack.require_output(output) if stack and written == SHARED else written

    return value
