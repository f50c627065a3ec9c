"""What other teams get of the platform: roles of their own, and feature groups in SageMaker."""

from collections.abc import Collection

import pulumi

from headwater import names
from headwater.errors import SettingsError
from headwater.registry import Registry
from infra.components.governance import Governance, GovernanceArgs
from infra.components.personas import Governed
from infra.components.sagemaker_bridge import SageMakerBridge, SageMakerBridgeArgs
from infra.components.teams import teams_of
from infra.stacks.configuration import PROJECT, EnvironmentConfig


def govern(
    name: str,
    config: EnvironmentConfig,
    definitions: Registry,
    governed: Governed,
    database_name: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> None:
    """Declare the roles of people, if anybody is trusted with one.

    Args:
        name: Of the component.
        config: The environment.
        definitions: The compiled registry.
        governed: What they work with.
        database_name: Glue database of the offline store.
        opts: With the region's provider.

    Raises:
        SettingsError: Lake Formation is to grant a source that there is not.
    """
    _check_known("lakeSources", config.lake_sources.split(), definitions.sources, config)
    trust: dict[str, list[str]] = {}
    for pair in config.trust.split():
        persona, _, arn = pair.partition("=")
        trust.setdefault(persona, []).append(arn)
    if not trust and not config.lake_admins:
        return
    Governance(
        name,
        GovernanceArgs(
            prefix=names.resource(config.environment, config.region, ""),
            teams=teams_of(definitions, config.owner),
            trust=trust,
            governed=governed,
            lake_admins=config.lake_admins.split(),
            database_name=database_name,
        ),
        opts,
    )


def mirror(
    config: EnvironmentConfig,
    definitions: Registry,
    account_id: pulumi.Input[str],
    bucket_name: pulumi.Input[str],
    bucket_arn: pulumi.Input[str],
    key_arn: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> None:
    """Declare SageMaker's feature groups, if a view is to have one.

    Raises:
        SettingsError: A view is to have one that there is not.
    """
    views = config.sagemaker_views.split()
    _check_known("sagemakerViews", views, definitions.views, config)
    if views:
        SageMakerBridge(
            "sagemaker",
            SageMakerBridgeArgs(
                environment=config.environment,
                region=config.region,
                account_id=account_id,
                role_name=names.resource(config.environment, config.region, "sagemaker"),
                views=[definitions.views[view] for view in dict.fromkeys(views)],
                bucket_name=bucket_name,
                bucket_arn=bucket_arn,
                key_arn=key_arn,
            ),
            opts,
        )


def _check_known(key: str, given: list[str], known: Collection[str], config: EnvironmentConfig) -> None:
    for name in given:
        if name not in known:
            raise SettingsError(
                f"configuration of {config.environment}: {PROJECT}:{key}: found {name!r}, expected some of "
                f"{', '.join(sorted(known))}; correct Pulumi.{config.environment}.yaml"
            )
