"""Who may go through the endpoints of a network, and how far: to data of accounts that are trusted, no further."""

from collections.abc import Sequence
from typing import Any

import pulumi


def own_data(account_id: pulumi.Input[str], trusted_accounts: Sequence[str]) -> pulumi.Output[str]:
    """Policy of an endpoint to buckets or tables.

    Credentials of other accounts do not pass, which would be the way to carry data off, and neither do requests
    to what belongs to an account that is not trusted. What a caller may do there, its role says.

    Args:
        account_id: Account of the callers.
        trusted_accounts: Other accounts with data to reach.
    """
    conditions = {"aws:PrincipalAccount": account_id, "aws:ResourceAccount": [account_id, *trusted_accounts]}
    return _policy(conditions)


def own_callers(account_id: pulumi.Input[str]) -> pulumi.Output[str]:
    """Policy of an endpoint to a service that keeps no data of ours: only credentials of the account pass."""
    return _policy({"aws:PrincipalAccount": account_id})


def _policy(conditions: dict[str, Any]) -> pulumi.Output[str]:
    statement = {
        "Effect": "Allow",
        # An endpoint's policy gives nobody a right. It is a filter over those of roles, which name exact actions on
        # exact resources; here the accounts are what is restricted.
        "Principal": "*",
        "Action": "*",
        "Resource": "*",
        "Condition": {"StringEquals": conditions},
    }
    return pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": [statement]})
