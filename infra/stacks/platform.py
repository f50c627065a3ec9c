"""The whole platform: for now, its one region."""

import pulumi

from headwater.registry import Registry
from infra.packaging.job_files import JobFiles
from infra.stacks.configuration import EnvironmentConfig
from infra.stacks.region import CodeOf, region_stack


def platform_stack(
    config: EnvironmentConfig, code_of: CodeOf, job_files: JobFiles, definitions: Registry
) -> None:
    """Declare the platform and export its outputs."""
    for name, value in region_stack(config, code_of, job_files, definitions).items():
        pulumi.export(name, value)
