"""The platform in one region: which components there are and how they are joined."""

from dataclasses import dataclass
from typing import Any

import pulumi

from headwater.registry import Registry
from infra.components.feature_jobs import FeatureJobs
from infra.components.observability import Observability
from infra.components.online_cache import OnlineCache
from infra.components.personas import Governed
from infra.components.published_outputs import PublishedOutputs, PublishedOutputsArgs
from infra.packaging.job_files import JobFiles
from infra.stacks import sharing
from infra.stacks.batch import Leader, feature_jobs
from infra.stacks.functions import CodeOf, Functions, functions
from infra.stacks.networks import Placement, placement
from infra.stacks.site import Site
from infra.stacks.stores import Given, Stores, stores
from infra.stacks.watching import observability

Outputs = dict[str, pulumi.Input[Any]]


@dataclass(frozen=True, kw_only=True)
class Region:
    """What was declared of a region.

    Attributes:
        site: The region.
        network: Where its functions run.
        stores: What it keeps.
        functions: Its functions.
        watch: What wakes somebody.
        jobs: Its jobs.
        outputs: What the stack puts out of it, by name.
    """

    site: Site
    network: Placement
    stores: Stores
    functions: Functions
    watch: Observability
    jobs: FeatureJobs
    outputs: Outputs


def region_stack(
    here: Site,
    code_of: CodeOf,
    job_files: JobFiles,
    definitions: Registry,
    *,
    given: Given | None = None,
    leader: Leader | None = None,
    copy_key_arn: pulumi.Input[str] | None = None,
    checked: bool = False,
) -> Region:
    """Declare everything of one region.

    Args:
        here: The region.
        code_of: Where a function's zip comes from.
        job_files: What jobs run with.
        definitions: The compiled registry.
        given: What it has of another region's online stores; None: all is its own.
        leader: Region whose tables this one's follow; None: they follow none.
        copy_key_arn: Key of the second region; None: there is no second region.
        checked: Whether a name leads to its lookups, by health checks.
    """
    network = placement(
        here.config, here.name("network"), here.shared, here.key_arn, here.account_id, here.opts
    )
    kept = stores(here, network, given, copy_key_arn)
    running = functions(here, code_of, network, kept, checked=checked)
    watch = observability(here, running.lookup)
    outputs = _told_to_jobs(here, kept, running, watch)
    jobs = feature_jobs(here, job_files, definitions, network, kept, watch.topic_arn, outputs, leader)
    _share(here, definitions, kept, running, watch, jobs)
    # `PublishedOutputs` has them all; a stack of another team reads them from there or from this stack.
    every: Outputs = {
        **outputs,
        **({"lookup_api_url": running.lookup.api_url} if running.lookup.api_url is not None else {}),
        "job_names": jobs.job_names,
        "machine_arns": jobs.machine_arns,
        "job_failure_queue_url": jobs.failure_queue_url,
    }
    PublishedOutputs(
        here.component("outputs"),
        PublishedOutputsArgs(environment=here.config.environment, values=every),
        here.opts,
    )
    return Region(
        site=here,
        network=network,
        stores=kept,
        functions=running,
        watch=watch,
        jobs=jobs,
        outputs=every,
    )


def _told_to_jobs(
    here: Site, kept: Stores, running: Functions, watch: Observability
) -> dict[str, pulumi.Input[str]]:
    """Outputs that jobs are told, too: all there is but themselves."""
    return {
        "environment": here.config.environment,
        "region": here.config.region,
        "event_stream_name": kept.events.stream_name,
        "archive_stream_name": kept.offline.archive_name,
        "bucket_name": kept.offline.bucket_name,
        "glue_database": kept.offline.database_name,
        "online_table_name": kept.online.name,
        **_cache_urls(kept),
        "athena_workgroup": kept.workgroup.workgroup_name,
        "stream_function_name": running.processor.function_name,
        "lookup_function_name": running.lookup.function_name,
        "lookup_url": running.lookup.url,
        "dead_letter_queue_url": running.processor.dead_letter_url,
        "alarm_topic_arn": watch.topic_arn,
        "dashboard_name": watch.dashboard_name,
        "key_arn": here.key_arn,
    }


def _cache_urls(kept: Stores) -> dict[str, pulumi.Input[str]]:
    """None where there is no cache: a published output cannot be empty."""
    if kept.cache is None:
        return {}
    # What fails over from region to region is a group of nodes; a serverless cache has none.
    group = {"cache_group_name": kept.cache.group_id} if isinstance(kept.cache, OnlineCache) else {}
    return {"redis_url": kept.cache.redis_url, "redis_reader_url": kept.cache.reader_url, **group}


def _share(
    here: Site,
    definitions: Registry,
    kept: Stores,
    running: Functions,
    watch: Observability,
    jobs: FeatureJobs,
) -> None:
    """Declare what other teams get."""
    config = here.config
    sharing.govern(
        here.component("people"),
        config,
        definitions,
        Governed(
            region=config.region,
            account_id=here.account_id,
            environment=config.environment,
            stream_arn=kept.events.stream_arn,
            bucket_arn=kept.offline.bucket_arn,
            key_arn=here.key_arn,
            lookup_arn=running.lookup.alias_arn,
            machine_arns=jobs.machine_arns,
            job_names=jobs.job_names,
            dashboard_name=watch.dashboard_name,
            lake_sources=config.lake_sources.split(),
        ),
        kept.offline.database_name,
        here.opts,
    )
    sharing.mirror(
        config,
        definitions,
        here.account_id,
        kept.offline.bucket_name,
        kept.offline.bucket_arn,
        here.key_arn,
        here.opts,
    )
