"""The Pulumi program: what ``pulumi up`` runs, and what the local cloud runs in-process."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pulumi

from headwater import registry
from infra.packaging.bundle import build_bundle
from infra.packaging.job_files import build_job_files
from infra.stacks import configuration, endpoints
from infra.stacks.platform import platform_stack

ROOT = Path(__file__).parents[2]


def program(variables: Mapping[str, str] | None = None) -> None:
    """Read the configuration, build the functions' zips and the jobs' wheels, and declare the platform.

    Args:
        variables: Of the process of the Pulumi CLI, which may name an endpoint; None: in-process, where whoever runs
            the program is the cloud.
    """
    declare(None, variables)


def declare(compiled: Path | None, variables: Mapping[str, str] | None = None) -> None:
    """`program` with other definitions than the committed ones, to see what they change; the zips stay as they are.

    Args:
        compiled: Registry to declare the stacks for; None: the committed one.
        variables: See `program`.
    """
    config = configuration.read()
    endpoint = None if variables is None else endpoints.chosen(config, variables)

    def code_of(function: str) -> pulumi.Archive:
        return pulumi.FileArchive(str(build_bundle(function, config.lambda_target, ROOT).path))

    job_files = build_job_files(config.lambda_target, ROOT)
    if compiled:
        job_files = replace(job_files, registry=compiled)
    platform_stack(config, code_of, job_files, registry.load(job_files.registry), endpoint)
