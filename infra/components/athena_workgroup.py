"""Where queries of Athena run: how much one may scan, and where its results lie."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

_BYTES_PER_GB = 10**9


@dataclass(frozen=True, kw_only=True)
class AthenaWorkgroupArgs:
    """Arguments of `AthenaWorkgroup`.

    Attributes:
        workgroup_name: Name of the workgroup.
        bucket_name: Bucket of the results.
        results_prefix: Folder of the results.
        scan_limit_gb: Gigabytes after which a query is stopped.
        key_arn: Key of the results.
    """

    workgroup_name: str
    bucket_name: pulumi.Input[str]
    results_prefix: str
    scan_limit_gb: int
    key_arn: pulumi.Input[str]


class AthenaWorkgroup(pulumi.ComponentResource):
    """Workgroup whose settings a client cannot change: encrypted results, a limit to a scan, metrics."""

    workgroup_name: pulumi.Output[str]

    def __init__(
        self, name: str, args: AthenaWorkgroupArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Create the workgroup."""
        super().__init__("headwater:platform:AthenaWorkgroup", name, None, opts)
        workgroup = aws.athena.Workgroup(
            f"{name}-workgroup",
            name=args.workgroup_name,
            description="Headwater: training sets and questions to the event log",
            # One that has ever answered cannot be deleted otherwise; what goes with it is its history of queries.
            force_destroy=True,
            configuration={
                "enforce_workgroup_configuration": True,
                "bytes_scanned_cutoff_per_query": args.scan_limit_gb * _BYTES_PER_GB,
                "publish_cloudwatch_metrics_enabled": True,
                "requester_pays_enabled": False,
                "result_configuration": {
                    "output_location": pulumi.Output.concat(
                        "s3://", args.bucket_name, "/", args.results_prefix
                    ),
                    "encryption_configuration": {"encryption_option": "SSE_KMS", "kms_key_arn": args.key_arn},
                },
            },
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.workgroup_name = workgroup.name
        self.register_outputs({"workgroup_name": self.workgroup_name})
