"""A URL says whether a store is a cluster and who answers lookups; a wrong one is refused without its password."""

import pytest

from headwater.errors import SettingsError
from headwater.online.redis_address import IamLogin, RedisAddress, parse


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://h:6379", RedisAddress("redis://h:6379", False, False, "")),
        ("rediss://u:p@h:6379?mode=cluster", RedisAddress("rediss://u:p@h:6379", True, False, "")),
        ("redis://h?mode=cluster-replicas", RedisAddress("redis://h", True, True, "")),
        (
            "rediss://u:p@h:6379?reader=ro:6380",
            RedisAddress("rediss://u:p@h:6379", False, False, "rediss://u:p@ro:6380"),
        ),
        (
            "rediss://u@h:6379?mode=cluster&iam=c&region=us-east-1",
            RedisAddress("rediss://h:6379", True, False, "", IamLogin("u", "c", "us-east-1", False)),
        ),
        (
            "rediss://u@h:6379?reader=ro:6380&iam=c&region=us-east-1&serverless=yes",
            RedisAddress(
                "rediss://h:6379", False, False, "rediss://ro:6380", IamLogin("u", "c", "us-east-1", True)
            ),
        ),
    ],
)
def test_what_a_url_says(url: str, expected: RedisAddress) -> None:
    assert parse(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "http://u:secret@h:6379",
        "redis://",
        "h:6379",
        "redis://u:secret@h?mode=sentinel",
        "redis://u:secret@h?mode=cluster&reader=ro:6379",
        "redis://u:secret@h?socket_timeout=5",
        "redis://u@h?iam=c&region=us-east-1",
        "rediss://u:secret@h?iam=c&region=us-east-1",
        "rediss://u@h?iam=c",
        "rediss://u@h?region=us-east-1",
    ],
)
def test_a_url_that_is_none_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(SettingsError, match="expected redis") as refused:
        parse(url)
    assert "secret" not in str(refused.value)
