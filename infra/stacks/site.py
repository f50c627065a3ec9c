"""One region of an environment: who makes its resources, what they are called, and what they are encrypted with."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from headwater import names
from infra.components.keys import Keys, KeysArgs
from infra.components.replica_key import ReplicaKey, ReplicaKeyArgs
from infra.stacks import endpoints
from infra.stacks.configuration import EnvironmentConfig
from infra.stacks.shared import Shared, shared_values


@dataclass(frozen=True, kw_only=True)
class Site:
    """What every component of a region is told.

    Attributes:
        config: The environment, as it is in this region.
        prefix: Of every component's name in the program; empty in the first region.
        home_region: The first region, which may be this one.
        account_id: Account that owns everything.
        shared: What keys mean that may say ``shared``.
        key_arn: Key of all data of the region.
        provider: Makes what is in the region.
    """

    config: EnvironmentConfig
    prefix: str
    home_region: str
    account_id: pulumi.Output[str]
    shared: Shared
    key_arn: pulumi.Input[str]
    provider: aws.Provider

    @property
    def opts(self) -> pulumi.ResourceOptions:
        """Options of a component of the region."""
        return pulumi.ResourceOptions(provider=self.provider)

    def component(self, role: str) -> str:
        """Name of a component in the program, by its role."""
        return f"{self.prefix}{role}"

    def name(self, role: str) -> str:
        """Name of a resource, by its role."""
        return _name(self.config, role)

    @property
    def table_name(self) -> str:
        """Name of the online table, which copies in other regions share."""
        return names.resource(self.config.environment, self.home_region, "online")


def first_site(config: EnvironmentConfig, endpoint: str | None) -> Site:
    """Declare the first region's provider, and its key unless there is one.

    Args:
        config: The environment.
        endpoint: Of an emulator; None: AWS.
    """
    provider = endpoints.provider(config, config.region, endpoint)
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
            pulumi.ResourceOptions(provider=provider),
        ).key_arn
    return Site(
        config=config,
        prefix="",
        home_region=config.region,
        account_id=account_id,
        shared=shared,
        key_arn=key_arn,
        provider=provider,
    )


def second_site(config: EnvironmentConfig, home: Site, endpoint: str | None) -> Site:
    """Declare the second region's provider, and a copy of the first's key.

    Args:
        config: The environment, as it is in the second region.
        home: The first region.
        endpoint: Of an emulator; None: AWS.
    """
    provider = endpoints.provider(config, config.region, endpoint)
    prefix = f"{config.region}-"
    key = ReplicaKey(
        f"{prefix}keys",
        ReplicaKeyArgs(
            alias=_name(config, "data"),
            account_id=home.account_id,
            region=config.region,
            primary_arn=home.key_arn,
            protect=config.protect,
        ),
        pulumi.ResourceOptions(provider=provider),
    )
    return Site(
        config=config,
        prefix=prefix,
        home_region=home.config.region,
        account_id=home.account_id,
        shared=home.shared,
        key_arn=key.key_arn,
        provider=provider,
    )


def _name(config: EnvironmentConfig, role: str) -> str:
    return names.resource(config.environment, config.region, role)
