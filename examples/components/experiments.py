"""Experiments on what is copied, where there is no network of ours to cut."""

from infra.components.experiment_roles import ExperimentPlaces
from infra.components.experiments import Experiments, ExperimentsArgs


def declare() -> None:
    """Declare it."""
    Experiments(
        "experiments",
        ExperimentsArgs(
            prefix="headwater-lab-fault",
            places=ExperimentPlaces(
                region="eu-west-1",
                account_id="123456789012",
                away_region="eu-central-1",
                table_arn="arn:aws:dynamodb:eu-west-1:123456789012:table/headwater-lab-online",
                bucket_arn="arn:aws:s3:::headwater-lab-offline",
                subnet_arns=[],
                cache_arn="",
            ),
            tags={"project": "headwater", "environment": "lab"},
            targets=["table", "bucket"],
            zone="eu-west-1a",
            minutes=10,
            stop_alarms={
                "serving": ["arn:aws:cloudwatch:eu-west-1:123456789012:alarm:lookup-failures"],
                "loss": ["arn:aws:cloudwatch:eu-west-1:123456789012:alarm:dead-letters"],
            },
            key_arn="arn:aws:kms:eu-west-1:123456789012:key/lab",
            log_retention_days=30,
        ),
    )
