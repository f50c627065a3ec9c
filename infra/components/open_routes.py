"""Routes of the lookup API that need no signature: health checks cannot sign."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from headwater import names

_PER_SECOND = 50
"""Route 53's checkers ask every path about once a second or two, all of them together. Whoever floods a path with more than this
makes the region look unwell: that is told in docs/failover.md, and is why the paths say nothing else."""


@dataclass(frozen=True, kw_only=True)
class OpenRoutesArgs:
    """Arguments of `OpenRoutes`.

    Attributes:
        api: The API.
        function: Function that answers.
    """

    api: aws.apigatewayv2.Api
    function: aws.lambda_.Function


class OpenRoutes(pulumi.ComponentResource):
    """Two routes, their integration, and the right to ask the function on them."""

    routes: list[aws.apigatewayv2.Route]
    settings: list[aws.apigatewayv2.StageRouteSettingArgs]

    def __init__(self, name: str, args: OpenRoutesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Create the routes; a stage takes their settings once they are there."""
        super().__init__("headwater:platform:OpenRoutes", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        integration = aws.apigatewayv2.Integration(
            f"{name}-integration",
            api_id=args.api.id,
            integration_type="AWS_PROXY",
            integration_uri=args.function.invoke_arn,
            integration_method="POST",
            payload_format_version="2.0",
            opts=child,
        )
        keys = {path.strip("/"): f"GET {path}" for path in (names.HEALTH_PATH, names.LEADS_PATH)}
        self.routes = [
            aws.apigatewayv2.Route(
                f"{name}-{path}",
                api_id=args.api.id,
                route_key=key,
                # Health checks come from outside any account and sign nothing.
                authorization_type="NONE",
                target=pulumi.Output.concat("integrations/", integration.id),
                opts=child,
            )
            for path, key in keys.items()
        ]
        for path in keys:
            aws.lambda_.Permission(
                f"{name}-{path}-permission",
                action="lambda:InvokeFunction",
                function=args.function.name,
                principal="apigateway.amazonaws.com",
                source_arn=pulumi.Output.concat(args.api.execution_arn, "/*/GET/", path),
                opts=child,
            )
        self.settings = [
            aws.apigatewayv2.StageRouteSettingArgs(
                route_key=key,
                throttling_rate_limit=_PER_SECOND,
                throttling_burst_limit=_PER_SECOND,
                detailed_metrics_enabled=True,
            )
            for key in keys.values()
        ]
        self.register_outputs({})
