"""What a region keeps: the event stream, the offline store with its workgroup, the online table and the cache."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import pulumi

from headwater import names
from infra.components.athena_workgroup import AthenaWorkgroup, AthenaWorkgroupArgs
from infra.components.event_stream import EventStream, EventStreamArgs
from infra.components.offline_store import OfflineStore, OfflineStoreArgs
from infra.components.online_store import (
    CapacityRange,
    OnlineStore,
    OnlineStoreArgs,
    ProvisionedCapacity,
    StrongCopies,
    WarmThroughput,
)
from infra.stacks.caches import Cache, online_cache
from infra.stacks.configuration import EnvironmentConfig
from infra.stacks.networks import Placement
from infra.stacks.site import Site

_ATHENA_DAYS = 7


class OnlineTable(NamedTuple):
    """The online table, or a copy of it."""

    name: pulumi.Output[str]
    arn: pulumi.Output[str]


@dataclass(frozen=True, kw_only=True)
class Given:
    """What a region has of another one's online stores.

    Attributes:
        table: Its copy of the online table.
        datastore_id: Global Datastore that its cache follows; None: it has a cache of its own, or none.
    """

    table: OnlineTable
    datastore_id: pulumi.Output[str] | None


@dataclass(frozen=True, kw_only=True)
class Stores:
    """The stores of a region.

    Attributes:
        events: Event stream.
        offline: Offline store.
        workgroup: Athena's way to it.
        online: Online table.
        cache: The online store in front of it; None: there is none.
    """

    events: EventStream
    offline: OfflineStore
    workgroup: AthenaWorkgroup
    online: OnlineTable
    cache: Cache | None


def stores(
    site: Site, network: Placement, given: Given | None, copy_key_arn: pulumi.Input[str] | None
) -> Stores:
    """Declare the stores.

    Args:
        site: The region.
        network: Where the cache is.
        given: What it has of another region's; None: all is its own.
        copy_key_arn: Key of the second region; None: there is no second region.
    """
    events = _events(site)
    offline = _offline(site)
    workgroup = AthenaWorkgroup(
        site.component("athena"),
        AthenaWorkgroupArgs(
            workgroup_name=site.name("athena"),
            bucket_name=offline.bucket_name,
            results_prefix=names.athena_results_prefix(),
            scan_limit_gb=site.config.athena_scan_limit_gb,
            key_arn=site.key_arn,
        ),
        site.opts,
    )
    online = given.table if given else _online(site, copy_key_arn)
    cache = online_cache(site, network, given.datastore_id if given else None)
    return Stores(events=events, offline=offline, workgroup=workgroup, online=online, cache=cache)


def _events(site: Site) -> EventStream:
    config = site.config
    return EventStream(
        site.component("events"),
        EventStreamArgs(
            stream_name=site.name("events"),
            shards=config.event_shards,
            retention_hours=config.event_retention_hours,
            shard_metrics=config.event_shard_metrics,
            key_arn=site.key_arn,
            protect=config.protect,
        ),
        site.opts,
    )


def _offline(site: Site) -> OfflineStore:
    config = site.config
    return OfflineStore(
        site.component("offline"),
        OfflineStoreArgs(
            bucket_name=(
                site.shared(config.existing_bucket, "bucket_name")
                if config.existing_bucket
                else pulumi.Output.concat(site.name("offline"), "-", site.account_id)
            ),
            existing_bucket=bool(config.existing_bucket),
            database_name=names.glue_database(config.environment),
            archive_name=site.name("archive"),
            landing_prefix=names.landing_prefix(),
            served_name=site.name("served"),
            served_prefix=names.served_prefix(),
            archive_buffer_seconds=config.archive_buffer_seconds,
            expiring=_expiring(config),
            key_arn=site.key_arn,
            protect=config.protect,
        ),
        site.opts,
    )


def _online(site: Site, copy_key_arn: pulumi.Input[str] | None) -> OnlineTable:
    config = site.config
    made = OnlineStore(
        site.component("online"),
        OnlineStoreArgs(
            table_name=site.table_name,
            capacity=_capacity(config),
            warm=(
                WarmThroughput(reads=config.table_warm_reads, writes=config.table_warm_writes)
                if config.table_warm_reads
                else None
            ),
            changes=config.table_changes,
            copies=_copies(config, copy_key_arn) if copy_key_arn is not None else None,
            key_arn=site.key_arn,
            protect=config.protect,
        ),
        site.opts,
    )
    return OnlineTable(name=made.table_name, arn=made.table_arn)


def _copies(config: EnvironmentConfig, key_arn: pulumi.Input[str]) -> StrongCopies | Literal["eventual"]:
    if config.recovery_table == "eventual":
        return "eventual"
    return StrongCopies(
        region=config.recovery_region, key_arn=key_arn, witness_region=config.recovery_witness_region
    )


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
