"""The function that health checks ask: whether lookups can be answered in a region, and whether producers write there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.components.iam import Grant
from infra.components.python_function import FunctionPlacement, PythonFunction, PythonFunctionArgs

_MEMORY_MB = 512
_RESERVED = 5
"""Route 53 asks a few times a second. What a flood of others takes is these, and nothing that lookups run on."""


@dataclass(frozen=True, kw_only=True)
class RegionHealthArgs:
    """Arguments of `RegionHealth`.

    Attributes:
        function_name: Name of the function.
        code: The deployable zip.
        environment: Environment variables.
        table_arn: Online table to read.
        cache_grants: What it takes to read the cache.
        key_arn: Key of the data.
        log_retention_days: How long logs are kept.
        placement: Where the function runs: where lookups do, so that it meets what they meet.
    """

    function_name: str
    code: pulumi.Archive
    environment: Mapping[str, pulumi.Input[str]]
    table_arn: pulumi.Input[str]
    cache_grants: Sequence[Grant]
    key_arn: pulumi.Input[str]
    log_retention_days: int
    placement: FunctionPlacement


class RegionHealth(pulumi.ComponentResource):
    """A small function with environments of its own, apart from those of lookups."""

    function: aws.lambda_.Function

    def __init__(self, name: str, args: RegionHealthArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Create the function."""
        super().__init__("headwater:platform:RegionHealth", name, None, opts)
        self.function = PythonFunction(
            f"{name}-health",
            PythonFunctionArgs(
                function_name=args.function_name,
                handler="lambdas.health.handler.handle",
                code=args.code,
                memory_mb=_MEMORY_MB,
                timeout_seconds=5,
                environment=args.environment,
                grants=[(["dynamodb:BatchGetItem"], [args.table_arn]), *args.cache_grants],
                key_arn=args.key_arn,
                log_retention_days=args.log_retention_days,
                publish=False,
                placement=args.placement,
                reserved=_RESERVED,
            ),
            pulumi.ResourceOptions(parent=self),
        ).function
        self.register_outputs({"function_name": self.function.name})
