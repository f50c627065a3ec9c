"""The batch side of a region: its Glue jobs and what runs them."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from headwater import names
from headwater.registry import Registry
from infra.components.feature_jobs import FeatureJobs, FeatureJobsArgs
from infra.components.glue_jobs import GlueJobsArgs
from infra.components.job_roles import FollowedTables, JobResources
from infra.components.teams import teams_of
from infra.packaging.job_files import JobFiles
from infra.stacks.configuration import EnvironmentConfig
from infra.stacks.networks import Placement
from infra.stacks.site import Site
from infra.stacks.stores import Stores


@dataclass(frozen=True, kw_only=True)
class Leader:
    """The region whose tables those of another follow.

    Attributes:
        site: The region.
        stores: What it keeps.
    """

    site: Site
    stores: Stores

    @property
    def tables(self) -> FollowedTables:
        """What is read of it."""
        return FollowedTables(
            region=self.site.config.region,
            bucket_arn=self.stores.offline.bucket_arn,
            database_name=self.stores.offline.database_name,
            key_arn=self.site.key_arn,
        )


def feature_jobs(
    site: Site,
    job_files: JobFiles,
    definitions: Registry,
    network: Placement,
    stores: Stores,
    topic_arn: pulumi.Input[str],
    outputs: Mapping[str, pulumi.Input[str]],
    leader: Leader | None,
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
        leader: Region whose tables this one's follow; None: they follow none.
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
                follower_modules={
                    file.name: pulumi.FileAsset(str(file)) for file in job_files.follower_packages
                },
                registry=pulumi.FileAsset(str(job_files.registry)),
                outputs=outputs,
                bucket_name=stores.offline.bucket_name,
                resources=_resources(site, network, stores, leader),
                network=network.jobs,
                workers=config.job_workers,
                arguments=_arguments(config, leader),
            ),
            teams=[team.slug for team in teams_of(definitions, config.owner) if team.views],
            scheduled=config.job_schedules,
            # Where the first region's jobs write by the clock, this follows by the clock.
            following=leader is not None and leader.site.config.job_schedules,
            log_retention_days=config.log_retention_days,
            topic_arn=topic_arn,
        ),
        site.opts,
    )


def _resources(site: Site, network: Placement, stores: Stores, leader: Leader | None) -> JobResources:
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
        replicas_prefix=names.replicas_prefix(),
        followed=leader.tables if leader else None,
        pointer_key=names.pointer_key(site.config.environment),
    )


def _arguments(config: EnvironmentConfig, leader: Leader | None) -> dict[str, dict[str, pulumi.Input[str]]]:
    found: dict[str, dict[str, pulumi.Input[str]]] = {
        "compact": {"--keep-days": str(config.snapshot_keep_days)}
    }
    if config.job_tables:
        found["materialize"] = {"--tables": config.job_tables}
    if leader:
        found["replicate"] = {
            "--source-region": leader.site.config.region,
            "--source-bucket": leader.stores.offline.bucket_name,
            "--source-database": leader.stores.offline.database_name,
        }
    return found
