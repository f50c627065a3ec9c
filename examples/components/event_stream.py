"""A stream of two shards."""

from infra.components.event_stream import EventStream, EventStreamArgs


def declare() -> None:
    """Declare it."""
    EventStream(
        "events",
        EventStreamArgs(
            stream_name="headwater-lab-events",
            shards=2,
            retention_hours=48,
            shard_metrics=True,
            key_arn="arn:aws:kms:eu-west-1:123456789012:key/lab",
            protect=False,
        ),
    )
