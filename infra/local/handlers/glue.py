"""Glue databases, jobs and triggers. The emulator keeps a job; `infra.local.job_executor` runs it."""

from typing import Any

from infra.local.handlers.registry import Cloud, Created, Inputs, creates, whole


@creates("aws:glue/catalogDatabase:CatalogDatabase")
def create_database(cloud: Cloud, inputs: Inputs) -> Created:
    """Create a database."""
    cloud.client("glue").create_database(
        DatabaseInput={"Name": inputs["name"], "Description": inputs.get("description", "")}
    )
    return Created(inputs["name"], {})


@creates("aws:glue/securityConfiguration:SecurityConfiguration")
def create_security_configuration(cloud: Cloud, inputs: Inputs) -> Created:
    """Say how jobs encrypt what they write."""
    encryption = inputs["encryptionConfiguration"]
    bookmarks, logs = encryption["jobBookmarksEncryption"], encryption["cloudwatchEncryption"]
    objects = encryption["s3Encryption"]
    cloud.client("glue").create_security_configuration(
        Name=inputs["name"],
        EncryptionConfiguration={
            "S3Encryption": [
                {"S3EncryptionMode": objects["s3EncryptionMode"], "KmsKeyArn": objects["kmsKeyArn"]}
            ],
            "CloudWatchEncryption": {
                "CloudWatchEncryptionMode": logs["cloudwatchEncryptionMode"],
                "KmsKeyArn": logs["kmsKeyArn"],
            },
            "JobBookmarksEncryption": {
                "JobBookmarksEncryptionMode": bookmarks["jobBookmarksEncryptionMode"],
                "KmsKeyArn": bookmarks["kmsKeyArn"],
            },
        },
    )
    return Created(inputs["name"], {})


@creates("aws:glue/job:Job")
def create_job(cloud: Cloud, inputs: Inputs) -> Created:
    """Create a job."""
    command = inputs["command"]
    cloud.client("glue").create_job(
        Name=inputs["name"],
        Description=inputs["description"],
        Role=inputs["roleArn"],
        GlueVersion=inputs["glueVersion"],
        WorkerType=inputs["workerType"],
        NumberOfWorkers=whole(inputs, "numberOfWorkers", 2),
        ExecutionClass=inputs["executionClass"],
        ExecutionProperty={
            "MaxConcurrentRuns": whole(inputs["executionProperty"], "maxConcurrentRuns", 1),
        },
        MaxRetries=whole(inputs, "maxRetries", 0),
        Timeout=whole(inputs, "timeout", 2880),
        SecurityConfiguration=inputs["securityConfiguration"],
        Command={
            "Name": command["name"],
            "PythonVersion": command["pythonVersion"],
            "ScriptLocation": command["scriptLocation"],
        },
        DefaultArguments=dict(inputs["defaultArguments"]),
    )
    return Created(inputs["name"], {})


@creates("aws:glue/trigger:Trigger")
def create_trigger(cloud: Cloud, inputs: Inputs) -> Created:
    """Create a trigger."""
    request: dict[str, Any] = {
        "Name": inputs["name"],
        "Type": inputs["type"],
        "Description": inputs["description"],
        "Actions": [{"JobName": action["jobName"]} for action in inputs["actions"]],
    }
    if "predicate" in inputs:
        conditions = [
            {"LogicalOperator": "EQUALS", "JobName": condition["jobName"], "State": condition["state"]}
            for condition in inputs["predicate"]["conditions"]
        ]
        request |= {"Predicate": {"Conditions": conditions}, "StartOnCreation": True}
    cloud.client("glue").create_trigger(**request)
    return Created(inputs["name"], {})
