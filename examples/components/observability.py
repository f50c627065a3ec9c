"""Alarms and a dashboard for a platform with a serverless cache."""

from infra.components.observability import Observability, ObservabilityArgs
from infra.components.watches import Watched


def declare() -> None:
    """Declare them."""
    Observability(
        "watch",
        ObservabilityArgs(
            prefix="headwater-lab",
            region="eu-west-1",
            watched=Watched(
                environment="lab",
                stream_function="headwater-lab-stream",
                lookup_function="headwater-lab-lookup",
                event_stream="headwater-lab-events",
                online_table="headwater-lab-online",
                dead_letter_queue="headwater-lab-dead-letters",
                cache_nodes=[],
                serverless_cache="headwater-lab-cache",
                lookup_warm=False,
                lookup_p99_ms=50,
                lag_ms=60_000,
            ),
            lookup_log_group="/aws/lambda/headwater-lab-lookup",
            lookup_availability=0.999,
            key_arn="arn:aws:kms:eu-west-1:123456789012:key/lab",
        ),
    )
