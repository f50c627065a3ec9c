"""A folder of a bucket that a job writes whole files into."""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from headwater.errors import StoreError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class BucketFolder:
    """A folder of a bucket.

    Args:
        client: Of S3.
        bucket: Name of the bucket.
        prefix: Of the folder, with its last slash.
    """

    def __init__(self, client: "S3Client", bucket: str, prefix: str) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = prefix

    @property
    def uri(self) -> str:
        """Where it is, with its last slash."""
        return f"s3://{self._bucket}/{self._prefix}"

    def read(self, name: str) -> bytes | None:
        """Content of a file; None: there is no such file."""
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=self._prefix + name)
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchKey":
                return None
            raise
        content: bytes = answer["Body"].read()
        return content

    def write(self, name: str, content: bytes) -> None:
        """Write a file whole."""
        self._client.put_object(Bucket=self._bucket, Key=self._prefix + name, Body=content)

    def clear(self) -> None:
        """Remove every file.

        Raises:
            StoreError: One could not be removed.
        """
        pages = self._client.get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=self._bucket, Prefix=self._prefix):
            found = [item["Key"] for item in page.get("Contents", [])]
            if not found:
                continue
            answer = self._client.delete_objects(
                Bucket=self._bucket, Delete={"Objects": [{"Key": key} for key in found], "Quiet": True}
            )
            for failed in answer.get("Errors", []):
                raise StoreError(
                    f"s3://{self._bucket}/{failed.get('Key')}: not removed, {failed.get('Message')}; see to it that this "
                    "role may, and run again"
                )
