"""Typed configuration of an environment, read once and checked before anything is created."""

import re
from ipaddress import ip_network
from typing import Annotated, Any, Literal, get_args

import msgspec
import pulumi
from msgspec.structs import fields

from headwater.errors import SettingsError

PROJECT = "headwater"

_Seconds = Annotated[int, msgspec.Meta(ge=0, le=300)]
_Memory = Annotated[int, msgspec.Meta(ge=128, le=10_240)]
_TABLE = r"\w+=(\w+\.\w+\.\w+|s3://[a-z0-9.-]+/[^,=]+/)"
_TABLES = rf"^({_TABLE}(,{_TABLE})*)?$"
_PRINCIPAL = r"arn:aws:iam::\d{12}:(root|(role|user)/[\w+=,.@/-]*[\w+=.@-])"
_PERSONA = "(producer|engineer|scientist|serving|auditor)"
_TRUST = rf"^({_PERSONA}={_PRINCIPAL}( {_PERSONA}={_PRINCIPAL})*)?$"
_PRINCIPALS = rf"^({_PRINCIPAL}( {_PRINCIPAL})*)?$"
_NAMES = r"^([a-z][a-z0-9_]*( [a-z][a-z0-9_]*)*)?$"
_Days = Literal[1, 3, 5, 7, 14, 30, 60, 90, 120, 180, 365, 400, 545, 731]


