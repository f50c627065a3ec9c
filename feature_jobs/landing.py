"""Where archived records land until ingestion has moved them: below a prefix of a bucket, or in a folder."""

import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_THREADS = 8
_REMOVED_AT_ONCE = 1000


class Landing(Protocol):
    """Objects by key. What lands while a job runs is the next run's: a job lists once."""

    def keys(self, prefix: str) -> list[str]:
        """Keys of what has landed below a prefix."""

    def contents(self, keys: Sequence[str]) -> list[bytes]:
        """What some objects hold, in the order of the keys."""

    def remove(self, keys: Sequence[str]) -> None:
        """Remove objects; those that are gone already are no error."""

    def readable(self, keys: Sequence[str]) -> AbstractContextManager[str]:
        """Base below which Spark reads the objects by their keys, as long as the context is open."""


class BucketLanding:
    """Objects of a bucket.

    Args:
        s3: boto3 client.
        bucket: Name of the bucket.
        copied: Spark has no file system for the bucket, as on one machine: it reads copies.
    """

    def __init__(self, s3: "S3Client", bucket: str, *, copied: bool = False) -> None:
        self._s3 = s3
        self._bucket = bucket
        self._copied = copied

    def keys(self, prefix: str) -> list[str]:
        """See `Landing.keys`."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
        return [item["Key"] for page in pages for item in page.get("Contents", [])]

    def contents(self, keys: Sequence[str]) -> list[bytes]:
        """See `Landing.contents`."""
        with ThreadPoolExecutor(_THREADS) as threads:
            return list(threads.map(self._content, keys))

    def remove(self, keys: Sequence[str]) -> None:
        """See `Landing.remove`."""
        for start in range(0, len(keys), _REMOVED_AT_ONCE):
            batch = keys[start : start + _REMOVED_AT_ONCE]
            self._s3.delete_objects(
                Bucket=self._bucket, Delete={"Objects": [{"Key": key} for key in batch], "Quiet": True}
            )

    @contextmanager
    def readable(self, keys: Sequence[str]) -> Iterator[str]:
        """See `Landing.readable`."""
        if not self._copied:
            yield f"s3://{self._bucket}/"
            return
        with tempfile.TemporaryDirectory(prefix="headwater-landed-") as folder:
            for key, content in zip(keys, self.contents(keys), strict=True):
                file = Path(folder) / key
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)
            yield f"{folder}/"

    def _content(self, key: str) -> bytes:
        return self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read()


class FolderLanding:
    """Files of a folder, for one machine and no cloud."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keys(self, prefix: str) -> list[str]:
        """See `Landing.keys`."""
        files = sorted(path for path in (self._folder / prefix).rglob("*") if path.is_file())
        return [str(file.relative_to(self._folder)) for file in files]

    def contents(self, keys: Sequence[str]) -> list[bytes]:
        """See `Landing.contents`."""
        return [(self._folder / key).read_bytes() for key in keys]

    def remove(self, keys: Sequence[str]) -> None:
        """See `Landing.remove`."""
        for key in keys:
            (self._folder / key).unlink(missing_ok=True)

    @contextmanager
    def readable(self, keys: Sequence[str]) -> Iterator[str]:  # noqa: ARG002 (they are where they are)
        """See `Landing.readable`."""
        yield f"{self._folder}/"
