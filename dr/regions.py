"""The regions of an environment, as an operator reaches them: stack outputs in a file each."""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec
from botocore.config import Config
from msgspec import structs

from headwater import environment as environments
from headwater import names
from headwater.environment import Environment
from headwater.errors import SettingsError
from headwater.online.dynamodb import DynamoDBStore
from headwater.online.redis import RedisStore
from headwater.online.stores import OnlineStore
from headwater.stream.region_stream import KinesisRegion

PAIR = Path(".headwater") / "pair" / "outputs"
_LOCAL = "local"
_CONNECT_S = 1.0
_ANSWER_S = 2.0
_STEADY_ANSWER_S = 20.0
_OBJECT_S = 10.0


class _Local(msgspec.Struct):
    dynamodb_url: str | None = None
    restart_file: str | None = None


class Region:
    """One region. Clients ask once and do not wait long: a lost region answers nothing.

    Args:
        outputs: Of its stack.
        dynamodb_url: Where DynamoDB is, if it is not where all else is.
        restart_file: File that tells what stands in for the event source mapping to go on from the stream's end; None:
            nothing stands in for it.
    """

    def __init__(
        self, outputs: Environment, dynamodb_url: str | None = None, restart_file: Path | None = None
    ) -> None:
        self.outputs = outputs
        self.name = outputs.region
        self.restart_file = restart_file
        self._dynamodb = structs.replace(outputs, endpoint_url=dynamodb_url or outputs.endpoint_url)

    @property
    def is_local(self) -> bool:
        """Whether an emulator is the region."""
        return self.outputs.endpoint_url is not None

    def client(self, service: str) -> Any:
        """A boto3 client."""
        config = Config(connect_timeout=_CONNECT_S, read_timeout=_ANSWER_S, retries={"total_max_attempts": 1})
        return self._client(service, config)

    def steady_client(self, service: str) -> Any:
        """A boto3 client that asks again when it is throttled: for control planes, which nobody waits for in a hurry."""
        config = Config(
            connect_timeout=_CONNECT_S,
            read_timeout=_STEADY_ANSWER_S,
            retries={"mode": "standard", "total_max_attempts": 5},
        )
        return self._client(service, config)

    def _client(self, service: str, config: Config) -> Any:
        asked = self._dynamodb if service == "dynamodb" else self.outputs
        return asked.client(service, config=config)

    @cached_property
    def table(self) -> DynamoDBStore:
        """The online store in DynamoDB."""
        return DynamoDBStore(self.client("dynamodb"), self.outputs.online_table_name, consistent=True)

    @cached_property
    def cache(self) -> RedisStore:
        """The online store in Redis."""
        return RedisStore.from_url(self.outputs.redis_url, timeout_s=_CONNECT_S)

    @property
    def has_cache(self) -> bool:
        """Whether there is one: without, lookups and the stream function have the table alone."""
        return bool(self.outputs.redis_url)

    @property
    def stores(self) -> list[OnlineStore]:
        """Those that there are, in the order of lookups."""
        return [self.cache, self.table] if self.has_cache else [self.table]

    def lookups(self, answer_s: float) -> list[OnlineStore]:
        """The stores as lookups use them that can go to another region: no answer is waited for longer.

        Args:
            answer_s: For a connection, and for an answer.
        """
        config = Config(connect_timeout=answer_s, read_timeout=answer_s, retries={"total_max_attempts": 1})
        table = DynamoDBStore(
            self._dynamodb.client("dynamodb", config=config), self.outputs.online_table_name
        )
        cache = [RedisStore.from_url(self.outputs.redis_url, timeout_s=answer_s)] if self.has_cache else []
        return [*cache, table]

    @cached_property
    def stream(self) -> KinesisRegion:
        """The event stream."""
        return KinesisRegion(self.client("kinesis"), self.outputs.event_stream_name)

    @cached_property
    def bucket(self) -> "Bucket":
        """The offline bucket. It is waited for longer: only that of a region that works is read, a thousand objects long."""
        config = Config(connect_timeout=_CONNECT_S, read_timeout=_OBJECT_S, retries={"total_max_attempts": 3})
        return Bucket(self._client("s3", config), self.outputs.bucket_name)

    def owns(self, shard: str) -> bool:
        """Whether a shard is one of this region's stream."""
        return shard == names.stream_shard(self.name, names.shard_id(shard))


