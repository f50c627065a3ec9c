"""Copies, in one region, of what another one's CloudWatch says of it: whoever takes over cannot ask a region that is lost."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from headwater import names
from infra.components.clocks import Clock, Clocks
from infra.components.dashboards import PERIOD_SECONDS
from infra.components.python_function import FunctionPlacement, PythonFunction, PythonFunctionArgs

_MEMORY_MB = 256
_TIMEOUT_SECONDS = 30
_CLOCK = "rate(1 minute)"
_MOST_ALARMS = 100
"""What CloudWatch tells of in one answer."""


def stopped_alarm(prefix: str) -> str:
    """Name of the alarm that rises when nothing is copied.

    >>> stopped_alarm("headwater-prod-us-west-2-figures")
    'headwater-prod-us-west-2-figures-stopped'
    """
    return f"{prefix}-stopped"


@dataclass(frozen=True, kw_only=True)
class MeasuredRegion:
    """The region whose figures are copied.

    Attributes:
        region: Its name.
        stream_function: Name of its stream function.
        lookup_function: Name of its lookup function.
        event_stream: Name of its event stream.
        online_table: Name of the online table.
        alarms: Names of its alarms that have to be OK, at most 100.
    """

    region: str
    stream_function: str
    lookup_function: str
    event_stream: str
    online_table: str
    alarms: Sequence[pulumi.Input[str]]


@dataclass(frozen=True, kw_only=True)
class RegionFiguresArgs:
    """Arguments of `RegionFigures`.

    Attributes:
        prefix: Name of the function, its schedule and their roles, and first part of the alarms'.
        environment: Name of the environment.
        region: Where figures are copied to.
        of: Where they are copied from.
        code: The deployable zip.
        runtime: Such as ``python3.13``.
        architecture: ``arm64`` or ``x86_64``.
        topic_arn: Topic of the alarms.
        key_arn: Key of the function, its log and its schedule.
        log_retention_days: How long its log is kept.
    """

    prefix: str
    environment: str
    region: str
    of: MeasuredRegion
    code: pulumi.Archive
    runtime: str
    architecture: str
    topic_arn: pulumi.Input[str]
    key_arn: pulumi.Input[str]
    log_retention_days: int


class RegionFigures(pulumi.ComponentResource):
    """A function, the clock that runs it each minute, and two alarms.

    Attributes:
        alarm_names: Alarms: nothing is copied any more; and alarms of the other region are not OK.
    """

    alarm_names: list[pulumi.Output[str]]

    def __init__(
        self, name: str, args: RegionFiguresArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Create function, clock and alarms.

        Raises:
            ValueError: There are more alarms to look at than are told of at once.
        """
        if len(args.of.alarms) > _MOST_ALARMS:
            raise ValueError(
                f"alarms of {args.of.region}: found {len(args.of.alarms)}, expected at most {_MOST_ALARMS}; name fewer"
            )
        super().__init__("headwater:platform:RegionFigures", name, None, opts)
        self._name, self._args = name, args
        self._schedule(self._function())
        self.alarm_names = [self._stopped(), self._unwell()]
        self.register_outputs({"alarm_names": self.alarm_names})

    def _function(self) -> aws.lambda_.Function:
        args, of = self._args, self._args.of
        return PythonFunction(
            f"{self._name}-copy",
            PythonFunctionArgs(
                function_name=args.prefix,
                handler="lambdas.figures.handler.handle",
                code=args.code,
                memory_mb=_MEMORY_MB,
                timeout_seconds=_TIMEOUT_SECONDS,
                environment={
                    "HEADWATER_ENVIRONMENT": args.environment,
                    "HEADWATER_REGION": args.region,
                    "HEADWATER_OTHER_REGION": of.region,
                    "HEADWATER_STREAM_FUNCTION": of.stream_function,
                    "HEADWATER_LOOKUP_FUNCTION": of.lookup_function,
                    "HEADWATER_EVENT_STREAM": of.event_stream,
                    "HEADWATER_ONLINE_TABLE": of.online_table,
                    "HEADWATER_ALARMS": pulumi.Output.all(*of.alarms).apply(",".join),
                },
                grants=[],
                conditional=_statements(of.region),
                key_arn=args.key_arn,
                log_retention_days=args.log_retention_days,
                publish=False,
                # It reaches CloudWatch of two regions and nothing of ours; a network of ours has no way to the other region.
                placement=FunctionPlacement(
                    runtime=args.runtime, architecture=args.architecture, subnet_ids=[], security_group_ids=[]
                ),
                # One of its own: a flood of lookups takes all others, and that is when figures are wanted.
                reserved=1,
            ),
            pulumi.ResourceOptions(parent=self),
        ).function

    def _schedule(self, function: aws.lambda_.Function) -> None:
        args, name = self._args, f"{self._name}-schedule"
        clocks = Clocks(
            name,
            f"{args.prefix}-clock",
            (["lambda:InvokeFunction"], [function.arn]),
            None,
            args.key_arn,
            self,
        )
        clocks.add(
            name,
            Clock(
                schedule_name=args.prefix,
                description=f"Copies figures of {args.of.region}",
                expression=_CLOCK,
                target_arn=function.arn,
                # The next run copies what this one would have copied; that none does, an alarm tells.
                most_late_s=60,
                retries=0,
            ),
        )

    def _stopped(self) -> pulumi.Output[str]:
        args = self._args
        return self._alarm(
            "stopped",
            stopped_alarm(args.prefix),
            f"Nothing is copied of what {args.of.region} has: preflight could not compare if it were lost now",
            statistic="SampleCount",
            comparison_operator="LessThanThreshold",
            threshold=1,
            evaluation_periods=5,
            datapoints_to_alarm=5,
            treat_missing_data="breaching",
        )

    def _unwell(self) -> pulumi.Output[str]:
        args = self._args
        return self._alarm(
            "unwell",
            f"{args.prefix}-unwell",
            f"Alarms of {args.of.region} are not OK; which, says the log of {args.prefix}",
            statistic="Maximum",
            comparison_operator="GreaterThanThreshold",
            threshold=0,
            evaluation_periods=3,
            datapoints_to_alarm=2,
            # Nobody knows is another state than all is well.
            treat_missing_data="missing",
        )

    def _alarm(self, role: str, alarm: str, what: str, **condition: Any) -> pulumi.Output[str]:
        args = self._args
        return aws.cloudwatch.MetricAlarm(
            f"{self._name}-{role}",
            name=alarm,
            alarm_description=what,
            namespace=names.OTHER_REGION_NAMESPACE,
            metric_name=names.ALARMS_METRIC,
            dimensions={"environment": args.environment, "region": args.of.region},
            period=PERIOD_SECONDS,
            alarm_actions=[args.topic_arn],
            ok_actions=[args.topic_arn],
            opts=pulumi.ResourceOptions(parent=self),
            **condition,
        ).name


def _statements(region: str) -> list[dict[str, Any]]:
    """What it may read there and write here."""
    return [
        {
            "Effect": "Allow",
            # CloudWatch takes no resource for reading metrics, and shows composite alarms to nobody who may look at some
            # alarms alone.
            "Action": ["cloudwatch:GetMetricData", "cloudwatch:DescribeAlarms"],
            "Resource": ["*"],
            "Condition": {"StringEquals": {"aws:RequestedRegion": region}},
        },
        {
            "Effect": "Allow",
            # Nor for publishing: the namespace is what narrows it.
            "Action": ["cloudwatch:PutMetricData"],
            "Resource": ["*"],
            "Condition": {"StringEquals": {"cloudwatch:namespace": names.OTHER_REGION_NAMESPACE}},
        },
    ]
