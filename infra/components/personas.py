"""What people and their programs may do, by what they are to the platform. Exact actions on exact resources."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import pulumi

from headwater import names
from infra.components.iam import Grant
from infra.components.job_machines import Machine
from infra.components.teams import Team

PERSONAS = ("producer", "engineer", "scientist", "serving", "auditor")
"""Producers put events, engineers keep features, scientists train, serving asks, an auditor reads what was done."""


@dataclass(frozen=True, kw_only=True)
class Governed:
    """What there is to be allowed on.

    Attributes:
        region: Region of the platform.
        account_id: Account that owns it.
        environment: Name of the environment.
        stream_arn: Event stream.
        bucket_arn: Bucket of the offline store.
        key_arn: Key of all data.
        lookup_arn: Alias of the lookup function.
        machine_arns: State machines, by name.
        job_names: Glue jobs, by name.
        dashboard_name: Dashboard of the platform.
        lake_sources: Sources whose tables Lake Formation grants; S3 gives out none of their files.
    """

    region: str
    account_id: pulumi.Input[str]
    environment: str
    stream_arn: pulumi.Input[str]
    bucket_arn: pulumi.Input[str]
    key_arn: pulumi.Input[str]
    lookup_arn: pulumi.Input[str]
    machine_arns: Mapping[str, pulumi.Input[str]]
    job_names: Mapping[str, pulumi.Input[str]]
    dashboard_name: pulumi.Input[str]
    lake_sources: Sequence[str]


def tables_of(persona: str, team: Team) -> list[str]:
    """Tables that a persona of a team reads."""
    sources = {
        "engineer": {*team.sources, *team.read_sources},
        "scientist": set(team.read_sources),
    }.get(persona, set())
    return [names.event_log_table(source) for source in sorted(sources)]


def grants(persona: str, team: Team, on: Governed) -> list[Grant]:
    """What a persona of a team may do; nothing if the team has nothing for it to do it with."""
    return _GRANTS[persona](team, on)


def auditor_grants(on: Governed) -> list[Grant]:
    """What an auditor may do: read what was served, what jobs did and what was alarming. One for the platform."""
    return [
        *_reads([names.served_table()], on),
        (["kms:Decrypt"], [on.key_arn]),
        ([f"states:{verb}" for verb in ("ListExecutions",)], list(on.machine_arns.values())),
        (["states:DescribeExecution", "states:GetExecutionHistory"], _executions(on, on.machine_arns)),
        (["glue:GetJobRun", "glue:GetJobRuns"], [_job(on, job) for job in on.job_names]),
        (["cloudwatch:GetDashboard"], [_global(on, "cloudwatch", "dashboard/", on.dashboard_name)]),
        (["cloudwatch:DescribeAlarms"], [_arn(on, "cloudwatch", "alarm:", _prefix(on), "*")]),
    ]


def _producer(team: Team, on: Governed) -> list[Grant]:
    """The stream is one for all sources: which of them an event is of, its envelope says, and the log keeps."""
    if not team.sources:
        return []
    return [
        (["kinesis:PutRecord", "kinesis:PutRecords", "kinesis:DescribeStreamSummary"], [on.stream_arn]),
        (["kms:GenerateDataKey"], [on.key_arn]),
    ]


def _engineer(team: Team, on: Governed) -> list[Grant]:
    if not team.views:
        return []
    machines = ("materialize", "backfill")
    return [
        *_reads(tables_of("engineer", team), on),
        (["kms:Decrypt"], [on.key_arn]),
        *_runs(machines, on),
        (["glue:GetJobRun", "glue:GetJobRuns"], [_job(on, job) for job in on.job_names]),
        (
            ["logs:FilterLogEvents", "logs:GetLogEvents", "logs:DescribeLogStreams"],
            [_arn(on, "logs", "log-group:/aws-glue/jobs*")],
        ),
    ]


def _scientist(team: Team, on: Governed) -> list[Grant]:
    if not team.views:
        return []
    return [
        *_reads(tables_of("scientist", team), on),
        (["s3:PutObject", "s3:GetObject"], [_files(on, f"{names.labels_prefix()}{team.slug}/")]),
        (["s3:GetObject"], [_files(on, f"{names.training_prefix()}{team.slug}/")]),
        (["s3:GetBucketLocation"], [on.bucket_arn]),
        (["kms:Decrypt", "kms:GenerateDataKey"], [on.key_arn]),
        *_runs([Machine("training_set", team.slug).name], on),
    ]


def _serving(team: Team, on: Governed) -> list[Grant]:
    if not team.services:
        return []
    # A function's URL asks for both.
    return [(["lambda:InvokeFunctionUrl", "lambda:InvokeFunction"], [on.lookup_arn])]


_GRANTS: dict[str, Callable[[Team, Governed], list[Grant]]] = {
    "producer": _producer,
    "engineer": _engineer,
    "scientist": _scientist,
    "serving": _serving,
}


def _reads(tables: Sequence[str], on: Governed) -> list[Grant]:
    """Tables are described to whoever may read them; their files come from S3, or from Lake Formation alone."""
    if not tables:
        return []
    database = names.glue_database(on.environment)
    governed = {names.event_log_table(source) for source in on.lake_sources}
    found: list[Grant] = [
        (
            ["glue:GetDatabase", "glue:GetTable"],
            [
                _arn(on, "glue", part)
                for part in (
                    "catalog",
                    f"database/{database}",
                    *(f"table/{database}/{each}" for each in tables),
                )
            ],
        )
    ]
    files = [
        _files(on, f"{names.warehouse_prefix()}{database}.db/{each}/")
        for each in tables
        if each not in governed
    ]
    if files:
        found.append((["s3:GetObject"], files))
    if governed.intersection(tables):
        # Lake Formation decides by its grants on tables: AWS takes no resource.
        found.append((["lakeformation:GetDataAccess"], ["*"]))
    return found


def _files(on: Governed, prefix: str) -> pulumi.Output[str]:
    return pulumi.Output.concat(on.bucket_arn, "/", prefix, "*")


def _runs(machines: Sequence[str], on: Governed) -> list[Grant]:
    """Start machines, follow and stop what they do. Never a job itself: a run of one takes arguments that name code."""
    return [
        (["states:StartExecution", "states:ListExecutions"], [on.machine_arns[each] for each in machines]),
        (
            ["states:DescribeExecution", "states:GetExecutionHistory", "states:StopExecution"],
            _executions(on, machines),
        ),
    ]


def _executions(on: Governed, machines: Iterable[str]) -> list[pulumi.Input[str]]:
    return [_arn(on, "states", "execution:", _prefix(on), f"{each.replace('_', '-')}:*") for each in machines]


def _job(on: Governed, job: str) -> pulumi.Output[str]:
    return _arn(on, "glue", "job/", on.job_names[job])


def _prefix(on: Governed) -> str:
    return names.resource(on.environment, on.region, "")


def _arn(on: Governed, service: str, *parts: pulumi.Input[str]) -> pulumi.Output[str]:
    return pulumi.Output.concat("arn:aws:", service, ":", on.region, ":", on.account_id, ":", *parts)


def _global(on: Governed, service: str, *parts: pulumi.Input[str]) -> pulumi.Output[str]:
    return pulumi.Output.concat("arn:aws:", service, "::", on.account_id, ":", *parts)
