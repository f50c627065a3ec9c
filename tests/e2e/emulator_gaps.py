"""What MiniStack forgets of what it was told, so that an update by the real provider tells it again.

None of it is on AWS. The program itself asks for the same each time: see ``tests/infra/test_changes.py``.
"""

_FOLLOWS = "holds the address of the cache, which is made anew"

FORGOTTEN: dict[str, str] = {
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": "forgets the description, and cannot change it",
    "aws:cloudwatch/metricAlarm:MetricAlarm": "answers the provider without dimensions, period and statistic",
    "aws:elasticache/replicationGroup:ReplicationGroup": "forgets the key, without which the group is made anew",
    "aws:glue/job:Job": "forgets the execution class and the tags",
    "aws:glue/trigger:Trigger": "forgets that it is enabled",
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": "forgets parts of the configuration",
    "aws:kinesis/stream:Stream": "forgets the tags",
    "aws:lambda/alias:Alias": "follows the function",
    "aws:lambda/function:Function": _FOLLOWS,
    "aws:s3/bucketObjectv2:BucketObjectv2": "forgets the bucket key",
    "aws:sfn/stateMachine:StateMachine": "forgets that executions are traced",
    "aws:ssm/parameter:Parameter": _FOLLOWS,
}
"""By Pulumi's type."""
