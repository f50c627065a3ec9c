"""Who talked to whom in a network: its flow logs, in an encrypted log group that forgets."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.components.iam import allow, service_role


@dataclass(frozen=True, kw_only=True)
class FlowLogsArgs:
    """Arguments of `FlowLogs`.

    Attributes:
        role_name: Name of the role that writes them, and of the log group.
        vpc_id: The network.
        key_arn: Key of the log group.
        log_retention_days: How long they are kept.
    """

    role_name: str
    vpc_id: pulumi.Input[str]
    key_arn: pulumi.Input[str]
    log_retention_days: int


class FlowLogs(pulumi.ComponentResource):
    """Flow logs of a network, accepted and rejected connections alike."""

    log_group_name: pulumi.Output[str]

    def __init__(self, name: str, args: FlowLogsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Create log group, role and flow log."""
        super().__init__("headwater:platform:FlowLogs", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        group = aws.cloudwatch.LogGroup(
            f"{name}-group",
            name=f"/aws/vendedlogs/flows/{args.role_name}",
            retention_in_days=args.log_retention_days,
            kms_key_id=args.key_arn,
            opts=child,
        )
        role = service_role(name, args.role_name, "vpc-flow-logs.amazonaws.com", self)
        policy = allow(
            name,
            role,
            [
                (
                    ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
                    [group.arn, group.arn.apply(lambda arn: f"{arn}:*")],
                ),
                # Looking for a group takes no narrower resource.
                (["logs:DescribeLogGroups"], ["*"]),
            ],
            self,
        )
        aws.ec2.FlowLog(
            f"{name}-log",
            vpc_id=args.vpc_id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=group.arn,
            iam_role_arn=role.arn,
            max_aggregation_interval=600,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )
        self.log_group_name = group.name
        self.register_outputs({"log_group_name": self.log_group_name})
