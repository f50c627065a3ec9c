"""Game day: by the clock or by hand, an experiment is begun on a day on which everything is well, and people are told.

What is done about it is theirs: `python -m dr failover`, by docs/runbook.md. The machine is `game_day_machine`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.components import game_day_machine
from infra.components.clocks import Clock, Clocks
from infra.components.game_day_machine import GameDaySettings
from infra.components.iam import allow, service_role

RUNBOOK = "docs/runbook.md"


@dataclass(frozen=True, kw_only=True)
class GameDayArgs:
    """Arguments of `GameDay`.

    Attributes:
        name: Name of the machine, its role and its schedule.
        environment: In which environment.
        region: Region that something is broken in.
        account_id: Account that owns everything.
        template_ids: Experiments, with the ids of their templates.
        chosen: The one that the clock begins.
        minutes: How long an experiment lasts.
        alarms: Names of alarms, at most 100, that have to be OK before.
        schedule: When it begins, in UTC, such as ``cron(0 9 ? * TUE#1 *)``.
        topic_arn: Topic that people are told by.
        missed_queue_arn: Queue that keeps what the clock could not begin.
        key_arn: Key of topic, queue, schedule and log.
        log_retention_days: How long the log is kept.
    """

    name: str
    environment: str
    region: str
    account_id: pulumi.Input[str]
    template_ids: Mapping[str, pulumi.Input[str]]
    chosen: str
    minutes: int
    alarms: Sequence[pulumi.Input[str]]
    schedule: str
    topic_arn: pulumi.Input[str]
    missed_queue_arn: pulumi.Input[str]
    key_arn: pulumi.Input[str]
    log_retention_days: int


class GameDay(pulumi.ComponentResource):
    """State machine, what starts it, and their roles.

    Attributes:
        machine_arn: Of the machine.
    """

    machine_arn: pulumi.Output[str]

    def __init__(self, name: str, args: GameDayArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Create machine and schedule."""
        super().__init__("headwater:platform:GameDay", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self._name, self._args = name, args
        logs = aws.cloudwatch.LogGroup(
            f"{name}-logs",
            # Under this prefix AWS does not run out of room in its policy for deliveries of logs.
            name=f"/aws/vendedlogs/states/{args.name}",
            retention_in_days=args.log_retention_days,
            kms_key_id=args.key_arn,
            opts=child,
        )
        role, policy = self._machine_role()
        self.machine_arn = aws.sfn.StateMachine(
            f"{name}-machine",
            name=args.name,
            type="STANDARD",
            role_arn=role.arn,
            definition=self._definition(),
            logging_configuration={
                "level": "ALL",
                "include_execution_data": True,
                "log_destination": pulumi.Output.concat(logs.arn, ":*"),
            },
            tracing_configuration={"enabled": True},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        ).arn
        self._schedule()
        self.register_outputs({"machine_arn": self.machine_arn})

    def _definition(self) -> pulumi.Output[str]:
        args = self._args

        def written(known: dict[str, object]) -> str:
            return json.dumps(
                game_day_machine.definition(
                    GameDaySettings(
                        environment=args.environment,
                        region=args.region,
                        templates={each: str(known[each]) for each in args.template_ids},
                        chosen=args.chosen,
                        alarms=[str(known[f"alarm-{place}"]) for place in range(len(args.alarms))],
                        topic_arn=str(known["topic"]),
                        runbook=RUNBOOK,
                        minutes=args.minutes,
                    )
                )
            )

        alarms = {f"alarm-{place}": alarm for place, alarm in enumerate(args.alarms)}
        return pulumi.Output.all(**args.template_ids, **alarms, topic=args.topic_arn).apply(written)

    def _machine_role(self) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
        args, name = self._args, f"{self._name}-machine"
        role = service_role(name, args.name, "states.amazonaws.com", self)
        fis = pulumi.Output.concat("arn:aws:fis:", args.region, ":", args.account_id)
        templates = [
            pulumi.Output.concat(fis, ":experiment-template/", each) for each in args.template_ids.values()
        ]
        experiments = pulumi.Output.concat(fis, ":experiment/*")
        deliveries = [
            *(f"logs:{verb}LogDelivery" for verb in ("Create", "Get", "Update", "Delete")),
            *("logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:DescribeResourcePolicies"),
            "logs:DescribeLogGroups",
        ]
        traces = ["PutTraceSegments", "PutTelemetryRecords", "GetSamplingRules", "GetSamplingTargets"]
        return role, allow(
            name,
            role,
            [
                # An experiment has no id before it is begun.
                (["fis:StartExperiment"], [*templates, experiments]),
                (["fis:GetExperiment"], [experiments]),
                (["sns:Publish"], [args.topic_arn]),
                (["kms:Decrypt", "kms:GenerateDataKey"], [args.key_arn]),
                # AWS shows composite alarms to nobody who may look at some alarms alone, and takes no narrower resource for the
                # delivery of logs, nor for sending traces.
                (
                    ["cloudwatch:DescribeAlarms", *deliveries, *(f"xray:{action}" for action in traces)],
                    ["*"],
                ),
            ],
            self,
            [self._first_time()],
        )

    def _first_time(self) -> dict[str, object]:
        """FIS watches stop conditions as a role of its own, which an account has after its first experiment."""
        path = "role/aws-service-role/fis.amazonaws.com/AWSServiceRoleForFIS"
        return {
            "Effect": "Allow",
            "Action": ["iam:CreateServiceLinkedRole"],
            "Resource": [pulumi.Output.concat("arn:aws:iam::", self._args.account_id, ":", path)],
            "Condition": {"StringEquals": {"iam:AWSServiceName": "fis.amazonaws.com"}},
        }

    def _schedule(self) -> None:
        args, name = self._args, f"{self._name}-schedule"
        clocks = Clocks(
            name,
            f"{args.name}-clock",
            (["states:StartExecution"], [self.machine_arn]),
            args.missed_queue_arn,
            args.key_arn,
            self,
        )
        clocks.add(
            name,
            Clock(
                schedule_name=args.name,
                description="Begins a game day",
                expression=args.schedule,
                target_arn=self.machine_arn,
                # People are there at the hour that was said, and do not wait for long.
                most_late_s=300,
                retries=3,
            ),
        )
