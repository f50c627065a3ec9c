"""What the functions read of their environment where a region has no cache."""

import pytest

from headwater.environment import Environment
from headwater.errors import SettingsError
from headwater.settings import Variables
from lambdas.lookup.settings import LookupSettings
from lambdas.stream.settings import StreamSettings

_LOOKUP = {
    "HEADWATER_ENVIRONMENT": "prod",
    "HEADWATER_STORES": "dynamodb",
    "HEADWATER_ONLINE_TABLE": "online",
    "HEADWATER_CONSISTENT": "no",
    "HEADWATER_CACHE_ENTRIES": "0",
    "HEADWATER_CACHE_TTL_MS": "0",
    "HEADWATER_SERVED_STREAM": "served",
    "HEADWATER_SERVED_SAMPLE": "0.01",
}
_STREAM = {
    "HEADWATER_ENVIRONMENT": "prod",
    "HEADWATER_STORES": "dynamodb",
    "HEADWATER_ONLINE_TABLE": "online",
    "HEADWATER_ARCHIVE_STREAM": "archive",
    "HEADWATER_DEAD_LETTER_URL": "https://letters",
    "HEADWATER_ARRIVAL_FROM": "stream",
}


def test_lookups_without_a_cache_need_no_address_of_one() -> None:
    assert LookupSettings.read(Variables(_LOOKUP)).redis_url == ""


def test_the_stream_without_a_cache_needs_no_address_of_one() -> None:
    assert StreamSettings.read(Variables(_STREAM)).redis_url == ""


def test_the_address_of_a_cache_that_is_named_is_missed() -> None:
    with pytest.raises(SettingsError, match="HEADWATER_REDIS_URL: not set or empty"):
        LookupSettings.read(Variables(_LOOKUP | {"HEADWATER_STORES": "redis,dynamodb"}))
    with pytest.raises(SettingsError, match="HEADWATER_REDIS_URL: not set or empty"):
        StreamSettings.read(Variables(_STREAM | {"HEADWATER_STORES": "redis,dynamodb"}))


@pytest.mark.parametrize(
    ("redis_url", "stores"), [("", ("dynamodb",)), ("redis://cache", ("redis", "dynamodb"))]
)
def test_an_environment_has_the_stores_that_its_stack_put_out(
    redis_url: str, stores: tuple[str, ...]
) -> None:
    outputs = Environment(
        environment="prod", region="us-west-2", event_stream_name="events", archive_stream_name="archive",
        bucket_name="bucket", glue_database="database", online_table_name="online", redis_url=redis_url,
        stream_function_name="stream", lookup_function_name="lookup", lookup_url="https://lookup",
        dead_letter_queue_url="https://letters",
    )  # fmt: skip
    assert outputs.stores == stores
