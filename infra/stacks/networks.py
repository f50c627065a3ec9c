"""Where functions, jobs and cache of an environment are: in a network of ours, an existing one, or in none."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.components.glue_jobs import JobNetwork
from infra.components.network import Network, NetworkArgs
from infra.stacks.configuration import EnvironmentConfig
from infra.stacks.shared import Shared


@dataclass(frozen=True, kw_only=True)
class Placement:
    """Subnets and security groups.

    Attributes:
        subnet_ids: Private subnets; empty: no network of ours, and then there are no groups either.
        functions_group_ids: Groups of the functions.
        cache_group_ids: Groups of the cache.
        jobs: Where jobs run that write the online stores; None: outside any network of ours.
    """

    subnet_ids: Sequence[pulumi.Input[str]]
    functions_group_ids: Sequence[pulumi.Input[str]]
    cache_group_ids: Sequence[pulumi.Input[str]]
    jobs: JobNetwork | None


def placement(
    config: EnvironmentConfig,
    name: str,
    shared: Shared,
    key_arn: pulumi.Input[str],
    account_id: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> Placement:
    """Make the network, or take the existing one as it is.

    Args:
        config: The environment.
        name: Name of the network that is made.
        shared: What keys mean.
        key_arn: Key of its logs.
        account_id: Account that owns everything.
        opts: With the region's provider.
    """
    if config.network == "none":
        return Placement(subnet_ids=[], functions_group_ids=[], cache_group_ids=[], jobs=None)
    if config.network == "existing":
        return _existing(config, shared, opts)
    made = Network(
        name,
        NetworkArgs(
            region=config.region,
            cidr=config.network_cidr,
            zones=config.network_zones,
            account_id=account_id,
            trusted_accounts=[each for each in config.trusted_accounts.split(",") if each],
            flow_logs=config.network_flow_logs,
            log_retention_days=config.log_retention_days,
            key_arn=key_arn,
        ),
        opts,
    )
    return Placement(
        subnet_ids=made.subnet_ids,
        functions_group_ids=[made.functions_group_id],
        cache_group_ids=[made.cache_group_id],
        jobs=JobNetwork(
            subnet_id=made.subnet_ids[0], zone=made.zones[0], security_group_id=made.jobs_group_id
        ),
    )


def _existing(config: EnvironmentConfig, shared: Shared, opts: pulumi.ResourceOptions) -> Placement:
    written = shared(config.existing_subnet_ids, "subnet_ids")
    if isinstance(written, pulumi.Output):
        # How many another stack puts out shows only later: as many as there are zones are taken.
        subnets: list[pulumi.Input[str]] = [written[place] for place in range(config.network_zones)]
    else:
        subnets = [*config.existing_subnet_ids.split(",")]
    zone = aws.ec2.get_subnet_output(
        id=subnets[0], opts=pulumi.InvokeOptions(provider=opts.provider)
    ).availability_zone
    return Placement(
        subnet_ids=subnets,
        functions_group_ids=[shared(config.existing_functions_group_id, "functions_group_id")],
        cache_group_ids=[shared(config.existing_cache_group_id, "cache_group_id")],
        jobs=JobNetwork(
            subnet_id=subnets[0],
            zone=zone,
            security_group_id=shared(config.existing_jobs_group_id, "jobs_group_id"),
        ),
    )
