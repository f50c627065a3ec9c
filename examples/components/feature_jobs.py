"""The jobs and their state machines, outside any network."""

from pathlib import Path

import pulumi

from headwater import names
from infra.components.feature_jobs import FeatureJobs, FeatureJobsArgs
from infra.components.glue_jobs import GlueJobsArgs
from infra.components.job_roles import JobResources
from infra.packaging.job_files import build_job_files

OUTPUTS = {"environment": "lab", "region": "eu-west-1", "online_table_name": "headwater-lab-online"}
"""What jobs are told of the platform; a whole one tells them all of its outputs."""


def declare() -> None:
    """Declare them."""
    files = build_job_files("local", Path.cwd())  # "aws" brings the wheels that Glue lacks
    FeatureJobs(
        "jobs",
        FeatureJobsArgs(
            jobs=GlueJobsArgs(
                name_of=lambda role: names.resource("lab", "eu-west-1", role),
                scripts={name: pulumi.FileAsset(str(file)) for name, file in files.scripts.items()},
                modules={file.name: pulumi.FileAsset(str(file)) for file in (*files.packages, files.wheel)},
                follower_modules={},
                registry=pulumi.FileAsset(str(files.registry)),
                outputs=OUTPUTS,
                bucket_name="headwater-lab-offline-123456789012",
                resources=JobResources(
                    region="eu-west-1",
                    account_id="123456789012",
                    bucket_arn="arn:aws:s3:::headwater-lab-offline-123456789012",
                    database_name=names.glue_database("lab"),
                    table_arn="arn:aws:dynamodb:eu-west-1:123456789012:table/headwater-lab-online",
                    cache_grants=[],
                    key_arn="arn:aws:kms:eu-west-1:123456789012:key/lab",
                    jobs_prefix=names.jobs_prefix(),
                    warehouse_prefix=names.warehouse_prefix(),
                    landing_prefixes=[names.landing_prefix(), names.served_prefix()],
                    lake_tables=[],
                    connection_name=None,
                    replicas_prefix=names.replicas_prefix(),
                    pointer_key=names.pointer_key("lab"),
                    followed=None,
                ),
                network=None,
                workers=4,
                arguments={},
            ),
            teams=["risk"],
            scheduled=True,
            following=False,
            log_retention_days=30,
            topic_arn="arn:aws:sns:eu-west-1:123456789012:headwater-lab-alarms",
        ),
    )
