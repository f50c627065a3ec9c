"""The whole platform: its region, or its two regions and what joins them."""

import pulumi

from headwater import names
from headwater.registry import Registry
from infra.packaging.job_files import JobFiles
from infra.stacks import readiness
from infra.stacks.batch import Leader
from infra.stacks.component_tags import ComponentTags
from infra.stacks.configuration import EnvironmentConfig
from infra.stacks.costs import cost_controls
from infra.stacks.functions import CodeOf
from infra.stacks.operating import operated
from infra.stacks.recovery import recovered, replicated, second_config
from infra.stacks.region import Outputs, region_stack
from infra.stacks.site import first_site, second_site


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
    tags = ComponentTags(prefixes=_prefixes(config))
    pulumi.runtime.register_stack_transformation(tags)
    home = first_site(config, endpoint)
    if config.recovery_region:
        there = second_site(second_config(config), home, endpoint)
        named = bool(config.recovery_domain)
        first = region_stack(home, code_of, job_files, definitions, copy_key_arn=there.key_arn, checked=named)
        given = recovered(home, first.stores, there)
        leader = Leader(site=home, stores=first.stores)
        second = region_stack(
            there, code_of, job_files, definitions, given=given, leader=leader, checked=named
        )
        replicated(home, first.stores, there, second.stores)
        operated(home, first, there, second)
        readiness.prepare(first, second, code_of)
        _export(first.outputs, endpoint)
        # By region, as an operator's commands want them: see `python -m dr outputs`.
        pulumi.export(
            "regions",
            {
                site.config.region: {**region.outputs, **_asked_at(endpoint)}
                for site, region in ((home, first), (there, second))
            },
        )
    else:
        first = region_stack(home, code_of, job_files, definitions)
        _export(first.outputs, endpoint)
    readiness.backups(first, endpoint)
    costs = cost_controls(home, tags.components)
    if costs:
        pulumi.export("cost_topic_arn", costs.topic_arn)


def _prefixes(config: EnvironmentConfig) -> list[str]:
    """What names of components start with that tell regions apart."""
    made = [names.resource(config.environment, config.region, "")]
    if there := config.recovery_region:
        made += [names.resource(config.environment, there, ""), f"{there}-"]
    return made


def _export(outputs: Outputs, endpoint: str | None) -> None:
    for name, value in {**outputs, **_asked_at(endpoint)}.items():
        pulumi.export(name, value)


def _asked_at(endpoint: str | None) -> Outputs:
    """Commands that read the outputs have to ask there, too."""
    return {"endpoint_url": endpoint} if endpoint else {}
