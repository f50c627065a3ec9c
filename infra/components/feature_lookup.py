"""What serves vectors: the lookup function behind an alias."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import pulumi
import pulumi_aws as aws

from infra.components.iam import Grant
from infra.components.lookup_api import LookupApi, LookupApiArgs
from infra.components.python_function import FunctionPlacement, PythonFunction, PythonFunctionArgs

ALIAS = "live"


class LookupThrottle(NamedTuple):
    """Requests that an HTTP API lets through: a second, and at once."""

    per_second: int
    burst: int


@dataclass(frozen=True, kw_only=True)
class FeatureLookupArgs:
    """Arguments of `FeatureLookup`.

    Attributes:
        function_name: Name of the function.
        code: The deployable zip.
        environment: Environment variables.
        memory_mb: Memory of the function.
        log_retention_days: How long logs are kept.
        warm_minimum: Execution environments kept warm; 0: none, and no scaling.
        warm_maximum: Most that scaling keeps warm; the minimum: always that many, and no scaling.
        reserved: Execution environments that no other function can take, and the most; None: no such number.
        snap_start: Start environments from a snapshot instead of keeping some warm.
        api: Its HTTP API beside the URL; None: there is none.
        health: Function that answers health checks of that API; None: nobody checks.
        table_arn: Online table to read.
        cache_grants: What it takes to read the cache.
        served_arn: Delivery stream to log what was served to.
        key_arn: Key of the data.
        placement: Where the function runs.
    """

    function_name: str
    code: pulumi.Archive
    environment: Mapping[str, pulumi.Input[str]]
    memory_mb: int
    log_retention_days: int
    warm_minimum: int
    warm_maximum: int
    reserved: int | None
    snap_start: bool
    api: LookupThrottle | None
    table_arn: pulumi.Input[str]
    cache_grants: Sequence[Grant]
    served_arn: pulumi.Input[str]
    key_arn: pulumi.Input[str]
    placement: FunctionPlacement
    health: aws.lambda_.Function | None = None


class FeatureLookup(pulumi.ComponentResource):
    """Function, alias and URL, and an HTTP API on request; warm environments follow use."""

    function_name: pulumi.Output[str]
    log_group_name: pulumi.Output[str]
    alias_arn: pulumi.Output[str]
    url: pulumi.Output[str]
    api_url: pulumi.Output[str] | None

    def __init__(
        self, name: str, args: FeatureLookupArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Create the function."""
        super().__init__("headwater:platform:FeatureLookup", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        function = PythonFunction(
            f"{name}-lookup",
            PythonFunctionArgs(
                function_name=args.function_name,
                handler="lambdas.lookup.handler.handle",
                code=args.code,
                memory_mb=args.memory_mb,
                timeout_seconds=5,
                environment=args.environment,
                grants=[
                    (["dynamodb:BatchGetItem"], [args.table_arn]),
                    *args.cache_grants,
                    (["firehose:PutRecordBatch"], [args.served_arn]),
                ],
                key_arn=args.key_arn,
                log_retention_days=args.log_retention_days,
                publish=True,
                placement=args.placement,
                reserved=args.reserved,
                snap_start=args.snap_start,
            ),
            child,
        ).function
        alias = aws.lambda_.Alias(
            f"{name}-alias",
            name=ALIAS,
            function_name=function.name,
            function_version=function.version,
            opts=child,
        )
        url = aws.lambda_.FunctionUrl(
            f"{name}-url",
            function_name=function.name,
            qualifier=alias.name,
            # Whoever may invoke the function may ask; callers sign their requests.
            authorization_type="AWS_IAM",
            opts=child,
        )
        if args.warm_minimum:
            self._keep_warm(name, args, alias)
        self.api = self._api(name, args, args.api, alias) if args.api else None
        self.api_url = self.api.url if self.api else None
        self.function_name = function.name
        # By way of the function, which waits for it.
        self.log_group_name = pulumi.Output.concat("/aws/lambda/", function.name)
        self.alias_arn = alias.arn
        self.url = url.function_url
        self.register_outputs(
            {"function_name": self.function_name, "alias_arn": self.alias_arn, "url": self.url}
        )

    def _api(
        self, name: str, args: FeatureLookupArgs, throttle: LookupThrottle, alias: aws.lambda_.Alias
    ) -> LookupApi:
        return LookupApi(
            f"{name}-api",
            LookupApiArgs(
                api_name=args.function_name,
                function_name=args.function_name,
                alias=alias,
                requests_per_second=throttle.per_second,
                burst=throttle.burst,
                key_arn=args.key_arn,
                log_retention_days=args.log_retention_days,
                health=args.health,
            ),
            pulumi.ResourceOptions(parent=self),
        )

    def _keep_warm(self, name: str, args: FeatureLookupArgs, alias: aws.lambda_.Alias) -> None:
        child = pulumi.ResourceOptions(parent=self)
        scaled = args.warm_maximum > args.warm_minimum
        # Scaling changes the number afterwards; it must not be set back on each update.
        changing = ["provisionedConcurrentExecutions"] if scaled else None
        provisioned = aws.lambda_.ProvisionedConcurrencyConfig(
            f"{name}-warm",
            function_name=args.function_name,
            qualifier=alias.name,
            provisioned_concurrent_executions=args.warm_minimum,
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=changing),
        )
        if not scaled:
            return
        target = aws.appautoscaling.Target(
            f"{name}-warm-range",
            service_namespace="lambda",
            resource_id=f"function:{args.function_name}:{ALIAS}",
            scalable_dimension="lambda:function:ProvisionedConcurrency",
            min_capacity=args.warm_minimum,
            max_capacity=args.warm_maximum,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[provisioned]),
        )
        aws.appautoscaling.Policy(
            f"{name}-warm-policy",
            name=f"{args.function_name}-warm",
            policy_type="TargetTrackingScaling",
            service_namespace=target.service_namespace,
            resource_id=target.resource_id,
            scalable_dimension=target.scalable_dimension,
            target_tracking_scaling_policy_configuration={
                "target_value": 0.7,
                "predefined_metric_specification": {
                    "predefined_metric_type": "LambdaProvisionedConcurrencyUtilization"
                },
            },
            opts=child,
        )
