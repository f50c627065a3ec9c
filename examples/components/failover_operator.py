"""Who may move producers between two regions, of which one has no cache."""

from infra.components.failover_operator import FailoverOperator, FailoverOperatorArgs, OperatedRegion


def declare() -> None:
    """Declare it."""
    FailoverOperator(
        "operator",
        FailoverOperatorArgs(
            role_name="headwater-lab-operator",
            account_id="123456789012",
            environment="lab",
            trust=["arn:aws:iam::123456789012:role/on-call"],
            regions=[_operated("eu-west-1"), _operated("eu-central-1")],
        ),
    )


def _operated(region: str) -> OperatedRegion:
    own = f"{region}:123456789012"
    return OperatedRegion(
        region=region,
        stream_arn=f"arn:aws:kinesis:{own}:stream/events",
        archive_arn=f"arn:aws:firehose:{own}:deliverystream/archive",
        bucket_arn=f"arn:aws:s3:::offline-{region}",
        table_arn=f"arn:aws:dynamodb:{own}:table/online",
        key_arn=f"arn:aws:kms:{own}:key/mrk-lab",
        stream_function="stream",
        lookup_function="lookup",
        cache_name="",
        cache_grants=[],
    )
