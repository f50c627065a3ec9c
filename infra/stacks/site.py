"""One region of an environment: who makes its resources, what they are called, and what they are encrypted with."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from headwater import names
from infra.components.keys import Keys, KeysArgs
from infra.stacks import endpoints
from infra.stacks.component_tags import ComponentTags
from infra.stacks.configuration import EnvironmentConfig
from infra.stacks.shared import Shared, shared_values


@dataclass(frozen=True, kw_only=True)
class Site:
    """What every component of a region is told.

    Attributes:
        config: The environment, as it is in this region.
        account_id: Account that owns everything.
        shared: What keys mean that may say ``shared``.
        key_arn: Key of all data of the region.
        opts: With the region's provider and ``tags``.
        tags: Give each resource its component's name.
    """

    config: EnvironmentConfig
    account_id: pulumi.Output[str]
    shared: Shared
    key_arn: pulumi.Input[str]
    opts: pulumi.ResourceOptions
    tags: ComponentTags

    def name(self, role: str) -> str:
        """Name of a resource, by its role."""
        return _name(self.config, role)


def site(config: EnvironmentConfig, endpoint: str | None) -> Site:
    """Declare a region's provider, and its key unless there is one.

    Args:
        config: The environment.
        endpoint: Of an emulator; None: AWS.
    """
    provider = endpoints.provider(config, config.region, endpoint)
    tags = ComponentTags(prefix=_name(config, ""))
    opts = pulumi.ResourceOptions(provider=provider, transformations=[tags])
    account_id = aws.get_caller_identity_output(opts=pulumi.InvokeOptions(provider=provider)).account_id
    shared = shared_values(config)
    if config.existing_key_arn:
        key_arn = pulumi.Output.from_input(shared(config.existing_key_arn, "key_arn"))
    else:
        key_arn = Keys(
            "keys",
            KeysArgs(
                alias=_name(config, "data"),
                account_id=account_id,
                region=config.region,
                multi_region=config.key_multi_region,
                protect=config.protect,
            ),
            opts,
        ).key_arn
    return Site(config=config, account_id=account_id, shared=shared, key_arn=key_arn, opts=opts, tags=tags)


def _name(config: EnvironmentConfig, role: str) -> str:
    return names.resource(config.environment, config.region, role)
