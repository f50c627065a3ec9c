"""What is watched of the copies in a second region, which nothing but a table and a bucket is copied to."""

import pulumi_aws as aws

from infra.components.recovery_dashboard import Copies, RecoverySide
from infra.components.recovery_watch import RecoveryWatch, RecoveryWatchArgs


def declare() -> None:
    """Declare it."""
    RecoveryWatch(
        "recovery",
        RecoveryWatchArgs(
            prefix="headwater-lab-recovery",
            home=RecoverySide("eu-west-1", "events-1", "stream-1", "lookup-1"),
            away=RecoverySide("eu-central-1", "events-2", "stream-2", "lookup-2"),
            copies=Copies(
                "headwater-lab-online", "headwater-lab-offline", "headwater-lab-copy", "everything"
            ),
            checks={},
            runbook="docs/runbook.md",
            topic_arn="arn:aws:sns:eu-west-1:123456789012:alarms",
            away_topic_arn="arn:aws:sns:eu-central-1:123456789012:alarms",
            away_provider=aws.Provider("away", region="eu-central-1"),
        ),
    )
