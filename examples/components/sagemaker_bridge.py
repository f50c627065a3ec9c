"""A feature group for one view."""

from pathlib import Path

from headwater import registry
from infra.components.sagemaker_bridge import SageMakerBridge, SageMakerBridgeArgs


def declare() -> None:
    """Declare it."""
    definitions = registry.load(Path("features/registry.json"))
    SageMakerBridge(
        "sagemaker",
        SageMakerBridgeArgs(
            environment="lab",
            region="eu-west-1",
            account_id="123456789012",
            role_name="headwater-lab-sagemaker",
            views=[definitions.views["airport_weather"]],
            bucket_name="headwater-lab-offline-123456789012",
            bucket_arn="arn:aws:s3:::headwater-lab-offline-123456789012",
            key_arn="arn:aws:kms:eu-west-1:123456789012:key/lab",
        ),
    )
