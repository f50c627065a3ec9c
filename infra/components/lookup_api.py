"""An HTTP API in front of the lookup function: throttles and access logs, which a function's URL has not."""

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.components.open_routes import OpenRoutes, OpenRoutesArgs

_LOGGED = {
    "request": "$context.requestId",
    "time": "$context.requestTimeEpoch",
    "caller": "$context.identity.userArn",
    "route": "$context.routeKey",
    "status": "$context.status",
    "latency_ms": "$context.responseLatency",
    "function_ms": "$context.integrationLatency",
    "error": "$context.error.message",
}
"""A line of the access log. Neither the body nor the query is in it: they hold entity keys."""


@dataclass(frozen=True, kw_only=True)
class LookupApiArgs:
    """Arguments of `LookupApi`.

    Attributes:
        api_name: Name of the API and its log group.
        function_name: Function it asks.
        alias: Alias of the function it asks.
        requests_per_second: Most it lets through over time.
        burst: Most it lets through at once.
        key_arn: Key of the log group.
        log_retention_days: How long access logs are kept.
        health: Function that answers health checks, which are not signed; None: nobody checks.
    """

    api_name: str
    function_name: str
    alias: aws.lambda_.Alias
    requests_per_second: int
    burst: int
    key_arn: pulumi.Input[str]
    log_retention_days: int
    health: aws.lambda_.Function | None = None


class LookupApi(pulumi.ComponentResource):
    """HTTP API with IAM authorization on every route but those of health checks; callers sign their requests.

    Attributes:
        url: Where callers ask.
        api_id: Of the API.
        stage_name: Stage that a domain leads to.
    """

    url: pulumi.Output[str]
    api_id: pulumi.Output[str]
    stage_name: pulumi.Output[str]

    def __init__(self, name: str, args: LookupApiArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Create API, route, stage and the right to ask the function."""
        super().__init__("headwater:platform:LookupApi", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        logs = aws.cloudwatch.LogGroup(
            f"{name}-logs",
            name=f"/aws/vendedlogs/apis/{args.api_name}",
            retention_in_days=args.log_retention_days,
            kms_key_id=args.key_arn,
            opts=child,
        )
        api = aws.apigatewayv2.Api(
            f"{name}-api",
            name=args.api_name,
            protocol_type="HTTP",
            description="Headwater lookups",
            opts=child,
        )
        integration = aws.apigatewayv2.Integration(
            f"{name}-integration",
            api_id=api.id,
            integration_type="AWS_PROXY",
            integration_uri=args.alias.invoke_arn,
            integration_method="POST",
            payload_format_version="2.0",
            opts=child,
        )
        # The function tells paths apart, and answers those it does not know.
        aws.apigatewayv2.Route(
            f"{name}-route",
            api_id=api.id,
            route_key="$default",
            authorization_type="AWS_IAM",
            target=pulumi.Output.concat("integrations/", integration.id),
            opts=child,
        )
        opened = (
            OpenRoutes(f"{name}-open", OpenRoutesArgs(api=api, function=args.health), child)
            if args.health
            else None
        )
        stage = aws.apigatewayv2.Stage(
            f"{name}-stage",
            api_id=api.id,
            name="$default",
            auto_deploy=True,
            default_route_settings={
                "throttling_rate_limit": args.requests_per_second,
                "throttling_burst_limit": args.burst,
                "detailed_metrics_enabled": True,
            },
            route_settings=opened.settings if opened else None,
            access_log_settings={"destination_arn": logs.arn, "format": json.dumps(_LOGGED)},
            # A stage takes no settings of routes that are not there yet.
            opts=pulumi.ResourceOptions(parent=self, depends_on=opened.routes if opened else None),
        )
        aws.lambda_.Permission(
            f"{name}-permission",
            action="lambda:InvokeFunction",
            function=args.function_name,
            qualifier=args.alias.name,
            principal="apigateway.amazonaws.com",
            source_arn=pulumi.Output.concat(api.execution_arn, "/*"),
            opts=child,
        )
        self.url = stage.invoke_url
        self.api_id = api.id
        self.stage_name = stage.name
        self.register_outputs({"url": self.url})
