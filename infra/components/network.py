"""A private network without a way to the internet: functions and jobs reach AWS through endpoints."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_network

import pulumi
import pulumi_aws as aws

from infra.components.cache_address import CACHE_PORT, READER_PORT
from infra.components.endpoint_policies import own_callers, own_data
from infra.components.flow_logs import FlowLogs, FlowLogsArgs

_HTTPS = 443
_LAST_PORT = 65_535
_ZONES = ("a", "b", "c")
_GATEWAYS = ("s3", "dynamodb")
_INTERFACES = ("kinesis-firehose", "sqs", "kms", "logs", "glue", "monitoring", "sts")


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """Arguments of `Network`.

    Attributes:
        region: Region of the network.
        cidr: Its addresses, a /16 to /24; a quarter of them for each zone.
        zones: In how many zones it has a subnet, 2 or 3.
        account_id: Account whose callers may use the endpoints.
        trusted_accounts: Other accounts with buckets and tables to reach.
        flow_logs: Log who talked to whom.
        log_retention_days: How long that is kept.
        key_arn: Key of that log.
    """

    region: str
    cidr: str
    zones: int
    account_id: pulumi.Input[str]
    trusted_accounts: Sequence[str]
    flow_logs: bool
    log_retention_days: int
    key_arn: pulumi.Input[str]


class Network(pulumi.ComponentResource):
    """VPC with a private subnet in each zone, gateway and interface endpoints, security groups. No NAT."""

    subnet_ids: list[pulumi.Output[str]]
    functions_group_id: pulumi.Output[str]
    jobs_group_id: pulumi.Output[str]
    cache_group_id: pulumi.Output[str]
    zones: list[str]

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Create the network."""
        super().__init__("headwater:platform:Network", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        vpc = aws.ec2.Vpc(
            f"{name}-vpc",
            cidr_block=args.cidr,
            enable_dns_hostnames=True,
            enable_dns_support=True,
            tags={"Name": name},
            opts=child,
        )
        # AWS makes a default group that allows everything inside; this empties it.
        aws.ec2.DefaultSecurityGroup(f"{name}-default-group", vpc_id=vpc.id, opts=child)
        table = aws.ec2.RouteTable(f"{name}-routes", vpc_id=vpc.id, opts=child)
        subnets = []
        zones = _ZONES[: args.zones]
        for zone, block in zip(zones, ip_network(args.cidr).subnets(prefixlen_diff=2), strict=False):
            subnet = aws.ec2.Subnet(
                f"{name}-private-{zone}",
                vpc_id=vpc.id,
                cidr_block=str(block),
                availability_zone=f"{args.region}{zone}",
                tags={"Name": f"{name}-private-{zone}"},
                opts=child,
            )
            aws.ec2.RouteTableAssociation(
                f"{name}-routes-{zone}", subnet_id=subnet.id, route_table_id=table.id, opts=child
            )
            subnets.append(subnet)
        functions = self._group(name, "functions", vpc)
        jobs = self._group(name, "jobs", vpc)
        cache = self._group(name, "cache", vpc)
        endpoints = self._group(name, "endpoints", vpc)
        callers = {"functions": functions, "jobs": jobs}
        for caller, group in callers.items():
            self._allow(name, caller, "cache", group, cache, (CACHE_PORT, READER_PORT))
            self._allow(name, caller, "endpoints", group, endpoints, (_HTTPS, _HTTPS))
        # The workers of a Glue job talk to one another on ports of their choice, and Glue insists on the rule.
        self._allow(name, "jobs", "jobs", jobs, jobs, (0, _LAST_PORT))
        data_policy = own_data(args.account_id, args.trusted_accounts)
        for service in _GATEWAYS:
            gateway = aws.ec2.VpcEndpoint(
                f"{name}-{service}-endpoint",
                vpc_id=vpc.id,
                service_name=f"com.amazonaws.{args.region}.{service}",
                vpc_endpoint_type="Gateway",
                route_table_ids=[table.id],
                policy=data_policy,
                opts=child,
            )
            for caller, group in callers.items():
                aws.vpc.SecurityGroupEgressRule(
                    f"{name}-{caller}-to-{service}",
                    description=f"From {caller} to the endpoint of {service}",
                    security_group_id=group.id,
                    prefix_list_id=gateway.prefix_list_id,
                    ip_protocol="tcp",
                    from_port=_HTTPS,
                    to_port=_HTTPS,
                    opts=child,
                )
        callers_policy = own_callers(args.account_id)
        for service in _INTERFACES:
            aws.ec2.VpcEndpoint(
                f"{name}-{service}-endpoint",
                vpc_id=vpc.id,
                service_name=f"com.amazonaws.{args.region}.{service}",
                vpc_endpoint_type="Interface",
                private_dns_enabled=True,
                subnet_ids=[subnet.id for subnet in subnets],
                security_group_ids=[endpoints.id],
                policy=callers_policy,
                opts=child,
            )
        if args.flow_logs:
            FlowLogs(
                f"{name}-flows",
                FlowLogsArgs(
                    role_name=f"{name}-flows",
                    vpc_id=vpc.id,
                    key_arn=args.key_arn,
                    log_retention_days=args.log_retention_days,
                ),
                child,
            )
        self.subnet_ids = [subnet.id for subnet in subnets]
        self.functions_group_id = functions.id
        self.jobs_group_id = jobs.id
        self.zones = [f"{args.region}{zone}" for zone in zones]
        self.cache_group_id = cache.id
        self.register_outputs({"subnet_ids": self.subnet_ids})

    def _group(self, name: str, role: str, vpc: aws.ec2.Vpc) -> aws.ec2.SecurityGroup:
        return aws.ec2.SecurityGroup(
            f"{name}-{role}-group",
            name=f"{name}-{role}",
            description=f"Headwater {role}",
            vpc_id=vpc.id,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _allow(
        self,
        name: str,
        caller: str,
        called: str,
        source: aws.ec2.SecurityGroup,
        target: aws.ec2.SecurityGroup,
        ports: tuple[int, int],
    ) -> None:
        """Let one group connect to another on TCP ports, from the first to the last."""
        child = pulumi.ResourceOptions(parent=self)
        aws.vpc.SecurityGroupEgressRule(
            f"{name}-{caller}-to-{called}",
            description=f"From {caller} to {called}",
            security_group_id=source.id,
            referenced_security_group_id=target.id,
            ip_protocol="tcp",
            from_port=ports[0],
            to_port=ports[1],
            opts=child,
        )
        aws.vpc.SecurityGroupIngressRule(
            f"{name}-{called}-from-{caller}",
            description=f"From {caller} to {called}",
            security_group_id=target.id,
            referenced_security_group_id=source.id,
            ip_protocol="tcp",
            from_port=ports[0],
            to_port=ports[1],
            opts=child,
        )
