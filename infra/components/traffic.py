"""Which region answers lookups: health checks, and records that go by them.

Everything that moves traffic in an emergency is Route 53's data plane, which is in every region: what the checks see. Its control
plane, which is in us-east-1 alone, is asked when this is deployed and never again.
"""

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import pulumi
import pulumi_aws as aws

from headwater import names

_HTTPS = 443


class TrafficSide(NamedTuple):
    """One region.

    Attributes:
        region: Such as ``us-east-1``.
        api_id: Its lookup API, which is checked under its own name: a check of the domain would follow the traffic.
        target_name: What the domain points to there.
        target_zone_id: Zone of that name.
    """

    region: str
    api_id: pulumi.Input[str]
    target_name: pulumi.Input[str]
    target_zone_id: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class TrafficArgs:
    """Arguments of `Traffic`.

    Attributes:
        domain: Name that callers ask.
        zone_id: Hosted zone that has it.
        routing: ``failover``: all callers go home, and away while home is not well; ``latency``: each goes to the region
            that is nearest to it and well.
        home: The region that producers write to as long as nothing has happened.
        away: The other one.
        interval_seconds: How often each of Route 53's checkers asks: 10, or 30, which is cheaper.
        failures: After how many failures in a row a checker changes its mind.
    """

    domain: str
    zone_id: str
    routing: Literal["failover", "latency"]
    home: TrafficSide
    away: TrafficSide
    interval_seconds: Literal[10, 30] = 10
    failures: int = 3


class Traffic(pulumi.ComponentResource):
    """Health checks and records.

    Home gets traffic while it answers, *and* the other region does not say that it leads. An operator who moves producers away
    moves lookups away with the same write, which is to the other region's table. If that region does not answer, nothing is said, and home stays.

    Attributes:
        check_ids: Health checks, by what they look at: ``home``, ``away``, ``away-leads``, ``home-in-service``.
    """

    check_ids: dict[str, pulumi.Output[str]]

    def __init__(self, name: str, args: TrafficArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Create checks and records."""
        super().__init__("headwater:platform:Traffic", name, None, opts)
        self._name, self._args = name, args
        home = self._check("home", args.home, names.HEALTH_PATH)
        away = self._check("away", args.away, names.HEALTH_PATH)
        leads = self._check("away-leads", args.away, names.LEADS_PATH, invert_healthcheck=True)
        in_service = aws.route53.HealthCheck(
            f"{name}-home-in-service",
            type="CALCULATED",
            child_healthchecks=[home.id, leads.id],
            child_health_threshold=2,
            tags={"Name": f"{args.domain} home in service"},
            opts=pulumi.ResourceOptions(parent=self),
        )
        latency = args.routing == "latency"
        self._record("home", args.home, in_service.id, "PRIMARY")
        # Where there is no third region, the second one is never taken out: while both are unwell, home is not the better one.
        self._record("away", args.away, away.id if latency else None, "SECONDARY")
        self.check_ids = {
            "home": home.id,
            "away": away.id,
            "away-leads": leads.id,
            "home-in-service": in_service.id,
        }
        self.register_outputs({"check_ids": self.check_ids})

    def _check(self, role: str, side: TrafficSide, path: str, **more: Any) -> aws.route53.HealthCheck:
        args = self._args
        return aws.route53.HealthCheck(
            f"{self._name}-{role}",
            type="HTTPS",
            fqdn=pulumi.Output.concat(side.api_id, ".execute-api.", side.region, ".amazonaws.com"),
            port=_HTTPS,
            resource_path=path,
            request_interval=args.interval_seconds,
            failure_threshold=args.failures,
            enable_sni=True,
            # To tell a slow region from a dead one on the dashboard.
            measure_latency=True,
            tags={"Name": f"{args.domain} {role}"},
            opts=pulumi.ResourceOptions(parent=self),
            **more,
        )

    def _record(self, role: str, side: TrafficSide, check: pulumi.Output[str] | None, place: str) -> None:
        args = self._args
        policy: dict[str, Any] = (
            {"latency_routing_policies": [{"region": side.region}]}
            if args.routing == "latency"
            else {"failover_routing_policies": [{"type": place}]}
        )
        aws.route53.Record(
            f"{self._name}-{role}-record",
            zone_id=args.zone_id,
            name=args.domain,
            type="A",
            set_identifier=side.region,
            health_check_id=check,
            aliases=[
                {
                    "name": side.target_name,
                    "zone_id": side.target_zone_id,
                    # It says nothing of a regional API; the checks do.
                    "evaluate_target_health": False,
                }
            ],
            opts=pulumi.ResourceOptions(parent=self),
            **policy,
        )
