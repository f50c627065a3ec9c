"""Typed configuration of an environment, read once and checked before anything is created."""

import re
from typing import Annotated, Any, Literal, get_args

import msgspec
import pulumi
from msgspec.structs import fields

from headwater.errors import SettingsError
from infra.stacks import configuration_rules, readiness_rules, recovery_rules

PROJECT = "headwater"

_Seconds = Annotated[int, msgspec.Meta(ge=0, le=300)]
_Memory = Annotated[int, msgspec.Meta(ge=128, le=10_240)]
_TABLE = r"\w+=(\w+\.\w+\.\w+|s3://[a-z0-9.-]+/[^,=]+/)"
_TABLES = rf"^({_TABLE}(,{_TABLE})*)?$"
_REGION = "[a-z]{2}(-[a-z]+)+-[0-9]"
_OTHER_REGION = f"^({_REGION})?$"
_DOMAIN = r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+)?$"
_ROLE = r"^(arn:aws:iam::\d{12}:role/[\w+=,.@/-]*[\w+=.@-])?$"
_SCHEDULE = r"^((cron|rate)\([^()]+\))?$"
_ENDPOINT = r"^(https?://[\w.-]+(:\d{1,5})?)?$"
_ACCOUNTS = r"^(\d{12}(,\d{12})*)?$"
_STACK = r"^([\w.-]+/[\w.-]+/[\w.-]+)?$"
_SUBNETS = r"^(shared|subnet-[0-9a-f]{8,17}(,subnet-[0-9a-f]{8,17}){1,5})?$"
_KEY = r"^(shared|arn:aws:kms:[a-z0-9-]+:\d{12}:key/(mrk-)?[0-9a-f-]+)?$"
_BUCKET = r"^(shared|[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])?$"
_Group = Annotated[str, msgspec.Meta(pattern=r"^(shared|sg-[0-9a-f]{8,17})?$")]
_Units = Annotated[int, msgspec.Meta(ge=0, le=40_000)]
_PRINCIPAL = r"arn:aws:iam::\d{12}:(root|(role|user)/[\w+=,.@/-]*[\w+=.@-])"
_PERSONA = "(producer|engineer|scientist|serving|auditor|operator)"
_TRUST = rf"^({_PERSONA}={_PRINCIPAL}( {_PERSONA}={_PRINCIPAL})*)?$"
_PRINCIPALS = rf"^({_PRINCIPAL}( {_PRINCIPAL})*)?$"
_NAMES = r"^([a-z][a-z0-9_]*( [a-z][a-z0-9_]*)*)?$"
_BUDGETS = r"^([a-z][a-z-]*=\d+(\.\d{1,2})?( [a-z][a-z-]*=\d+(\.\d{1,2})?)*)?$"
_Usd = Annotated[float, msgspec.Meta(ge=0)]
_Days = Literal[1, 3, 5, 7, 14, 30, 60, 90, 120, 180, 365, 400, 545, 731]


