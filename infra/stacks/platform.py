"""The whole platform: for now, its one region."""

import pulumi

from headwater.registry import Registry
from infra.packaging.job_files import JobFiles
from infra.stacks.configuration import EnvironmentConfig
from infra.stacks.functions import CodeOf
from infra.stacks.region import region_stack


def platform_stack(
    config: EnvironmentConfig,
    code_of: CodeOf,
    job_files: JobFiles,
    definitions: Registry,
    endpoint: str | None = None,
) -> None:
    """Declare the platform and export its outputs.

    Args:
        config: The environment.
        code_of: Where a function's zip comes from.
        job_files: What jobs run with.
        definitions: The compiled registry.
        endpoint: Of an emulator that the provider asks; None: AWS, or whoever runs the program in-process.
    """
    for name, value in region_stack(config, code_of, job_files, definitions, endpoint).items():
        pulumi.export(name, value)
    if endpoint:
        # Commands that read the outputs have to ask there, too.
        pulumi.export("endpoint_url", endpoint)
