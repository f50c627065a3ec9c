"""The batch side of a region: its Glue jobs and what runs them."""

from collections.abc import Mapping

import pulumi

from headwater import names
from headwater.registry import Registry
from infra.components.feature_jobs import FeatureJobs, FeatureJobsArgs
from infra.components.glue_jobs import GlueJobsArgs
from infra.components.job_roles import JobResources
from infra.components.teams import teams_of
from infra.packaging.job_files import JobFiles
from infra.stacks.configuration import EnvironmentConfig
from infra.stacks.networks import Placement
from infra.stacks.site import Site
from infra.stacks.stores import Stores


def feature_jobs(
    site: Site,
    job_files: JobFiles,
    definitions: Registry,
    network: Placement,
    stores: Stores,
    topic_arn: pulumi.Input[str],
    outputs: Mapping[str, pulumi.Input[str]],
) -> FeatureJobs:
    """Declare jobs, machines, schedules and their alarms.

    Args:
        site: The region.
        job_files: What jobs run with.
        definitions: The compiled registry.
        network: Where jobs run that write the online stores.
        stores: What jobs work on.
        topic_arn: Topic that failures are told to.
        outputs: What jobs are told of the region.
    """
    config = site.config
    return FeatureJobs(
        site.component("jobs"),
        FeatureJobsArgs(
            jobs=GlueJobsArgs(
                name_of=site.name,
                scripts={job: pulumi.FileAsset(str(file)) for job, file in job_files.scripts.items()},
                modules={
                    file.name: pulumi.FileAsset(str(file)) for file in (*job_files.packages, job_files.wheel)
                },
                registry=pulumi.FileAsset(str(job_files.registry)),
                outputs=outputs,
                bucket_name=stores.offline.bucket_name,
                resources=_resources(site, network, stores),
                network=network.jobs,
                workers=config.job_workers,
                arguments=_arguments(config),
            ),
            teams=[team.slug for team in teams_of(definitions, config.owner) if team.views],
            scheduled=config.job_schedules,
            log_retention_days=config.log_retention_days,
            topic_arn=topic_arn,
        ),
        site.opts,
    )


def _resources(site: Site, network: Placement, stores: Stores) -> JobResources:
    return JobResources(
        region=site.config.region,
        account_id=site.account_id,
        bucket_arn=stores.offline.bucket_arn,
        database_name=stores.offline.database_name,
        table_arn=stores.online.arn,
        cache_grants=stores.cache.write_grants if stores.cache else [],
        key_arn=site.key_arn,
        jobs_prefix=names.jobs_prefix(),
        warehouse_prefix=names.warehouse_prefix(),
        landing_prefixes=[names.landing_prefix(), names.served_prefix()],
        lake_tables=[pair.partition("=")[2] for pair in filter(None, site.config.job_tables.split(","))],
        connection_name=site.name("jobs") if network.jobs else None,
    )


def _arguments(config: EnvironmentConfig) -> dict[str, dict[str, str]]:
    found = {"compact": {"--keep-days": str(config.snapshot_keep_days)}}
    if config.job_tables:
        found["materialize"] = {"--tables": config.job_tables}
    return found
