"""Objects of the bucket that tables are made readable in."""

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class Objects(Protocol):
    """Objects by key. Each is written whole or not at all, and never changes afterwards."""

    def sizes(self, prefix: str) -> dict[str, int]:
        """Bytes of each object below a prefix, by key."""

    def read(self, key: str) -> bytes:
        """What an object holds."""

    def write(self, key: str, content: bytes) -> None:
        """Write an object."""


class BucketObjects:
    """Objects of a bucket.

    Args:
        s3: boto3 client.
        bucket: Name of the bucket.
    """

    def __init__(self, s3: "S3Client", bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket

    def sizes(self, prefix: str) -> dict[str, int]:
        """See `Objects.sizes`."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
        return {item["Key"]: item["Size"] for page in pages for item in page.get("Contents", [])}

    def read(self, key: str) -> bytes:
        """See `Objects.read`."""
        return self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read()

    def write(self, key: str, content: bytes) -> None:
        """See `Objects.write`."""
        self._s3.put_object(Bucket=self._bucket, Key=key, Body=content)