class Bucket:
    """Objects of a bucket; see `recovery.Objects`."""

    def __init__(self, s3: Any, name: str) -> None:
        self._s3 = s3
        self._name = name

    def keys(self, prefix: str) -> list[str]:
        """Keys below a prefix, sorted."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._name, Prefix=prefix)
        return sorted(item["Key"] for page in pages for item in page.get("Contents", []))

    def sizes(self, prefix: str) -> dict[str, int]:
        """Bytes of each object below a prefix, by key."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._name, Prefix=prefix)
        return {item["Key"]: item["Size"] for page in pages for item in page.get("Contents", [])}

    def content(self, key: str) -> bytes:
        """What an object holds."""
        content: bytes = self._s3.get_object(Bucket=self._name, Key=key)["Body"].read()
        return content

    def versions(self, prefix: str, since_s: float) -> Iterator[bytes]:
        """What objects hold, and what those held that were removed meanwhile.

        Args:
            prefix: What their keys start with.
            since_s: Of objects that were removed, those that came later, in seconds since the epoch.
        """
        pages = self._s3.get_paginator("list_object_versions").paginate(Bucket=self._name, Prefix=prefix)
        for found in (version for page in pages for version in page.get("Versions", [])):
            if found["IsLatest"] or found["LastModified"].timestamp() >= since_s:
                answer = self._s3.get_object(
                    Bucket=self._name, Key=found["Key"], VersionId=found["VersionId"]
                )
                yield answer["Body"].read()

    def create(self, key: str, content: bytes) -> bool:
        """Write an object; False if there is one of that key."""
        try:
            self._s3.put_object(Bucket=self._name, Key=key, Body=content, IfNoneMatch="*")
        except self._s3.exceptions.ClientError as error:
            if error.response["Error"]["Code"] != "PreconditionFailed":
                raise
            return False
        return True

    def put(self, key: str, content: bytes) -> None:
        """Write an object, over one that is there."""
        self._s3.put_object(Bucket=self._name, Key=key, Body=content)


def read(file: Path) -> Region:
    """Read a region's outputs.

    Raises:
        SettingsError: They are not there, or not those of this release.
    """
    try:
        content = file.read_bytes()
        local = msgspec.json.decode(content, type=_Local)
        return Region(
            msgspec.json.decode(content, type=Environment),
            local.dynamodb_url,
            Path(local.restart_file) if local.restart_file else None,
        )
    except FileNotFoundError:
        raise SettingsError(
            f"region's outputs {file}: no such file; save what `pulumi stack output --json` prints there"
        ) from None
    except msgspec.MsgspecError as error:
        raise SettingsError(
            f"region's outputs {file}: {error}; bring the region up with this release"
        ) from error


def load(root: Path, environment: str, folder: Path | None = None) -> dict[str, Region]:
    """Read the outputs of all regions of an environment, by region.

    Args:
        root: The checkout.
        environment: Name of the environment.
        folder: Where they are, a file a region; None: ``.headwater/outputs/<environment>/``, or of the local
            environment where the drill has them.

    Raises:
        SettingsError: There are fewer than two, or they are another environment's.
    """
    if folder is None:
        folder = root / (PAIR if environment == _LOCAL else environments.FOLDER / environment)
    found = [read(file) for file in sorted(folder.glob("*.json"))]
    if len(found) < 2:  # noqa: PLR2004 (one to fail, one to go to)
        how = (
            "two local regions are there while `make drill` runs"
            if environment == _LOCAL
            else "save there what each region's stack puts out, with `pulumi stack output --json | python -m dr outputs`"
        )
        raise SettingsError(
            f"regions of {environment!r} in {folder}: found {len(found)}, expected the outputs of at least two; {how}"
        )
    others = {region.outputs.environment for region in found} - {environment}
    if others:
        raise SettingsError(
            f"regions in {folder}: found outputs of {', '.join(sorted(others))}, expected those of {environment!r}; name "
            "the folder that has them"
        )
    return {region.name: region for region in found}
