"""Schedules of EventBridge Scheduler."""

from infra.local.handlers.registry import Cloud, Created, Inputs, creates, whole


@creates("aws:scheduler/schedule:Schedule")
def create_schedule(cloud: Cloud, inputs: Inputs) -> Created:
    """Create a schedule."""
    target, window = inputs["target"], inputs["flexibleTimeWindow"]
    retry = target["retryPolicy"]
    cloud.client("scheduler").create_schedule(
        Name=inputs["name"],
        Description=inputs["description"],
        ScheduleExpression=inputs["scheduleExpression"],
        ScheduleExpressionTimezone=inputs["scheduleExpressionTimezone"],
        State=inputs["state"],
        KmsKeyArn=inputs["kmsKeyArn"],
        FlexibleTimeWindow={
            "Mode": window["mode"],
            "MaximumWindowInMinutes": whole(window, "maximumWindowInMinutes", 1),
        },
        Target={
            "Arn": target["arn"],
            "RoleArn": target["roleArn"],
            "Input": target["input"],
            "RetryPolicy": {
                "MaximumEventAgeInSeconds": whole(retry, "maximumEventAgeInSeconds", 86_400),
                "MaximumRetryAttempts": whole(retry, "maximumRetryAttempts", 185),
            },
            "DeadLetterConfig": {"Arn": target["deadLetterConfig"]["arn"]},
        },
    )
    return Created(inputs["name"], {})
