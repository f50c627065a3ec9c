"""What one region's CloudWatch has measured, each minute in another region."""

import pulumi

from infra.components.region_figures import MeasuredRegion, RegionFigures, RegionFiguresArgs


def declare() -> None:
    """Declare it."""
    RegionFigures(
        "figures",
        RegionFiguresArgs(
            prefix="headwater-lab-figures",
            environment="lab",
            region="eu-central-1",
            of=MeasuredRegion(
                region="eu-west-1",
                stream_function="headwater-lab-stream",
                lookup_function="headwater-lab-lookup",
                event_stream="headwater-lab-events",
                online_table="headwater-lab-online",
                alarms=["headwater-lab-platform"],
            ),
            code=pulumi.FileArchive("figures.zip"),
            runtime="python3.13",
            architecture="arm64",
            topic_arn="arn:aws:sns:eu-central-1:123456789012:alarms",
            key_arn="arn:aws:kms:eu-central-1:123456789012:key/lab",
            log_retention_days=30,
        ),
    )
