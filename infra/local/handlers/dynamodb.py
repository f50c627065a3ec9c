"""DynamoDB tables."""

from typing import Any

from infra.local.handlers.registry import Cloud, Created, Inputs, creates, whole


@creates("aws:dynamodb/table:Table")
def create_table(cloud: Cloud, inputs: Inputs) -> Created:
    """Create a table with its expiry, recovery and encryption."""
    dynamodb = cloud.client("dynamodb")
    name = inputs["name"]
    made = dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": inputs["hashKey"], "KeyType": "HASH"}],
        AttributeDefinitions=[
            {"AttributeName": attribute["name"], "AttributeType": attribute["type"]}
            for attribute in inputs["attributes"]
        ],
        BillingMode=inputs["billingMode"],
        DeletionProtectionEnabled=inputs.get("deletionProtectionEnabled", False),
        SSESpecification={
            "Enabled": True,
            "SSEType": "KMS",
            "KMSMasterKeyId": inputs["serverSideEncryption"]["kmsKeyArn"],
        },
        **_throughput(inputs),
    )["TableDescription"]
    dynamodb.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    dynamodb.update_time_to_live(
        TableName=name,
        TimeToLiveSpecification={
            "AttributeName": inputs["ttl"]["attributeName"],
            "Enabled": inputs["ttl"]["enabled"],
        },
    )
    dynamodb.update_continuous_backups(
        TableName=name,
        PointInTimeRecoverySpecification={
            "PointInTimeRecoveryEnabled": inputs["pointInTimeRecovery"]["enabled"]
        },
    )
    return Created(name, {"arn": made["TableArn"]})


def _throughput(inputs: Inputs) -> dict[str, Any]:
    """What is provisioned, warm and streamed, if anything is."""
    found: dict[str, Any] = {}
    if inputs["billingMode"] == "PROVISIONED":
        found["ProvisionedThroughput"] = {
            "ReadCapacityUnits": whole(inputs, "readCapacity", 1),
            "WriteCapacityUnits": whole(inputs, "writeCapacity", 1),
        }
    if warm := inputs.get("warmThroughput"):
        found["WarmThroughput"] = {
            "ReadUnitsPerSecond": whole(warm, "readUnitsPerSecond", 12_000),
            "WriteUnitsPerSecond": whole(warm, "writeUnitsPerSecond", 4_000),
        }
    if inputs.get("streamEnabled"):
        found["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": inputs["streamViewType"]}
    return found