class EnvironmentConfig(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What one ``Pulumi.<environment>.yaml`` says. Every key is required, so none can be misspelt.

    Attributes:
        environment: Name of the environment, 2 to 9 characters: part of every resource's name.
        region: AWS region.
        owner: Team that owns the environment; a tag on everything.
        endpoint: Emulator of AWS that the Pulumi CLI deploys to, such as ``http://127.0.0.1:4566``; empty: AWS. The
            local cloud that runs the program in-process has an endpoint of its own and reads no other.
        recovery_region: Second region, which takes over when the first is lost; empty: there is none.
        recovery_mode: What runs there before it has to. ``pilot-light``: tables, stream and functions, and no cache;
            ``warm-standby``: also a cache, and some lookups kept warm; ``active-active``: lookups in full size.
        recovery_table: How the online table is copied. ``eventual``: after the write, usually within a second;
            ``strong``: before it is acknowledged. Decided when the table is made, which has to be empty to be strong.
        recovery_witness_region: Third region that keeps the writes of a strong table and serves none; else empty.
        recovery_domain: Name that callers of the HTTP API ask, such as ``features.example.com``; it leads to a region that
            is well. Empty: callers choose a region themselves.
        recovery_zone_id: Hosted zone of Route 53 that has the name; else empty.
        recovery_switch_plan: Role of the people without whose word a plan of ARC Region switch goes no step on; empty:
            there is no plan.
        recovery_backup_region: Third region, which gets a copy of each day's backup of table and bucket; empty: there are
            no backups beside the table's own.
        recovery_experiments: Templates of experiments that break the first region on purpose; none starts by itself.
        recovery_game_day: When one is started all the same, in UTC, such as ``cron(0 9 ? * TUE#1 *)``; empty: never.
        protect: Refuse to delete what holds data, and keep it when the stack goes.
        shared_stack: Stack of another team, as ``organization/project/stack``, whose outputs are taken wherever a key
            below says ``shared``: ``subnet_ids``, ``functions_group_id``, ``jobs_group_id``, ``cache_group_id``,
            ``key_arn``, ``bucket_name``. Empty: nothing is shared.
        existing_key_arn: Key that is there already, or ``shared``; empty: one is made.
        key_multi_region: The key that is made can have replicas in other regions.
        network: ``vpc``: private network with endpoints; ``existing``: one that is there already; ``none``: functions
            outside any network of ours.
        network_cidr: Addresses of the network.
        network_zones: Zones in which the network has a subnet: one that is made, or that of the shared stack.
        network_flow_logs: Log who talks to whom in a network that is made.
        trusted_accounts: Accounts, parted by commas, whose buckets and tables the network lets through beside our own.
        existing_subnet_ids: Private subnets of an existing network, parted by commas, or ``shared``; else empty.
        existing_functions_group_id: Security group of the functions there, or ``shared``; else empty.
        existing_jobs_group_id: Security group of the jobs there, or ``shared``; else empty.
        existing_cache_group_id: Security group of the cache there, or ``shared``; else empty.
        lambda_target: What the functions' zips are built for.
        arrival_from: Whose word the stream takes for an event's arrival; ``record`` only for replays.
        log_retention_days: How long functions' logs are kept.
        event_shards: Provisioned shards of the event stream; 0: on-demand.
        event_retention_hours: How long the event stream can be read again.
        event_shard_metrics: Measure each shard of the event stream.
        existing_bucket: Bucket of the offline store that is there already, or ``shared``; empty: one is made.
        archive_buffer_seconds: How long the archive gathers records.
        training_keep_days: How long label rows and training sets stay in the bucket; 0: for ever.
        athena_scan_limit_gb: Gigabytes after which Athena stops a query.
        stream_memory_mb: Memory of the stream function.
        stream_batch_size: Most records in a batch.
        stream_batch_window_seconds: Longest wait for a batch to fill.
        lookup_memory_mb: Memory of the lookup function.
        lookup_warm_minimum: Execution environments kept warm; 0: none.
        lookup_warm_maximum: Most that scaling keeps warm; the minimum: always that many, and no scaling.
        lookup_snap_start: Start lookup environments from a snapshot instead of keeping some warm.
        lookup_reserved: Environments that only the lookup function can take, and its most; 0: no such number.
        lookup_api_per_second: Requests a second that an HTTP API beside the function's URL lets through; 0: no API.
        lookup_api_burst: Requests at once that it lets through.
        lookup_consistent: Read DynamoDB strongly consistently, at twice the read units, where the cache has failed.
        lookup_cache_entries: Values that a warm lookup function keeps in its own memory; 0: none, so that no lookup
            lags the stream.
        lookup_cache_ttl_ms: How old such a value may become.
        served_sample: Part of the lookups whose answers are logged, 0 to 1.
        lookup_p99_ms: Lookup latency above which an alarm rises.
        lookup_availability: Part of the lookups that is to be answered: below 1, or nothing may ever fail.
        table_read_minimum: Fewest units of reading that the online table is provisioned with; 0, as the next three: it
            is paid for by the request.
        table_read_maximum: Most that scaling provisions.
        table_write_minimum: Fewest units of writing.
        table_write_maximum: Most that scaling provisions.
        table_utilisation_percent: Use of the provisioned units that scaling aims at.
        table_warm_reads: Units of reading that the online table serves from the first moment on; 0: what AWS gives
            a new one, which is 12,000. It can grow and never shrink.
        table_warm_writes: Units of writing, likewise; 0 is 4,000.
        table_changes: Keep a stream of the online table's changes.
        cache_kind: ``nodes``: sized by the next three keys; ``serverless``: paid for by use; ``none``: lookups read the
            online table.
        cache_node_type: ElastiCache node type.
        cache_shards: Shards of the cache; 0: no cluster, one primary.
        cache_replicas: Replicas of each primary of the cache.
        cache_read_replicas: Lookups ask replicas of the cache, which lag their primary a little.
        cache_tls: Encrypt connections to the cache.
        cache_durability: Keep a log of writes in several zones; a cluster with replicas only.
        cache_snapshot_days: How long a daily snapshot of the cache is kept; 0: there is none.
        cache_maximum_ecpu: Most processing units a second of a serverless cache.
        lag_ms: Age of the oldest unread event above which an alarm rises.
        job_workers: Most workers of a Glue job's run; 2 are the driver and one that works.
        job_schedules: Start the state machines by the clock: materialize hourly, compact daily.
        job_tables: Tables of the lake that fill sources, as ``source=table,source=table``; empty: none. A table
            is ``catalog.database.table``, or a folder of Parquet files such as ``s3://lake/plans/``.
        trust: Who may take the roles of people, as ``persona=ARN`` apart by spaces: producer, engineer, scientist,
            serving, auditor or, where there is a second region, operator, and a role, a user or a whole account
            (``…:root``). A persona without any has no role.
        lake_admins: ARNs of Lake Formation's administrators, apart by spaces; they replace those there are. Empty:
            Lake Formation is left alone.
        lake_sources: Sources, apart by spaces, whose tables Lake Formation grants to people. A table has to be there
            already: add a source after its first ingestion.
        sagemaker_views: Views, apart by spaces, that SageMaker has as feature groups; empty: none.
        cost_monthly_usd: Budget of the environment, US dollars a month: who watches costs is told when most of it is
            gone, when all is, and when it is going to be. 0: none.
        cost_components_usd: Budgets of components, as ``component=dollars`` apart by spaces; empty: none.
        cost_anomaly_usd: US dollars beyond what is usual from which on somebody is told; 0: nobody looks for it.
        cost_per_million_lookups_usd: US dollars that a million lookups may cost over a day; 0: no alarm.
        cost_per_million_events_usd: US dollars that making features of a million events may cost over a day; 0: no
            alarm.
        cost_tags: Let the account tell costs apart by our tags. One environment of an account does so for all, a day
            after the tags are first there, and only in the account that pays.
        snapshot_keep_days: How long upkeep leaves old snapshots of the event logs, to read the past by.
    """

    environment: Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9]{1,8}$")]
    region: Annotated[str, msgspec.Meta(pattern=f"^{_REGION}$")]
    owner: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    endpoint: Annotated[str, msgspec.Meta(pattern=_ENDPOINT)]
    recovery_region: Annotated[str, msgspec.Meta(pattern=_OTHER_REGION)]
    recovery_mode: Literal["pilot-light", "warm-standby", "active-active"]
    recovery_table: Literal["eventual", "strong"]
    recovery_witness_region: Annotated[str, msgspec.Meta(pattern=_OTHER_REGION)]
    recovery_domain: Annotated[str, msgspec.Meta(pattern=_DOMAIN)]
    recovery_zone_id: Annotated[str, msgspec.Meta(pattern="^(Z[0-9A-Z]{1,31})?$")]
    recovery_switch_plan: Annotated[str, msgspec.Meta(pattern=_ROLE)]
    recovery_backup_region: Annotated[str, msgspec.Meta(pattern=_OTHER_REGION)]
    recovery_experiments: bool
    recovery_game_day: Annotated[str, msgspec.Meta(pattern=_SCHEDULE)]
    protect: bool
    shared_stack: Annotated[str, msgspec.Meta(pattern=_STACK)]
    existing_key_arn: Annotated[str, msgspec.Meta(pattern=_KEY)]
    key_multi_region: bool
    network: Literal["vpc", "existing", "none"]
    network_cidr: Annotated[str, msgspec.Meta(pattern=r"^(\d{1,3}\.){3}\d{1,3}/(1[6-9]|2[0-4])$")]
    network_zones: Literal[2, 3]
    network_flow_logs: bool
    trusted_accounts: Annotated[str, msgspec.Meta(pattern=_ACCOUNTS)]
    existing_subnet_ids: Annotated[str, msgspec.Meta(pattern=_SUBNETS)]
    existing_functions_group_id: _Group
    existing_jobs_group_id: _Group
    existing_cache_group_id: _Group
    lambda_target: Literal["aws", "local"]
    arrival_from: Literal["stream", "record"]
    log_retention_days: _Days
    event_shards: Annotated[int, msgspec.Meta(ge=0, le=500)]
    event_retention_hours: Annotated[int, msgspec.Meta(ge=24, le=8760)]
    event_shard_metrics: bool
    existing_bucket: Annotated[str, msgspec.Meta(pattern=_BUCKET)]
    archive_buffer_seconds: Annotated[int, msgspec.Meta(ge=0, le=900)]
    training_keep_days: Annotated[int, msgspec.Meta(ge=0, le=3650)]
    athena_scan_limit_gb: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
    stream_memory_mb: _Memory
    stream_batch_size: Annotated[int, msgspec.Meta(ge=1, le=10_000)]
    stream_batch_window_seconds: _Seconds
    lookup_memory_mb: _Memory
    lookup_warm_minimum: Annotated[int, msgspec.Meta(ge=0, le=1000)]
    lookup_warm_maximum: Annotated[int, msgspec.Meta(ge=0, le=1000)]
    lookup_snap_start: bool
    lookup_reserved: Annotated[int, msgspec.Meta(ge=0, le=10_000)]
    lookup_api_per_second: Annotated[int, msgspec.Meta(ge=0, le=10_000)]
    lookup_api_burst: Annotated[int, msgspec.Meta(ge=0, le=5_000)]
    lookup_consistent: bool
    lookup_cache_entries: Annotated[int, msgspec.Meta(ge=0, le=10_000_000)]
    lookup_cache_ttl_ms: Annotated[int, msgspec.Meta(ge=0, le=3_600_000)]
    served_sample: Annotated[float, msgspec.Meta(ge=0, le=1)]
    lookup_p99_ms: Annotated[int, msgspec.Meta(ge=1, le=5000)]
    lookup_availability: Annotated[float, msgspec.Meta(ge=0.9, lt=1)]
    table_read_minimum: _Units
    table_read_maximum: _Units
    table_write_minimum: _Units
    table_write_maximum: _Units
    table_utilisation_percent: Annotated[int, msgspec.Meta(ge=20, le=90)]
    table_warm_reads: Annotated[int, msgspec.Meta(ge=0, le=40_000)]
    table_warm_writes: Annotated[int, msgspec.Meta(ge=0, le=40_000)]
    table_changes: bool
    cache_kind: Literal["nodes", "serverless", "none"]
    cache_node_type: Annotated[str, msgspec.Meta(pattern=r"^cache\.[a-z0-9]+\.[a-z0-9]+$")]
    cache_shards: Annotated[int, msgspec.Meta(ge=0, le=500)]
    cache_replicas: Annotated[int, msgspec.Meta(ge=0, le=5)]
    cache_read_replicas: bool
    cache_tls: bool
    cache_durability: Literal["none", "async", "sync"]
    cache_snapshot_days: Annotated[int, msgspec.Meta(ge=0, le=35)]
    cache_maximum_ecpu: Annotated[int, msgspec.Meta(ge=1000, le=15_000_000)]
    lag_ms: Annotated[int, msgspec.Meta(ge=1)]
    job_workers: Annotated[int, msgspec.Meta(ge=2, le=299)]
    job_schedules: bool
    job_tables: Annotated[str, msgspec.Meta(pattern=_TABLES)]
    trust: Annotated[str, msgspec.Meta(pattern=_TRUST)]
    lake_admins: Annotated[str, msgspec.Meta(pattern=_PRINCIPALS)]
    lake_sources: Annotated[str, msgspec.Meta(pattern=_NAMES)]
    sagemaker_views: Annotated[str, msgspec.Meta(pattern=_NAMES)]
    cost_monthly_usd: _Usd
    cost_components_usd: Annotated[str, msgspec.Meta(pattern=_BUDGETS)]
    cost_anomaly_usd: _Usd
    cost_per_million_lookups_usd: _Usd
    cost_per_million_events_usd: _Usd
    cost_tags: bool
    snapshot_keep_days: Annotated[int, msgspec.Meta(ge=1, le=365)]

    def __post_init__(self) -> None:
        """Check what one value alone cannot tell.

        Raises:
            ValueError: Two values do not go together; see `configuration_rules.check`, `recovery_rules.check` and
                `readiness_rules.check`.
        """
        configuration_rules.check(self)
        recovery_rules.check(self)
        readiness_rules.check(self)


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
