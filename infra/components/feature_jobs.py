"""The batch side of the platform: Glue jobs, the state machines that run them, and what starts those.

What jobs there are is `job_specs`, how machines run them `job_machines`, what wakes somebody `job_alarms`.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.components import job_machines
from infra.components.clocks import Clock, Clocks
from infra.components.glue_jobs import GlueJobs, GlueJobsArgs
from infra.components.iam import allow, service_role
from infra.components.job_alarms import JobAlarms, JobAlarmsArgs
from infra.components.job_machines import Failures, Machine, kinds_where, machines

SCHEDULES = {
    "materialize": "cron(5 * * * ? *)",
    "compact": "cron(40 2 * * ? *)",
    # As often as S3 promises to have copied what was written.
    "replicate": "rate(15 minutes)",
}
"""When machines are started, in UTC; a few minutes past the hour, when others' jobs have their turn."""

_WINDOW_MINUTES = 10
_KEPT_DAYS = 14
_DAY_SECONDS = 24 * 3600
_PATIENCE_HOURS = 3


@dataclass(frozen=True, kw_only=True)
class FeatureJobsArgs:
    """Arguments of `FeatureJobs`.

    Attributes:
        jobs: The Glue jobs.
        teams: Short names of the teams that build training sets.
        scheduled: Start the machines by the clock, but for the one that lets tables follow another region's.
        following: Start that one by the clock.
        log_retention_days: How long logs of executions are kept.
        topic_arn: Topic that failures and alarms are told to.
    """

    jobs: GlueJobsArgs
    teams: Sequence[str]
    scheduled: bool
    following: bool
    log_retention_days: int
    topic_arn: pulumi.Input[str]


