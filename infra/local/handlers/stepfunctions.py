"""State machines. Where one waits for a Glue job, the local one waits for the executor of this machine."""

import json

from infra.local.handlers.registry import Cloud, Created, Inputs, creates
from infra.local.machine_tasks import RUNS_QUEUE, with_local_runs


@creates("aws:sfn/stateMachine:StateMachine")
def create_state_machine(cloud: Cloud, inputs: Inputs) -> Created:
    """Create a state machine, and the queue on which its runs of jobs wait for the executor."""
    queue = cloud.client("sqs").create_queue(QueueName=RUNS_QUEUE)["QueueUrl"]
    logs = inputs["loggingConfiguration"]
    made = cloud.client("stepfunctions").create_state_machine(
        name=inputs["name"],
        type=inputs["type"],
        roleArn=inputs["roleArn"],
        definition=json.dumps(with_local_runs(json.loads(inputs["definition"]), queue)),
        loggingConfiguration={
            "level": logs["level"],
            "includeExecutionData": logs["includeExecutionData"],
            "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": logs["logDestination"]}}],
        },
        tracingConfiguration={"enabled": inputs["tracingConfiguration"]["enabled"]},
    )
    return Created(made["stateMachineArn"], {"arn": made["stateMachineArn"]})
