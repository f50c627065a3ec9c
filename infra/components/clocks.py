"""What EventBridge Scheduler starts by the clock, and the role in which it does."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.components.iam import Grant, allow, service_role


@dataclass(frozen=True, kw_only=True)
class Clock:
    """One schedule.

    Attributes:
        schedule_name: Its name.
        description: What it starts.
        expression: When, in UTC, as Scheduler writes it.
        target_arn: What is started; it is given ``{}``.
        most_late_s: Longest after its time that it is started still.
        retries: Attempts after one that failed.
        on: Whether it starts anything.
        window_minutes: In which it may start later than said; None: at once.
    """

    schedule_name: str
    description: str
    expression: str
    target_arn: pulumi.Input[str]
    most_late_s: int
    retries: int
    on: bool = True
    window_minutes: int | None = None


class Clocks:
    """A role that Scheduler takes, and the schedules that are run in it.

    Args:
        name: First part of the names of role and policy in the program.
        role_name: Name of the role.
        starts: What the role may start.
        missed_queue_arn: Queue for what could not be started; None: nobody is told.
        key_arn: Key of the schedules, and of what they start.
        parent: Component that has all of it.
    """

    def __init__(
        self,
        name: str,
        role_name: str,
        starts: Grant,
        missed_queue_arn: pulumi.Input[str] | None,
        key_arn: pulumi.Input[str],
        parent: pulumi.Resource,
    ) -> None:
        self._missed_queue_arn = missed_queue_arn
        self._key_arn = key_arn
        self._parent = parent
        self._role = service_role(name, role_name, "scheduler.amazonaws.com", parent)
        missed: Sequence[Grant] = (
            [] if missed_queue_arn is None else [(["sqs:SendMessage"], [missed_queue_arn])]
        )
        grants = [starts, *missed, (["kms:Decrypt", "kms:GenerateDataKey"], [key_arn])]
        self._policy = allow(name, self._role, grants, parent)

    def add(self, name: str, clock: Clock) -> None:
        """Declare a schedule under a name in the program."""
        window = clock.window_minutes
        aws.scheduler.Schedule(
            name,
            name=clock.schedule_name,
            description=clock.description,
            schedule_expression=clock.expression,
            schedule_expression_timezone="UTC",
            state="ENABLED" if clock.on else "DISABLED",
            kms_key_arn=self._key_arn,
            flexible_time_window=(
                {"mode": "OFF"}
                if window is None
                else {"mode": "FLEXIBLE", "maximum_window_in_minutes": window}
            ),
            target={
                "arn": clock.target_arn,
                "role_arn": self._role.arn,
                "input": "{}",
                "retry_policy": {
                    "maximum_event_age_in_seconds": clock.most_late_s,
                    "maximum_retry_attempts": clock.retries,
                },
                "dead_letter_config": (
                    None if self._missed_queue_arn is None else {"arn": self._missed_queue_arn}
                ),
            },
            opts=pulumi.ResourceOptions(parent=self._parent, depends_on=[self._policy]),
        )
