"""The whole platform: for now, its one region."""

import pulumi

from infra.stacks.configuration import EnvironmentConfig
from infra.stacks.region import CodeOf, region_stack


def platform_stack(config: EnvironmentConfig, code_of: CodeOf) -> None:
    """Declare the platform and export its outputs."""
    for name, value in region_stack(config, code_of).items():
        pulumi.export(name, value)
