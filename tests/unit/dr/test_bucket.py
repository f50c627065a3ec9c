"""What an operator reads of a bucket with versions, of which objects are removed meanwhile."""

import time
from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from dr.regions import Bucket


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    with mock_aws():
        s3 = boto3.client("s3", region_name="us-east-1")
        s3.create_bucket(Bucket="offline")
        s3.put_bucket_versioning(Bucket="offline", VersioningConfiguration={"Status": "Enabled"})
        yield Bucket(s3, "offline")


def test_what_was_removed_lately_is_read_and_what_was_removed_long_ago_is_not(bucket: Bucket) -> None:
    bucket.put("landing/kept", b"kept")
    bucket.put("landing/removed", b"removed")
    bucket.put("other/kept", b"other")
    bucket._s3.delete_object(Bucket="offline", Key="landing/removed")
    assert sorted(bucket.versions("landing/", time.time() - 60)) == [b"kept", b"removed"]
    assert list(bucket.versions("landing/", time.time() + 60)) == [b"kept"]


def test_an_object_that_is_there_is_not_created_again(bucket: Bucket) -> None:
    assert bucket.create("round", b"first")
    assert not bucket.create("round", b"second")
    assert bucket.content("round") == b"first"


def test_keys_are_told_in_their_order_and_with_their_bytes(bucket: Bucket) -> None:
    for key in ("b/2", "b/1", "c/1"):
        bucket.put(key, key.encode())
    assert bucket.keys("b/") == ["b/1", "b/2"]
    assert bucket.sizes("b/") == {"b/1": 3, "b/2": 3}
