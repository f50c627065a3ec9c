"""A plan of ARC Region switch: the steps of a switch that are AWS' to take, with a person's word before each.

It can be executed in the region that is gone to, when the other is lost. What it does is little, because most of a failover is reading and writing
data, which no execution block does: it stops the function of the region that is left, and waits for people who run `python -m dr`. It moves no
traffic: that follows the producers' pointer (`traffic`).
"""

from dataclasses import dataclass
from typing import NamedTuple

import pulumi
import pulumi_aws as aws

from infra.components.iam import allow, service_role

_APPROVAL_MINUTES = 60


class SwitchSide(NamedTuple):
    """One region.

    Attributes:
        region: Such as ``us-east-1``.
        mapping_arn: Event source mapping of its stream function.
        function_arn: That function.
    """

    region: str
    mapping_arn: pulumi.Input[str]
    function_arn: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class SwitchPlanArgs:
    """Arguments of `SwitchPlan`.

    Attributes:
        name: Name of the plan and its role.
        home: Where producers write as long as nothing has happened.
        away: The other region.
        approver_arn: Role of the people whose word is waited for.
    """

    name: str
    home: SwitchSide
    away: SwitchSide
    approver_arn: str


class SwitchPlan(pulumi.ComponentResource):
    """Plan and execution role.

    Nothing here starts a mapping again: one that was stopped would go on where it stopped, and count again what has been
    recovered since. The way back makes a new one, from the end of the stream (`dr/failback.py`).

    Attributes:
        plan_arn: Of the plan.
    """

    plan_arn: pulumi.Output[str]

    def __init__(self, name: str, args: SwitchPlanArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Create the plan."""
        super().__init__("headwater:platform:SwitchPlan", name, None, opts)
        self._args = args
        role = service_role(name, args.name, "arc-region-switch.amazonaws.com", self)
        mapping = ["lambda:GetEventSourceMapping", "lambda:UpdateEventSourceMapping"]
        policy = allow(
            name,
            role,
            [
                (mapping, [args.home.mapping_arn]),
                (["lambda:GetFunction"], [args.home.function_arn]),
                # With it, AWS checks every half hour whether the role would do.
                (["iam:SimulatePrincipalPolicy"], [role.arn]),
            ],
            self,
        )
        plan = aws.arcregionswitch.Plan(
            f"{name}-plan",
            name=args.name,
            description="Losing a region: docs/runbook.md",
            execution_role=role.arn,
            recovery_approach="activePassive",
            regions=[args.home.region, args.away.region],
            primary_region=args.home.region,
            workflows=[
                aws.arcregionswitch.PlanWorkflowArgs(
                    workflow_target_action="activate",
                    workflow_target_region=args.away.region,
                    workflow_description="Failover: then run `python -m dr failover`",
                    steps=[self._approval("preflight", "Preflight passed, or was overruled"), self._fence()],
                ),
                aws.arcregionswitch.PlanWorkflowArgs(
                    workflow_target_action="activate",
                    workflow_target_region=args.home.region,
                    workflow_description="The way back: `python -m dr failback`, then `switch`",
                    steps=[self._approval("reconciled", "The regions were made equal again")],
                ),
            ],
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )
        self.plan_arn = plan.arn
        self.register_outputs({"plan_arn": self.plan_arn})

    def _approval(self, name: str, what: str) -> aws.arcregionswitch.PlanWorkflowStepArgs:
        return aws.arcregionswitch.PlanWorkflowStepArgs(
            name=name,
            description=what,
            execution_block_type="ManualApproval",
            execution_approval_configs=[
                aws.arcregionswitch.PlanWorkflowStepExecutionApprovalConfigArgs(
                    approval_role=self._args.approver_arn, timeout_minutes=_APPROVAL_MINUTES
                )
            ],
        )

    def _fence(self) -> aws.arcregionswitch.PlanWorkflowStepArgs:
        home = self._args.home
        return aws.arcregionswitch.PlanWorkflowStepArgs(
            name="fence",
            description="Stops the stream function of the region that is left",
            execution_block_type="LambdaEventSourceMapping",
            lambda_event_source_mapping_configs=[
                aws.arcregionswitch.PlanWorkflowStepLambdaEventSourceMappingConfigArgs(
                    action="disable",
                    region_event_source_mappings=[
                        aws.arcregionswitch.PlanWorkflowStepLambdaEventSourceMappingConfigRegionEventSourceMappingArgs(
                            region=home.region, arn=home.mapping_arn
                        )
                    ],
                    # A region that does not answer cannot be stopped, and is not waited for.
                    ungracefuls=[
                        aws.arcregionswitch.PlanWorkflowStepLambdaEventSourceMappingConfigUngracefulArgs(
                            behavior="skip"
                        )
                    ],
                )
            ],
        )
