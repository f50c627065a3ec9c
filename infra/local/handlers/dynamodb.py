"""DynamoDB tables."""

from infra.local.handlers.registry import Cloud, Created, Inputs, creates


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
