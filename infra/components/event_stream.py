"""The stream that producers put events on."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

_SHARD_METRICS = (
    "IncomingBytes",
    "IncomingRecords",
    "IteratorAgeMilliseconds",
    "WriteProvisionedThroughputExceeded",
)


@dataclass(frozen=True, kw_only=True)
class EventStreamArgs:
    """Arguments of `EventStream`.

    Attributes:
        stream_name: Name of the Kinesis stream.
        shards: Provisioned shards; 0 leaves the number to AWS (on-demand).
        retention_hours: How long records can be read again, 24 to 8760.
        shard_metrics: Measure each shard, too, which tells a hot one; each metric of each shard is paid for.
        key_arn: Key that records are encrypted with.
        protect: Refuse to delete the stream.
    """

    stream_name: str
    shards: int
    retention_hours: int
    shard_metrics: bool
    key_arn: pulumi.Input[str]
    protect: bool


class EventStream(pulumi.ComponentResource):
    """One encrypted Kinesis stream for the events of every source."""

    stream_name: pulumi.Output[str]
    stream_arn: pulumi.Output[str]

    def __init__(self, name: str, args: EventStreamArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Create the stream."""
        super().__init__("headwater:platform:EventStream", name, None, opts)
        mode = "PROVISIONED" if args.shards else "ON_DEMAND"
        stream = aws.kinesis.Stream(
            f"{name}-stream",
            name=args.stream_name,
            shard_count=args.shards or None,
            stream_mode_details={"stream_mode": mode},
            retention_period=args.retention_hours,
            shard_level_metrics=list(_SHARD_METRICS) if args.shard_metrics else [],
            encryption_type="KMS",
            kms_key_id=args.key_arn,
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect, retain_on_delete=args.protect),
        )
        self.stream_name = stream.name
        self.stream_arn = stream.arn
        self.register_outputs({"stream_name": self.stream_name, "stream_arn": self.stream_arn})
