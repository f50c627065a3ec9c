"""Two regions of AWS whose calls are watched, for the failover commands."""

from typing import Any

from headwater.environment import Environment
from tests.aws_calls import AwsCalls, WatchedRegion
from tests.elasticache import host

HOME, AWAY = "us-east-1", "us-west-2"


def region(name: str, calls: AwsCalls, **more: Any) -> WatchedRegion:
    """A region with a cache in a Global Datastore, unless told otherwise."""
    outputs: dict[str, Any] = {
        "environment": "prod",
        "region": name,
        "event_stream_name": f"headwater-prod-{name}-events",
        "archive_stream_name": f"headwater-prod-{name}-archive",
        "bucket_name": f"headwater-prod-{name}-offline",
        "glue_database": "headwater_prod",
        "online_table_name": f"headwater-prod-{HOME}-online",
        "redis_url": f"rediss://w@{host(name)}:6379?mode=cluster&iam=headwater-prod-{name}-cache&region={name}",
        "cache_group_name": f"headwater-prod-{name}-cache",
        "stream_function_name": f"headwater-prod-{name}-stream",
        "lookup_function_name": f"headwater-prod-{name}-lookup",
        "lookup_url": "https://lookup.invalid/",
        "dead_letter_queue_url": f"https://sqs.{name}.amazonaws.com/123456789012/headwater-prod-{name}-dead-letters",
        "key_arn": f"arn:aws:kms:{name}:123456789012:key/mrk-1",
    }
    made = WatchedRegion(Environment(**(outputs | more)))
    made.calls = calls
    return made


def pair(calls: AwsCalls, **more: Any) -> tuple[WatchedRegion, WatchedRegion]:
    """Home, and the region that goes on."""
    return region(HOME, calls, **more), region(AWAY, calls, **more)
