"""Where the provider of a region finds AWS: at AWS, or at an endpoint of an emulator that stands in for all of it."""

import inspect
from collections.abc import Mapping
from functools import cache

import pulumi_aws as aws

from headwater.errors import SettingsError
from infra.stacks.configuration import PROJECT, EnvironmentConfig

VARIABLE = "AWS_ENDPOINT_URL"
"""Variable that names an emulator's endpoint, as the AWS SDKs and users of LocalStack know it."""

_ALIASES = frozenset(
    {
        *("amg", "appintegrationsservice", "applicationautoscaling", "appregistry", "beanstalk"),
        *("cloudcontrolapi", "cloudhsm", "cloudwatchevents", "cloudwatchevidently", "cloudwatchlog"),
        *("cloudwatchlogs", "cloudwatchobservabilityaccessmanager", "cloudwatchrum", "codedeploy"),
        *("cognitoidentityprovider", "config", "costandusagereportservice", "costexplorer"),
        *("databasemigration", "databasemigrationservice", "directoryservice", "elasticloadbalancing"),
        *("elasticloadbalancingv2", "elasticsearchservice", "es", "eventbridge", "gluedatabrew"),
        *("inspectorv2", "lex", "lexmodelbuilding", "lexmodelbuildingservice", "lexmodelsv2"),
        *("locationservice", "managedgrafana", "msk", "opensearchingestion", "opensearchservice"),
        *("prometheus", "prometheusservice", "rdsdataservice", "recyclebin", "redshiftdataapiservice"),
        *("resourcegroupstagging", "s3api", "serverlessapplicationrepository", "serverlessapprepo"),
        *("stepfunctions", "transcribeservice"),
    }
)
"""Second names of services. The provider warns where a service is given under two, and will refuse it one day."""


def chosen(config: EnvironmentConfig, variables: Mapping[str, str]) -> str | None:
    """Endpoint that an environment is deployed to; None: AWS.

    Where the configuration names one, the variable may name another, such as that of an emulator on a free port.
    Where it names none, the variable is refused: the provider would follow it without a word.

    Args:
        config: The environment.
        variables: Of the process.

    Raises:
        SettingsError: The variable is set and the environment is to be on AWS.
    """
    given = variables.get(VARIABLE)
    if given and not config.endpoint:
        raise SettingsError(
            f"{VARIABLE}: found {given}, expected none, because environment {config.environment!r} is on AWS; unset it, "
            f"or name an endpoint with `pulumi config set {PROJECT}:endpoint {given} -s {config.environment}`"
        )
    return given or config.endpoint or None


def provider(config: EnvironmentConfig, region: str, endpoint: str | None) -> aws.Provider:
    """The provider of a region, with the tags of the environment.

    Args:
        config: The environment.
        region: Such as ``us-east-1``.
        endpoint: Of an emulator, where every service is asked; None: AWS.
    """
    tags = {"project": PROJECT, "environment": config.environment, "owner": config.owner}
    if endpoint is None:
        return aws.Provider(f"aws-{region}", region=region, default_tags={"tags": tags})
    return aws.Provider(
        f"aws-{region}",
        region=region,
        default_tags={"tags": tags},
        # What every emulator takes: no credentials of an account go there.
        access_key="test",
        secret_key="test",  # noqa: S106 (made up)
        endpoints=[aws.ProviderEndpointArgs(**dict.fromkeys(services(), endpoint))],
        s3_use_path_style=True,
        skip_credentials_validation=True,
        skip_metadata_api_check=True,
        # The account's number is part of what Glue and Athena are asked for.
        skip_requesting_account_id=False,
    )


@cache
def services() -> tuple[str, ...]:
    """Every service whose endpoint the installed provider can be told, by its name in Python."""
    known = inspect.signature(aws.ProviderEndpointArgs).parameters
    return tuple(name for name in known if name not in _ALIASES)