class EnvironmentConfig(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What one ``Pulumi.<environment>.yaml`` says. Every key is required, so none can be misspelt.

    Attributes:
        environment: Name of the environment, 2 to 9 characters: part of every resource's name.
        region: AWS region.
        owner: Team that owns the environment; a tag on everything.
        protect: Refuse to delete what holds data, and keep it when the stack goes.
        network: ``vpc``: private network with endpoints; ``none``: functions outside any network of ours.
        network_cidr: Addresses of the network.
        lambda_target: What the functions' zips are built for.
        arrival_from: Whose word the stream takes for an event's arrival; ``record`` only for replays.
        log_retention_days: How long functions' logs are kept.
        event_shards: Provisioned shards of the event stream; 0: on-demand.
        event_retention_hours: How long the event stream can be read again.
        archive_buffer_seconds: How long the archive gathers records.
        stream_memory_mb: Memory of the stream function.
        stream_batch_size: Most records in a batch.
        stream_batch_window_seconds: Longest wait for a batch to fill.
        lookup_memory_mb: Memory of the lookup function.
        lookup_warm_minimum: Execution environments kept warm; 0: none.
        lookup_warm_maximum: Most that scaling keeps warm.
        lookup_consistent: Read DynamoDB strongly consistently, at twice the read units, where the cache has failed.
        lookup_cache_entries: Values that a warm lookup function keeps in its own memory; 0: none, so that no lookup
            lags the stream.
        lookup_cache_ttl_ms: How old such a value may become.
        served_sample: Part of the lookups whose answers are logged, 0 to 1.
        lookup_p99_ms: Lookup latency above which an alarm rises.
        lookup_availability: Part of the lookups that is to be answered: below 1, or nothing may ever fail.
        cache_node_type: ElastiCache node type.
        cache_shards: Shards of the cache; 0: no cluster, one primary.
        cache_replicas: Replicas of each primary of the cache.
        cache_read_replicas: Lookups ask replicas of the cache, which lag their primary a little.
        cache_tls: Encrypt connections to the cache.
        lag_ms: Age of the oldest unread event above which an alarm rises.
        job_workers: Most workers of a Glue job's run; 2 are the driver and one that works.
        job_schedules: Start the state machines by the clock: materialize hourly, compact daily.
        job_tables: Tables of the lake that fill sources, as ``source=table,source=table``; empty: none. A table
            is ``catalog.database.table``, or a folder of Parquet files such as ``s3://lake/plans/``.
        trust: Who may take the roles of people, as ``persona=ARN`` apart by spaces: producer, engineer, scientist,
            serving or auditor, and a role, a user or a whole account (``…:root``). A persona without any has no role.
        lake_admins: ARNs of Lake Formation's administrators, apart by spaces; they replace those there are. Empty:
            Lake Formation is left alone.
        lake_sources: Sources, apart by spaces, whose tables Lake Formation grants to people. A table has to be there
            already: add a source after its first ingestion.
        sagemaker_views: Views, apart by spaces, that SageMaker has as feature groups; empty: none.
        snapshot_keep_days: How long upkeep leaves old snapshots of the event logs, to read the past by.
    """

    environment: Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9]{1,8}$")]
    region: Annotated[str, msgspec.Meta(pattern="^[a-z]{2}(-[a-z]+)+-[0-9]$")]
    owner: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    protect: bool
    network: Literal["vpc", "none"]
    network_cidr: Annotated[str, msgspec.Meta(pattern=r"^(\d{1,3}\.){3}\d{1,3}/(1[6-9]|2[0-4])$")]
    lambda_target: Literal["aws", "local"]
    arrival_from: Literal["stream", "record"]
    log_retention_days: _Days
    event_shards: Annotated[int, msgspec.Meta(ge=0, le=500)]
    event_retention_hours: Annotated[int, msgspec.Meta(ge=24, le=8760)]
    archive_buffer_seconds: Annotated[int, msgspec.Meta(ge=0, le=900)]
    stream_memory_mb: _Memory
    stream_batch_size: Annotated[int, msgspec.Meta(ge=1, le=10_000)]
    stream_batch_window_seconds: _Seconds
    lookup_memory_mb: _Memory
    lookup_warm_minimum: Annotated[int, msgspec.Meta(ge=0, le=1000)]
    lookup_warm_maximum: Annotated[int, msgspec.Meta(ge=0, le=1000)]
    lookup_consistent: bool
    lookup_cache_entries: Annotated[int, msgspec.Meta(ge=0, le=10_000_000)]
    lookup_cache_ttl_ms: Annotated[int, msgspec.Meta(ge=0, le=3_600_000)]
    served_sample: Annotated[float, msgspec.Meta(ge=0, le=1)]
    lookup_p99_ms: Annotated[int, msgspec.Meta(ge=1, le=5000)]
    lookup_availability: Annotated[float, msgspec.Meta(ge=0.9, lt=1)]
    cache_node_type: Annotated[str, msgspec.Meta(pattern=r"^cache\.[a-z0-9]+\.[a-z0-9]+$")]
    cache_shards: Annotated[int, msgspec.Meta(ge=0, le=500)]
    cache_replicas: Annotated[int, msgspec.Meta(ge=0, le=5)]
    cache_read_replicas: bool
    cache_tls: bool
    lag_ms: Annotated[int, msgspec.Meta(ge=1)]
    job_workers: Annotated[int, msgspec.Meta(ge=2, le=299)]
    job_schedules: bool
    job_tables: Annotated[str, msgspec.Meta(pattern=_TABLES)]
    trust: Annotated[str, msgspec.Meta(pattern=_TRUST)]
    lake_admins: Annotated[str, msgspec.Meta(pattern=_PRINCIPALS)]
    lake_sources: Annotated[str, msgspec.Meta(pattern=_NAMES)]
    sagemaker_views: Annotated[str, msgspec.Meta(pattern=_NAMES)]
    snapshot_keep_days: Annotated[int, msgspec.Meta(ge=1, le=365)]

    def __post_init__(self) -> None:
        """Check what a pattern or one value alone cannot tell.

        Raises:
            ValueError: The network is not one, the warm range is upside down, or replicas are to be read that
                are not there.
        """
        try:
            ip_network(self.network_cidr)
        except ValueError as error:
            raise ValueError(f"{PROJECT}:networkCidr: {error}") from error
        if self.lookup_warm_minimum > self.lookup_warm_maximum:
            raise ValueError(
                f"{PROJECT}:lookupWarmMinimum: found {self.lookup_warm_minimum}, expected at most "
                f"lookupWarmMaximum, which is {self.lookup_warm_maximum}"
            )
        if self.cache_read_replicas and not self.cache_replicas:
            raise ValueError(
                f"{PROJECT}:cacheReadReplicas: found true, expected false as long as cacheReplicas is 0"
            )
        if self.lake_sources and not self.lake_admins:
            raise ValueError(
                f"{PROJECT}:lakeSources: found {self.lake_sources!r}, expected none as long as lakeAdmins is empty"
            )


def read() -> EnvironmentConfig:
    """Read the stack's configuration.

    Raises:
        SettingsError: A key is missing or its value is not allowed; names key, value and what is.
    """
    config = pulumi.Config(PROJECT)
    keys = EnvironmentConfig.__struct_encode_fields__
    return parse({key: value for key in keys if (value := config.get(key)) is not None})


def parse(values: dict[str, Any]) -> EnvironmentConfig:
    """Check values as they stand in the file or come from Pulumi, which makes all of them strings.

    Raises:
        SettingsError: As `read`.
    """
    try:
        return msgspec.convert(values, EnvironmentConfig, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsError(_explain(str(error), values)) from error


def _explain(message: str, values: dict[str, Any]) -> str:
    environment = values.get("environment", "<environment>")
    found = re.search(r"\$\.(\w+)", message)
    if found:
        key = found[1]
        message = f"{PROJECT}:{key}: found {values.get(key)!r}: {message.split(' - at', maxsplit=1)[0]}"
        allowed = next(get_args(each.type) for each in fields(EnvironmentConfig) if each.encode_name == key)
        if "enum" in message:
            message += f", expected one of {', '.join(map(repr, allowed))}"
    return f"configuration of {environment}: {message}; correct Pulumi.{environment}.yaml"
