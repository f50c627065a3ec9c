"""A private network for functions, jobs and the cache."""

from infra.components.network import Network, NetworkArgs


def declare() -> None:
    """Declare it."""
    Network(
        "network",
        NetworkArgs(
            region="eu-west-1",
            cidr="10.60.0.0/20",
            zones=2,
            account_id="123456789012",
            trusted_accounts=["210987654321"],
            flow_logs=True,
            log_retention_days=30,
            key_arn="arn:aws:kms:eu-west-1:123456789012:key/lab",
        ),
    )
