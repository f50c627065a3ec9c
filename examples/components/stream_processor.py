"""The stream function, writing the table only."""

import pulumi

from infra.components.python_function import FunctionPlacement
from infra.components.stream_processor import StreamProcessor, StreamProcessorArgs


def declare() -> None:
    """Declare it."""
    StreamProcessor(
        "stream",
        StreamProcessorArgs(
            function_name="headwater-lab-stream",
            dead_letter_name="headwater-lab-dead-letters",
            code=pulumi.FileArchive("dist/aws/stream.zip"),  # `headwater bundle` builds it
            environment={
                "HEADWATER_ENVIRONMENT": "lab",
                "HEADWATER_STORES": "dynamodb",
                "HEADWATER_ONLINE_TABLE": "headwater-lab-online",
                "HEADWATER_ARCHIVE_STREAM": "headwater-lab-archive",
                "HEADWATER_ARRIVAL_FROM": "stream",
            },
            memory_mb=1769,
            log_retention_days=30,
            batch_size=1000,
            batch_window_seconds=1,
            stream_arn="arn:aws:kinesis:eu-west-1:123456789012:stream/headwater-lab-events",
            table_arn="arn:aws:dynamodb:eu-west-1:123456789012:table/headwater-lab-online",
            cache_grants=[],
            archive_arn="arn:aws:firehose:eu-west-1:123456789012:deliverystream/headwater-lab-archive",
            key_arn="arn:aws:kms:eu-west-1:123456789012:key/lab",
            placement=FunctionPlacement(
                runtime="python3.13", architecture="arm64", subnet_ids=[], security_group_ids=[]
            ),
        ),
    )
