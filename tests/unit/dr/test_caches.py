"""A region without a cache has nothing to promote, and nothing that follows."""

from dr import caches
from dr.regions import Region
from headwater.environment import Environment


def _region(redis_url: str = "") -> Region:
    return Region(
        Environment(
            environment="prod", region="us-west-2", event_stream_name="events", archive_stream_name="archive",
            bucket_name="bucket", glue_database="database", online_table_name="online",
            stream_function_name="stream", lookup_function_name="lookup", lookup_url="https://lookup",
            dead_letter_queue_url="https://letters", redis_url=redis_url,
        )
    )  # fmt: skip


def test_there_is_nothing_to_promote() -> None:
    assert caches.promote(_region()) is False


def test_nothing_is_behind() -> None:
    assert caches.is_in_step(_region())


def test_a_cache_does_not_follow_one_that_is_not_there() -> None:
    # An address where nobody listens: it would raise if it were asked.
    caches.follow(_region("redis://127.0.0.1:9"), _region())
