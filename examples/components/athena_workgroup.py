"""A workgroup whose queries scan up to 100 GB each."""

from headwater import names
from infra.components.athena_workgroup import AthenaWorkgroup, AthenaWorkgroupArgs


def declare() -> None:
    """Declare it."""
    AthenaWorkgroup(
        "athena",
        AthenaWorkgroupArgs(
            workgroup_name="headwater-lab-athena",
            bucket_name="headwater-lab-offline-123456789012",
            results_prefix=names.athena_results_prefix(),
            scan_limit_gb=100,
            key_arn="arn:aws:kms:eu-west-1:123456789012:key/lab",
        ),
    )
