"""A Lambda function of ours, with its role and its log group. What it may do is the caller's to say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from infra.components.iam import Grant, allow, service_role

# All that Lambda asks of a role before it places a function in a network; less, and creating the function fails.
_INTERFACES = (
    "CreateNetworkInterface",
    "DescribeNetworkInterfaces",
    "DescribeSubnets",
    "DeleteNetworkInterface",
    "AssignPrivateIpAddresses",
    "UnassignPrivateIpAddresses",
)


@dataclass(frozen=True, kw_only=True)
class FunctionPlacement:
    """Where and on what a function runs.

    Attributes:
        runtime: Such as ``python3.13``.
        architecture: ``arm64`` or ``x86_64``.
        subnet_ids: Private subnets; empty: outside any network of ours.
        security_group_ids: Groups of its interfaces; empty without subnets.
    """

    runtime: str
    architecture: str
    subnet_ids: Sequence[pulumi.Input[str]]
    security_group_ids: Sequence[pulumi.Input[str]]


@dataclass(frozen=True, kw_only=True)
class PythonFunctionArgs:
    """Arguments of `PythonFunction`.

    Attributes:
        function_name: Name of the function, its role and its log group.
        handler: Dotted path of the handler.
        code: The deployable zip.
        memory_mb: Memory; processor time grows with it.
        timeout_seconds: Longest run.
        environment: Environment variables.
        grants: What its role may do beside logging and using the key.
        key_arn: Key of its environment, its logs and the data it works on.
        log_retention_days: How long logs are kept.
        publish: Publish a version with each change.
        placement: Where it runs.
        conditional: What it may do under a condition, as whole statements.
        reserved: Execution environments that are its own and its most; None: it shares the account's.
        snap_start: Start from a snapshot of a published version that has been initialized.
        traced: Trace runs that X-Ray samples, and not only those whose caller is traced. X-Ray takes a share of the
            runs and is paid by the trace, so this is not for what is called thousands of times a second.
    """

    function_name: str
    handler: str
    code: pulumi.Archive
    memory_mb: int
    timeout_seconds: int
    environment: Mapping[str, pulumi.Input[str]]
    grants: Sequence[Grant]
    key_arn: pulumi.Input[str]
    log_retention_days: int
    publish: bool
    placement: FunctionPlacement
    conditional: Sequence[Mapping[str, Any]] = ()
    reserved: int | None = None
    snap_start: bool = False
    traced: bool = False


class PythonFunction(pulumi.ComponentResource):
    """Function, least-privilege role, encrypted log group with a retention."""

    function: aws.lambda_.Function
    policy: aws.iam.RolePolicy

    def __init__(
        self, name: str, args: PythonFunctionArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Create the function."""
        super().__init__("headwater:platform:PythonFunction", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        logs = aws.cloudwatch.LogGroup(
            f"{name}-logs",
            name=f"/aws/lambda/{args.function_name}",
            retention_in_days=args.log_retention_days,
            kms_key_id=args.key_arn,
            opts=child,
        )
        role = service_role(name, args.function_name, "lambda.amazonaws.com", self)
        grants: list[Grant] = [
            (["logs:CreateLogStream", "logs:PutLogEvents"], [logs.arn.apply(lambda arn: f"{arn}:*")]),
            (["kms:Decrypt", "kms:GenerateDataKey"], [args.key_arn]),
            *args.grants,
        ]
        placement = args.placement
        if placement.subnet_ids:
            # AWS accepts no narrower resource for the interfaces of a function in a network.
            grants.append(([f"ec2:{action}" for action in _INTERFACES], ["*"]))
        if args.traced:
            # X-Ray takes no resource for sending traces.
            grants.append((["xray:PutTraceSegments", "xray:PutTelemetryRecords"], ["*"]))
        self.policy = allow(name, role, grants, self, args.conditional)
        self.function = aws.lambda_.Function(
            f"{name}-function",
            name=args.function_name,
            role=role.arn,
            handler=args.handler,
            runtime=placement.runtime,
            architectures=[placement.architecture],
            code=args.code,
            memory_size=args.memory_mb,
            timeout=args.timeout_seconds,
            environment={"variables": args.environment},
            kms_key_arn=args.key_arn,
            publish=args.publish,
            reserved_concurrent_executions=args.reserved,
            snap_start={"apply_on": "PublishedVersions"} if args.snap_start else None,
            # Lambda's own lines of a run that went well say what its metrics say, and are most of what would be logged.
            logging_config={
                "log_format": "JSON",
                "application_log_level": "INFO",
                "system_log_level": "WARN",
            },
            tracing_config={"mode": "Active" if args.traced else "PassThrough"},
            vpc_config=(
                {
                    "subnet_ids": list(placement.subnet_ids),
                    "security_group_ids": list(placement.security_group_ids),
                }
                if placement.subnet_ids
                else None
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self.policy, logs]),
        )
        self.register_outputs({"function_name": self.function.name})
