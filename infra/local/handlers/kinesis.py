"""Kinesis streams and Firehose delivery streams."""

from typing import Any

from infra.local.handlers.registry import Cloud, Created, Inputs, creates, whole


@creates("aws:kinesis/stream:Stream")
def create_stream(cloud: Cloud, inputs: Inputs) -> Created:
    """Create a stream and wait until it takes records."""
    kinesis = cloud.client("kinesis")
    name = inputs["name"]
    mode = inputs["streamModeDetails"]["streamMode"]
    request: dict[str, Any] = {"StreamName": name, "StreamModeDetails": {"StreamMode": mode}}
    if mode == "PROVISIONED":
        request["ShardCount"] = whole(inputs, "shardCount", 1)
    kinesis.create_stream(**request)
    kinesis.get_waiter("stream_exists").wait(StreamName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    kinesis.start_stream_encryption(StreamName=name, EncryptionType="KMS", KeyId=inputs["kmsKeyId"])
    hours = whole(inputs, "retentionPeriod", 24)
    described = kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]
    if hours > described["RetentionPeriodHours"]:
        kinesis.increase_stream_retention_period(StreamName=name, RetentionPeriodHours=hours)
    if inputs.get("shardLevelMetrics"):
        kinesis.enable_enhanced_monitoring(
            StreamName=name, ShardLevelMetrics=list(inputs["shardLevelMetrics"])
        )
    return Created(described["StreamARN"], {"arn": described["StreamARN"]})


@creates("aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream")
def create_delivery_stream(cloud: Cloud, inputs: Inputs) -> Created:
    """Create a delivery stream into a bucket."""
    into = inputs["extendedS3Configuration"]
    encryption = inputs["serverSideEncryption"]
    arn = cloud.client("firehose").create_delivery_stream(
        DeliveryStreamName=inputs["name"],
        DeliveryStreamType="DirectPut",
        DeliveryStreamEncryptionConfigurationInput={
            "KeyType": encryption["keyType"],
            "KeyARN": encryption["keyArn"],
        },
        ExtendedS3DestinationConfiguration={
            "RoleARN": into["roleArn"],
            "BucketARN": into["bucketArn"],
            "Prefix": into["prefix"],
            "ErrorOutputPrefix": into["errorOutputPrefix"],
            "CompressionFormat": into["compressionFormat"],
            "BufferingHints": {
                "IntervalInSeconds": whole(into, "bufferingInterval", 300),
                "SizeInMBs": whole(into, "bufferingSize", 5),
            },
        },
    )["DeliveryStreamARN"]
    return Created(arn, {"arn": arn})
