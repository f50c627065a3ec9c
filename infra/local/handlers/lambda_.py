"""Lambda functions, aliases, warm environments and event source mappings."""

from pathlib import Path
from typing import Any

import pulumi

from headwater.errors import LocalCloudError
from infra.local.handlers.registry import Cloud, Created, Inputs, creates, whole


@creates("aws:lambda/function:Function")
def create_function(cloud: Cloud, inputs: Inputs) -> Created:
    """Create a function from its zip."""
    request: dict[str, Any] = {
        "FunctionName": inputs["name"],
        "Runtime": inputs["runtime"],
        "Role": inputs["role"],
        "Handler": inputs["handler"],
        "Code": {"ZipFile": _zip(inputs)},
        "Timeout": whole(inputs, "timeout", 3),
        "MemorySize": whole(inputs, "memorySize", 128),
        "Architectures": list(inputs["architectures"]),
        "Environment": {"Variables": dict(inputs["environment"]["variables"])},
        "Publish": bool(inputs.get("publish")),
        "LoggingConfig": {
            "LogFormat": inputs["loggingConfig"]["logFormat"],
            "ApplicationLogLevel": inputs["loggingConfig"]["applicationLogLevel"],
            "SystemLogLevel": inputs["loggingConfig"]["systemLogLevel"],
        },
        "TracingConfig": {"Mode": inputs["tracingConfig"]["mode"]},
    }
    client = cloud.client("lambda")
    made = client.create_function(**request)
    if "reservedConcurrentExecutions" in inputs:
        client.put_function_concurrency(
            FunctionName=inputs["name"],
            ReservedConcurrentExecutions=whole(inputs, "reservedConcurrentExecutions", 0),
        )
    return Created(
        inputs["name"],
        {"arn": made["FunctionArn"].removesuffix(f":{made['Version']}"), "version": made["Version"]},
    )


def _zip(inputs: Inputs) -> bytes:
    code = inputs["code"]
    if not isinstance(code, pulumi.FileArchive):
        raise LocalCloudError(
            f"function {inputs['name']!r}: code is a {type(code).__name__}, expected the path of a zip; use FileArchive"
        )
    return Path(code.path).read_bytes()


@creates("aws:lambda/alias:Alias")
def create_alias(cloud: Cloud, inputs: Inputs) -> Created:
    """Point an alias at a version."""
    made = cloud.client("lambda").create_alias(
        FunctionName=inputs["functionName"], Name=inputs["name"], FunctionVersion=inputs["functionVersion"]
    )
    return Created(made["AliasArn"], {"arn": made["AliasArn"]})


@creates("aws:lambda/functionUrl:FunctionUrl")
def create_url(cloud: Cloud, inputs: Inputs) -> Created:
    """Give an alias a URL."""
    made = cloud.client("lambda").create_function_url_config(
        FunctionName=inputs["functionName"],
        Qualifier=inputs["qualifier"],
        AuthType=inputs["authorizationType"],
    )
    return Created(f"{inputs['functionName']}/{inputs['qualifier']}", {"functionUrl": made["FunctionUrl"]})


@creates("aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig")
def keep_warm(cloud: Cloud, inputs: Inputs) -> Created:
    """Keep execution environments warm."""
    cloud.client("lambda").put_provisioned_concurrency_config(
        FunctionName=inputs["functionName"],
        Qualifier=inputs["qualifier"],
        ProvisionedConcurrentExecutions=whole(inputs, "provisionedConcurrentExecutions", 1),
    )
    return Created(f"{inputs['functionName']},{inputs['qualifier']}", {})


@creates("aws:lambda/eventSourceMapping:EventSourceMapping")
def create_mapping(cloud: Cloud, inputs: Inputs) -> Created:
    """Let a function read a stream."""
    made = cloud.client("lambda").create_event_source_mapping(
        EventSourceArn=inputs["eventSourceArn"],
        FunctionName=inputs["functionName"],
        StartingPosition=inputs["startingPosition"],
        BatchSize=whole(inputs, "batchSize", 100),
        MaximumBatchingWindowInSeconds=whole(inputs, "maximumBatchingWindowInSeconds", 0),
        ParallelizationFactor=whole(inputs, "parallelizationFactor", 1),
        BisectBatchOnFunctionError=inputs["bisectBatchOnFunctionError"],
        FunctionResponseTypes=list(inputs["functionResponseTypes"]),
        DestinationConfig={
            "OnFailure": {"Destination": inputs["destinationConfig"]["onFailure"]["destinationArn"]}
        },
    )
    return Created(made["UUID"], {"uuid": made["UUID"]})