class FeatureJobs(pulumi.ComponentResource):
    """Glue jobs and triggers, state machines, a queue of failures, schedules and alarms."""

    job_names: dict[str, pulumi.Output[str]]
    machine_arns: dict[str, pulumi.Output[str]]
    failure_queue_url: pulumi.Output[str]
    failure_queue_arn: pulumi.Output[str]

    def __init__(self, name: str, args: FeatureJobsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Create jobs, machines and what starts and watches them."""
        super().__init__("headwater:platform:FeatureJobs", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self._name, self._args, self._name_of = name, args, args.jobs.name_of
        self._key_arn = args.jobs.resources.key_arn
        self._follows = args.jobs.resources.followed is not None
        self.job_names = GlueJobs(f"{name}-glue", args.jobs, child).job_names
        queue = aws.sqs.Queue(
            f"{name}-failures",
            name=self._name_of("job-failures"),
            message_retention_seconds=_KEPT_DAYS * _DAY_SECONDS,
            kms_master_key_id=self._key_arn,
            opts=child,
        )
        self.machine_arns = self._machines(queue)
        self._schedules(queue)
        self._triggers()
        JobAlarms(
            f"{name}-alarms",
            JobAlarmsArgs(
                prefix=self._name_of("jobs"),
                machine_arns=self.machine_arns,
                queue_name=queue.name,
                awaited="materialize",
                patience_hours=_PATIENCE_HOURS,
                scheduled=args.scheduled,
                topic_arn=args.topic_arn,
            ),
            child,
        )
        self.failure_queue_url, self.failure_queue_arn = queue.url, queue.arn
        self.register_outputs({"job_names": self.job_names, "machine_arns": self.machine_arns})

    def _machines(self, queue: aws.sqs.Queue) -> dict[str, pulumi.Output[str]]:
        child = pulumi.ResourceOptions(parent=self)
        logs = aws.cloudwatch.LogGroup(
            f"{self._name}-machine-logs",
            # Under this prefix AWS does not run out of room in its policy for deliveries of logs.
            name=f"/aws/vendedlogs/states/{self._name_of('jobs')}",
            retention_in_days=self._args.log_retention_days,
            kms_key_id=self._key_arn,
            opts=child,
        )
        roles = {kind: self._role(kind, queue) for kind in kinds_where(follows=self._follows)}
        arns = {}
        for machine in machines(self._args.teams, follows=self._follows):
            role, policy = roles[machine.kind]
            arns[machine.name] = aws.sfn.StateMachine(
                f"{self._name}-{machine.slug}-machine",
                name=self._name_of(machine.slug),
                type="STANDARD",
                role_arn=role.arn,
                definition=self._definition(machine, queue),
                logging_configuration={
                    "level": "ERROR",
                    "include_execution_data": True,
                    "log_destination": pulumi.Output.concat(logs.arn, ":*"),
                },
                tracing_configuration={"enabled": True},
                opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
            ).arn
        return arns

    def _definition(self, machine: Machine, queue: aws.sqs.Queue) -> pulumi.Output[str]:
        def written(known: dict[str, object]) -> str:
            failures = Failures(str(known["queue"]), str(known["topic"]))
            names = {job: str(known[job]) for job in self.job_names}
            return json.dumps(job_machines.definition(machine, names, failures))

        return pulumi.Output.all(queue=queue.url, topic=self._args.topic_arn, **self.job_names).apply(written)

    def _role(self, kind: str, queue: aws.sqs.Queue) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
        """The role of the machines of a kind, and what it may do."""
        name = f"{Machine(kind).slug}-machine"
        role = service_role(f"{self._name}-{name}", self._name_of(name), "states.amazonaws.com", self)
        on = self._args.jobs.resources
        jobs = [
            pulumi.Output.concat("arn:aws:glue:", on.region, ":", on.account_id, ":job/", self.job_names[job])
            for job in job_machines.jobs_of(kind)
        ]
        runs = ["StartJobRun", "GetJobRun", "GetJobRuns", "BatchStopJobRun"]
        # AWS takes no narrower resource for setting up the delivery of logs, nor for sending traces.
        deliveries = [
            *(f"logs:{verb}LogDelivery" for verb in ("Create", "Get", "Update", "Delete")),
            *("logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:DescribeResourcePolicies"),
            "logs:DescribeLogGroups",
        ]
        traces = ["PutTraceSegments", "PutTelemetryRecords", "GetSamplingRules", "GetSamplingTargets"]
        policy = allow(
            f"{self._name}-{name}",
            role,
            [
                ([f"glue:{action}" for action in runs], jobs),
                (["sqs:SendMessage"], [queue.arn]),
                (["sns:Publish"], [self._args.topic_arn]),
                (["kms:Decrypt", "kms:GenerateDataKey"], [self._key_arn]),
                ([*deliveries, *(f"xray:{action}" for action in traces)], ["*"]),
            ],
            self,
        )
        return role, policy

    def _schedules(self, queue: aws.sqs.Queue) -> None:
        started = {machine: clock for machine, clock in SCHEDULES.items() if machine in self.machine_arns}
        clocks = Clocks(
            f"{self._name}-schedules",
            self._name_of("schedules"),
            (["states:StartExecution"], [self.machine_arns[machine] for machine in started]),
            queue.arn,
            self._key_arn,
            self,
        )
        for machine, expression in started.items():
            clocks.add(
                f"{self._name}-{machine}-schedule",
                Clock(
                    schedule_name=self._name_of(machine),
                    description=f"Starts the state machine {machine}",
                    expression=expression,
                    target_arn=self.machine_arns[machine],
                    # After that a later run does what this one would have done.
                    most_late_s=1800,
                    retries=10,
                    on=self._args.following if machine == "replicate" else self._args.scheduled,
                    window_minutes=_WINDOW_MINUTES,
                ),
            )

    def _triggers(self) -> None:
        """For bulk loads: ingest by hand from Glue's console, and join the many small files right after.

        The clock and the machines start everything else. A conditional trigger sees only runs that a trigger
        started, so the hourly runs of the machine do not set this one off.
        """
        child = pulumi.ResourceOptions(parent=self)
        bulk, ingest = self._name_of("bulk-load"), self.job_names["ingest"]
        aws.glue.Trigger(
            f"{self._name}-bulk-load",
            name=bulk,
            type="ON_DEMAND",
            description="After a bulk load: ingest now",
            actions=[{"job_name": ingest}],
            opts=child,
        )
        aws.glue.Trigger(
            f"{self._name}-bulk-load-compact",
            name=f"{bulk}-compact",
            type="CONDITIONAL",
            description="After the ingestion of a bulk load: join its small files",
            predicate={"conditions": [{"job_name": ingest, "state": "SUCCEEDED"}]},
            actions=[{"job_name": self.job_names["compact"]}],
            opts=child,
        )
