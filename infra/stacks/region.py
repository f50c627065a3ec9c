"""The platform in one region: which components there are and how they are joined."""

from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_aws as aws

from headwater import names
from headwater.registry import Registry
from infra.components.athena_workgroup import AthenaWorkgroup, AthenaWorkgroupArgs
from infra.components.event_stream import EventStream, EventStreamArgs
from infra.components.feature_jobs import FeatureJobs, FeatureJobsArgs
from infra.components.feature_lookup import FeatureLookup, FeatureLookupArgs, LookupThrottle
from infra.components.glue_jobs import GlueJobsArgs
from infra.components.job_roles import JobResources
from infra.components.keys import Keys, KeysArgs
from infra.components.observability import Observability, ObservabilityArgs
from infra.components.offline_store import OfflineStore, OfflineStoreArgs
from infra.components.online_store import (
    CapacityRange,
    OnlineStore,
    OnlineStoreArgs,
    ProvisionedCapacity,
    WarmThroughput,
)
from infra.components.personas import Governed
from infra.components.published_outputs import PublishedOutputs, PublishedOutputsArgs
from infra.components.python_function import FunctionPlacement
from infra.components.stream_processor import StreamProcessor, StreamProcessorArgs
from infra.components.teams import teams_of
from infra.components.watches import Watched, cache_nodes
from infra.packaging.job_files import JobFiles
from infra.stacks import endpoints, sharing
from infra.stacks.caches import online_cache
from infra.stacks.configuration import EnvironmentConfig
from infra.stacks.networks import placement
from infra.stacks.shared import shared_values

Outputs = dict[str, pulumi.Input[Any]]
CodeOf = Callable[[str], pulumi.Archive]
"""Deployable zip of a function, by the function's folder."""

_ATHENA_DAYS = 7
_RUNTIMES = {"aws": ("python3.13", "arm64"), "local": ("python3.11", "x86_64")}


