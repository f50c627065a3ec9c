"""The lookup function with an HTTP API, reading the table only."""

import pulumi

from infra.components.feature_lookup import FeatureLookup, FeatureLookupArgs, LookupThrottle
from infra.components.python_function import FunctionPlacement


def declare() -> None:
    """Declare it."""
    FeatureLookup(
        "lookup",
        FeatureLookupArgs(
            function_name="headwater-lab-lookup",
            code=pulumi.FileArchive("dist/aws/lookup.zip"),  # `headwater bundle` builds it
            environment={
                "HEADWATER_ENVIRONMENT": "lab",
                "HEADWATER_STORES": "dynamodb",
                "HEADWATER_ONLINE_TABLE": "headwater-lab-online",
                "HEADWATER_SERVED_STREAM": "headwater-lab-served",
                "HEADWATER_SERVED_SAMPLE": "0.01",
            },
            memory_mb=1769,
            log_retention_days=30,
            warm_minimum=2,
            warm_maximum=20,
            reserved=None,
            snap_start=False,
            api=LookupThrottle(per_second=500, burst=200),
            table_arn="arn:aws:dynamodb:eu-west-1:123456789012:table/headwater-lab-online",
            cache_grants=[],
            served_arn="arn:aws:firehose:eu-west-1:123456789012:deliverystream/headwater-lab-served",
            key_arn="arn:aws:kms:eu-west-1:123456789012:key/lab",
            placement=FunctionPlacement(
                runtime="python3.13", architecture="arm64", subnet_ids=[], security_group_ids=[]
            ),
        ),
    )
