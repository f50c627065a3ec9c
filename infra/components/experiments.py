"""Breaking it on purpose, in AWS: experiments of the Fault Injection Service. Nothing here starts one.

What there is to break is `experiment_specs`, what FIS may do about it `experiment_roles`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.components.experiment_roles import ExperimentPlaces, experiment_role
from infra.components.experiment_specs import EXPERIMENTS, Action, ExperimentSpec, Target, Watch

_KINDS: Mapping[Target, tuple[str, str]] = {
    "table": ("Tables", "aws:dynamodb:global-table"),
    "bucket": ("Buckets", "aws:s3:bucket"),
    "subnets": ("Subnets", "aws:ec2:subnet"),
    "cache": ("ReplicationGroups", "aws:elasticache:replicationgroup"),
}
"""What FIS calls the targets of an action, and their type."""


@dataclass(frozen=True, kw_only=True)
class ExperimentsArgs:
    """Arguments of `Experiments`.

    Attributes:
        prefix: First part of every name.
        places: Where experiments break things.
        tags: Tags of bucket and cache, and of no others in the region: FIS finds these two by tags alone.
        targets: What there is to break. An experiment that breaks something else as well is left out.
        zone: Zone of the cache that loses its power.
        minutes: How long an experiment lasts, unless an alarm ends it.
        stop_alarms: ARNs of alarms that end an experiment, by what they watch. An alarm of these that is up keeps one from starting.
        key_arn: Key of the log.
        log_retention_days: How long the log is kept.
    """

    prefix: str
    places: ExperimentPlaces
    tags: Mapping[str, str]
    targets: Sequence[Target]
    zone: str
    minutes: int
    stop_alarms: Mapping[Watch, Sequence[pulumi.Input[str]]]
    key_arn: pulumi.Input[str]
    log_retention_days: int


class Experiments(pulumi.ComponentResource):
    """A template and a role for each experiment, one log.

    Attributes:
        template_ids: Templates, by name of the experiment.
    """

    template_ids: dict[str, pulumi.Output[str]]

    def __init__(self, name: str, args: ExperimentsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Create templates."""
        super().__init__("headwater:platform:Experiments", name, None, opts)
        self._name, self._args = name, args
        self._logs = aws.cloudwatch.LogGroup(
            f"{name}-logs",
            name=f"/aws/vendedlogs/fis/{args.prefix}",
            retention_in_days=args.log_retention_days,
            kms_key_id=args.key_arn,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.template_ids = {
            spec.name: self._template(spec).id
            for spec in EXPERIMENTS
            if {action.target for action in spec.actions} <= {*args.targets}
        }
        self.register_outputs({"template_ids": self.template_ids})

    def _template(self, spec: ExperimentSpec) -> aws.fis.ExperimentTemplate:
        args, name = self._args, f"{self._name}-{spec.name}"
        role, policy = experiment_role(name, f"{args.prefix}-{spec.name}", spec, args.places, self)
        return aws.fis.ExperimentTemplate(
            name,
            description=spec.what,
            role_arn=role.arn,
            actions=[self._action(action) for action in spec.actions],
            targets=[self._target(action.target) for action in spec.actions],
            stop_conditions=[
                aws.fis.ExperimentTemplateStopConditionArgs(source="aws:cloudwatch:alarm", value=alarm)
                for alarm in args.stop_alarms[spec.stops_on]
            ],
            experiment_options={
                "account_targeting": "single-account",
                # An experiment that breaks nothing would be taken for a region that nothing can break.
                "empty_target_resolution_mode": "fail",
            },
            log_configuration={
                "log_schema_version": 2,
                "cloudwatch_logs_configuration": {
                    "log_group_arn": pulumi.Output.concat(self._logs.arn, ":*")
                },
            },
            tags={"Name": f"{args.prefix}-{spec.name}"},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )

    def _action(self, action: Action) -> aws.fis.ExperimentTemplateActionArgs:
        parameters = {"duration": f"PT{self._args.minutes}M"}
        if action.target == "bucket":
            parameters["region"] = self._args.places.away_region
        if action.scope:
            parameters["scope"] = action.scope
        return aws.fis.ExperimentTemplateActionArgs(
            name=action.name,
            action_id=action.action,
            parameters=[
                aws.fis.ExperimentTemplateActionParameterArgs(key=key, value=value)
                for key, value in parameters.items()
            ],
            target=aws.fis.ExperimentTemplateActionTargetArgs(
                key=_KINDS[action.target][0], value=action.target
            ),
        )

    def _target(self, target: Target) -> aws.fis.ExperimentTemplateTargetArgs:
        places = self._args.places
        arns = {"table": [places.table_arn], "subnets": [*places.subnet_arns]}.get(target)
        tags = [
            aws.fis.ExperimentTemplateTargetResourceTagArgs(key=key, value=value)
            for key, value in self._args.tags.items()
        ]
        return aws.fis.ExperimentTemplateTargetArgs(
            name=target,
            resource_type=_KINDS[target][1],
            selection_mode="ALL",
            resource_arns=arns,
            resource_tags=None if arns else tags,
            parameters={"availabilityZoneIdentifier": self._args.zone} if target == "cache" else None,
        )