def region_stack(
    config: EnvironmentConfig,
    code_of: CodeOf,
    job_files: JobFiles,
    definitions: Registry,
    endpoint: str | None,
) -> Outputs:
    """Declare everything of one region.

    Args:
        config: The environment.
        code_of: Where a function's zip comes from.
        job_files: What jobs run with.
        definitions: The compiled registry.
        endpoint: Of an emulator; None: AWS.

    Returns:
        What the stack puts out, by name.
    """
    provider = endpoints.provider(config, config.region, endpoint)
    opts = pulumi.ResourceOptions(provider=provider)
    account = aws.get_caller_identity_output(opts=pulumi.InvokeOptions(provider=provider)).account_id

    def name(role: str) -> str:
        return names.resource(config.environment, config.region, role)

    shared = shared_values(config)
    if config.existing_key_arn:
        key_arn = pulumi.Output.from_input(shared(config.existing_key_arn, "key_arn"))
    else:
        key_arn = Keys(
            "keys",
            KeysArgs(
                alias=name("data"),
                account_id=account,
                region=config.region,
                multi_region=config.key_multi_region,
                protect=config.protect,
            ),
            opts,
        ).key_arn
    network = placement(config, name("network"), shared, key_arn, account, opts)
    events = EventStream(
        "events",
        EventStreamArgs(
            stream_name=name("events"),
            shards=config.event_shards,
            retention_hours=config.event_retention_hours,
            shard_metrics=config.event_shard_metrics,
            key_arn=key_arn,
            protect=config.protect,
        ),
        opts,
    )
    offline = OfflineStore(
        "offline",
        OfflineStoreArgs(
            bucket_name=(
                shared(config.existing_bucket, "bucket_name")
                if config.existing_bucket
                else pulumi.Output.concat(name("offline"), "-", account)
            ),
            existing_bucket=bool(config.existing_bucket),
            database_name=names.glue_database(config.environment),
            archive_name=name("archive"),
            landing_prefix=names.landing_prefix(),
            served_name=name("served"),
            served_prefix=names.served_prefix(),
            archive_buffer_seconds=config.archive_buffer_seconds,
            expiring=_expiring(config),
            key_arn=key_arn,
            protect=config.protect,
        ),
        opts,
    )
    workgroup = AthenaWorkgroup(
        "athena",
        AthenaWorkgroupArgs(
            workgroup_name=name("athena"),
            bucket_name=offline.bucket_name,
            results_prefix=names.athena_results_prefix(),
            scan_limit_gb=config.athena_scan_limit_gb,
            key_arn=key_arn,
        ),
        opts,
    )
    online = OnlineStore(
        "online",
        OnlineStoreArgs(
            table_name=name("online"),
            capacity=_capacity(config),
            warm=(
                WarmThroughput(reads=config.table_warm_reads, writes=config.table_warm_writes)
                if config.table_warm_reads
                else None
            ),
            changes=config.table_changes,
            key_arn=key_arn,
            protect=config.protect,
        ),
        opts,
    )
    cache = online_cache(config, name, network, key_arn, opts)
    runtime, architecture = _RUNTIMES[config.lambda_target]
    functions = FunctionPlacement(
        runtime=runtime,
        architecture=architecture,
        subnet_ids=network.subnet_ids,
        security_group_ids=network.functions_group_ids,
    )
    stores: dict[str, pulumi.Input[str]] = {
        "HEADWATER_ENVIRONMENT": config.environment,
        "HEADWATER_STORES": "redis,dynamodb",
        "HEADWATER_ONLINE_TABLE": online.table_name,
    }
    processor = StreamProcessor(
        "stream",
        StreamProcessorArgs(
            function_name=name("stream"),
            dead_letter_name=name("dead-letters"),
            code=code_of("stream"),
            environment={
                **stores,
                "HEADWATER_REDIS_URL": cache.redis_url,
                "HEADWATER_ARCHIVE_STREAM": offline.archive_name,
                "HEADWATER_ARRIVAL_FROM": config.arrival_from,
            },
            memory_mb=config.stream_memory_mb,
            log_retention_days=config.log_retention_days,
            batch_size=config.stream_batch_size,
            batch_window_seconds=config.stream_batch_window_seconds,
            stream_arn=events.stream_arn,
            table_arn=online.table_arn,
            cache_grants=cache.write_grants,
            archive_arn=offline.archive_arn,
            key_arn=key_arn,
            placement=functions,
        ),
        opts,
    )
    lookup = FeatureLookup(
        "lookup",
        FeatureLookupArgs(
            function_name=name("lookup"),
            code=code_of("lookup"),
            environment={
                **stores,
                "HEADWATER_REDIS_URL": cache.reader_url,
                "HEADWATER_CONSISTENT": "yes" if config.lookup_consistent else "no",
                "HEADWATER_CACHE_ENTRIES": str(config.lookup_cache_entries),
                "HEADWATER_CACHE_TTL_MS": str(config.lookup_cache_ttl_ms),
                "HEADWATER_SERVED_STREAM": offline.served_name,
                "HEADWATER_SERVED_SAMPLE": str(config.served_sample),
            },
            memory_mb=config.lookup_memory_mb,
            log_retention_days=config.log_retention_days,
            warm_minimum=config.lookup_warm_minimum,
            warm_maximum=config.lookup_warm_maximum,
            reserved=config.lookup_reserved or None,
            snap_start=config.lookup_snap_start,
            api=(
                LookupThrottle(config.lookup_api_per_second, config.lookup_api_burst)
                if config.lookup_api_per_second
                else None
            ),
            table_arn=online.table_arn,
            cache_grants=cache.read_grants,
            served_arn=offline.served_arn,
            key_arn=key_arn,
            placement=functions,
        ),
        opts,
    )
    observability = Observability(
        "watch",
        ObservabilityArgs(
            prefix=name("platform"),
            region=config.region,
            watched=Watched(
                environment=config.environment,
                stream_function=name("stream"),
                lookup_function=name("lookup"),
                event_stream=name("events"),
                online_table=name("online"),
                dead_letter_queue=name("dead-letters"),
                cache_nodes=(
                    []
                    if config.cache_kind == "serverless"
                    else cache_nodes(name("cache"), config.cache_shards, config.cache_replicas)
                ),
                serverless_cache=name("cache") if config.cache_kind == "serverless" else None,
                lookup_warm=config.lookup_warm_minimum > 0,
                lookup_p99_ms=config.lookup_p99_ms,
                lag_ms=config.lag_ms,
            ),
            lookup_log_group=lookup.log_group_name,
            lookup_availability=config.lookup_availability,
            key_arn=key_arn,
        ),
        opts,
    )
    # What jobs are told, too: all there is but themselves.
    outputs: dict[str, pulumi.Input[str]] = {
        "environment": config.environment,
        "region": config.region,
        "event_stream_name": events.stream_name,
        "archive_stream_name": offline.archive_name,
        "bucket_name": offline.bucket_name,
        "glue_database": offline.database_name,
        "online_table_name": online.table_name,
        "redis_url": cache.redis_url,
        "redis_reader_url": cache.reader_url,
        "athena_workgroup": workgroup.workgroup_name,
        "stream_function_name": processor.function_name,
        "lookup_function_name": lookup.function_name,
        "lookup_url": lookup.url,
        "dead_letter_queue_url": processor.dead_letter_url,
        "alarm_topic_arn": observability.topic_arn,
        "dashboard_name": observability.dashboard_name,
        "key_arn": key_arn,
    }
    jobs = FeatureJobs(
        "jobs",
        FeatureJobsArgs(
            jobs=GlueJobsArgs(
                name_of=name,
                scripts={job: pulumi.FileAsset(str(file)) for job, file in job_files.scripts.items()},
                modules={
                    file.name: pulumi.FileAsset(str(file)) for file in (*job_files.packages, job_files.wheel)
                },
                registry=pulumi.FileAsset(str(job_files.registry)),
                outputs=outputs,
                bucket_name=offline.bucket_name,
                resources=JobResources(
                    region=config.region,
                    account_id=account,
                    bucket_arn=offline.bucket_arn,
                    database_name=offline.database_name,
                    table_arn=online.table_arn,
                    cache_grants=cache.write_grants,
                    key_arn=key_arn,
                    jobs_prefix=names.jobs_prefix(),
                    warehouse_prefix=names.warehouse_prefix(),
                    landing_prefixes=[names.landing_prefix(), names.served_prefix()],
                    lake_tables=[
                        pair.partition("=")[2] for pair in filter(None, config.job_tables.split(","))
                    ],
                    connection_name=name("jobs") if network.jobs else None,
                ),
                network=network.jobs,
                workers=config.job_workers,
                arguments=_job_arguments(config),
            ),
            teams=[team.slug for team in teams_of(definitions, config.owner) if team.views],
            scheduled=config.job_schedules,
            log_retention_days=config.log_retention_days,
            topic_arn=observability.topic_arn,
        ),
        opts,
    )
    sharing.govern(
        config,
        definitions,
        Governed(
            region=config.region,
            account_id=account,
            environment=config.environment,
            stream_arn=events.stream_arn,
            bucket_arn=offline.bucket_arn,
            key_arn=key_arn,
            lookup_arn=lookup.alias_arn,
            machine_arns=jobs.machine_arns,
            job_names=jobs.job_names,
            dashboard_name=observability.dashboard_name,
            lake_sources=config.lake_sources.split(),
        ),
        offline.database_name,
        opts,
    )
    sharing.mirror(config, definitions, account, offline.bucket_name, offline.bucket_arn, key_arn, opts)
    # `PublishedOutputs` has them all; a stack of another team reads them from there or from this stack.
    every: Outputs = {
        **outputs,
        **({"lookup_api_url": lookup.api_url} if lookup.api_url is not None else {}),
        "job_names": jobs.job_names,
        "machine_arns": jobs.machine_arns,
        "job_failure_queue_url": jobs.failure_queue_url,
    }
    PublishedOutputs("outputs", PublishedOutputsArgs(environment=config.environment, values=every), opts)
    return every


def _capacity(config: EnvironmentConfig) -> ProvisionedCapacity | None:
    if not config.table_read_maximum:
        return None
    return ProvisionedCapacity(
        reads=CapacityRange(config.table_read_minimum, config.table_read_maximum),
        writes=CapacityRange(config.table_write_minimum, config.table_write_maximum),
        utilisation_percent=config.table_utilisation_percent,
    )


def _expiring(config: EnvironmentConfig) -> dict[str, tuple[str, int]]:
    found = {
        # What is asked of Athena is gone when it is answered; this is for runs that were cut off.
        "athena": (names.athena_prefix(), _ATHENA_DAYS),
        "athena-results": (names.athena_results_prefix(), _ATHENA_DAYS),
    }
    if config.training_keep_days:
        found["labels"] = (names.labels_prefix(), config.training_keep_days)
        found["training"] = (names.training_prefix(), config.training_keep_days)
    return found


def _job_arguments(config: EnvironmentConfig) -> dict[str, dict[str, str]]:
    found = {"compact": {"--keep-days": str(config.snapshot_keep_days)}}
    if config.job_tables:
        found["materialize"] = {"--tables": config.job_tables}
    return found
