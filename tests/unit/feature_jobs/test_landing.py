"""Where records land: a bucket and a folder do the same."""

from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from feature_jobs.landing import BucketLanding, FolderLanding, Landing

OBJECTS = {"landing/2024/a=1": b"one\n", "landing/b": b"two\n", "other/c": b"three\n"}


def _bucket(_folder: Path) -> Landing:
    s3 = boto3.client("s3", region_name="us-east-1")
    s3.create_bucket(Bucket="offline")
    for key, content in OBJECTS.items():
        s3.put_object(Bucket="offline", Key=key, Body=content)
    return BucketLanding(s3, "offline", copied=True)


def _folder(folder: Path) -> Landing:
    for key, content in OBJECTS.items():
        (folder / key).parent.mkdir(parents=True, exist_ok=True)
        (folder / key).write_bytes(content)
    return FolderLanding(folder)


@pytest.fixture(params=[_bucket, _folder])
def landing(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Landing]:
    """One after the other, with the same objects."""
    make: Callable[[Path], Landing] = request.param
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        yield make(tmp_path)


def test_keys_are_those_below_a_prefix(landing: Landing) -> None:
    assert landing.keys("landing/") == ["landing/2024/a=1", "landing/b"]
    assert landing.keys("nothing/") == []
    assert landing.contents(["landing/b", "other/c"]) == [b"two\n", b"three\n"]


def test_what_is_removed_is_gone_and_may_be_removed_again(landing: Landing) -> None:
    for _ in range(2):
        landing.remove(["landing/b"])
    assert landing.keys("landing/") == ["landing/2024/a=1"]


def test_objects_are_read_by_their_keys_below_a_base(landing: Landing) -> None:
    keys = landing.keys("landing/")
    with landing.readable(keys) as base:
        assert [Path(base + key).read_bytes() for key in keys] == [OBJECTS[key] for key in keys]
