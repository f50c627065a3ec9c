"""What turns the stream into online values: the stream function and its event source mapping."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.components.iam import Grant
from infra.components.python_function import FunctionPlacement, PythonFunction, PythonFunctionArgs

_LETTER_DAYS = 14
_DAY_SECONDS = 24 * 3600


@dataclass(frozen=True, kw_only=True)
class StreamProcessorArgs:
    """Arguments of `StreamProcessor`.

    Attributes:
        function_name: Name of the function.
        dead_letter_name: Name of the queue of records that can never be applied.
        code: The deployable zip.
        environment: Environment variables, all but the queue's.
        memory_mb: Memory of the function.
        log_retention_days: How long logs are kept.
        batch_size: Most records in a batch.
        batch_window_seconds: Longest wait for a batch to fill.
        stream_arn: Stream to read.
        table_arn: Online table to write.
        cache_grants: What it takes to write the cache.
        archive_arn: Delivery stream to archive to.
        key_arn: Key of the data.
        placement: Where the function runs.
    """

    function_name: str
    dead_letter_name: str
    code: pulumi.Archive
    environment: Mapping[str, pulumi.Input[str]]
    memory_mb: int
    log_retention_days: int
    batch_size: int
    batch_window_seconds: int
    stream_arn: pulumi.Input[str]
    table_arn: pulumi.Input[str]
    cache_grants: Sequence[Grant]
    archive_arn: pulumi.Input[str]
    key_arn: pulumi.Input[str]
    placement: FunctionPlacement


class StreamProcessor(pulumi.ComponentResource):
    """Function, dead-letter queue and event source mapping with partial batch responses."""

    function_name: pulumi.Output[str]
    function_arn: pulumi.Output[str]
    mapping_arn: pulumi.Output[str]
    dead_letter_name: pulumi.Output[str]
    dead_letter_url: pulumi.Output[str]

    def __init__(
        self, name: str, args: StreamProcessorArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Create the processor."""
        super().__init__("headwater:platform:StreamProcessor", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        queue = aws.sqs.Queue(
            f"{name}-dead-letters",
            name=args.dead_letter_name,
            message_retention_seconds=_LETTER_DAYS * _DAY_SECONDS,
            kms_master_key_id=args.key_arn,
            opts=child,
        )
        read = ["GetRecords", "GetShardIterator", "DescribeStream", "DescribeStreamSummary", "ListShards"]
        write = ["BatchGetItem", "PartiQLInsert", "PartiQLUpdate", "PutItem"]
        function = PythonFunction(
            f"{name}-stream",
            PythonFunctionArgs(
                function_name=args.function_name,
                handler="lambdas.stream.handler.handle",
                code=args.code,
                memory_mb=args.memory_mb,
                timeout_seconds=60,
                environment={**args.environment, "HEADWATER_DEAD_LETTER_URL": queue.url},
                grants=[
                    ([f"kinesis:{action}" for action in read], [args.stream_arn]),
                    ([f"dynamodb:{action}" for action in write], [args.table_arn]),
                    *args.cache_grants,
                    (["firehose:PutRecordBatch"], [args.archive_arn]),
                    (["sqs:SendMessage"], [queue.arn]),
                ],
                key_arn=args.key_arn,
                log_retention_days=args.log_retention_days,
                publish=False,
                placement=args.placement,
                traced=True,
            ),
            child,
        )
        mapping = aws.lambda_.EventSourceMapping(
            f"{name}-mapping",
            event_source_arn=args.stream_arn,
            function_name=function.function.arn,
            starting_position="TRIM_HORIZON",
            batch_size=args.batch_size,
            maximum_batching_window_in_seconds=args.batch_window_seconds,
            # Pages tell a repeated record by the last position they have of its shard: a shard's batches are
            # applied one after the other. More shards, not more batches of one, make the stream faster.
            parallelization_factor=1,
            bisect_batch_on_function_error=True,
            function_response_types=["ReportBatchItemFailures"],
            # A store that is down must not lose records: they are tried until the stream forgets them.
            maximum_retry_attempts=-1,
            maximum_record_age_in_seconds=-1,
            destination_config={"on_failure": {"destination_arn": queue.arn}},
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[function.policy],
                # The way back from another region makes the mapping anew from behind what was recovered. Another
                # position is another mapping, and one from the stream's beginning would count those events twice.
                ignore_changes=["startingPosition", "startingPositionTimestamp"],
            ),
        )
        self.function_name, self.function_arn = function.function.name, function.function.arn
        self.mapping_arn = mapping.arn
        self.dead_letter_name = queue.name
        self.dead_letter_url = queue.url
        self.register_outputs({"function_name": self.function_name, "dead_letter_url": self.dead_letter_url})
