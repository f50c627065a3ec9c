"""When objects of the offline store's bucket go by themselves."""

from collections.abc import Mapping

import pulumi_aws as aws

Rule = aws.s3.BucketLifecycleConfigurationRuleArgsDict

_OLD_VERSION_DAYS = 30
_UPLOAD_DAYS = 7


def rules(expiring: Mapping[str, tuple[str, int]]) -> list[Rule]:
    """Rules of the bucket.

    Tables have none: which of their files are needed, only their snapshots know.

    Args:
        expiring: Folder, and how many days its objects stay, by name of the rule.
    """
    return [*(_expire(name, prefix, days) for name, (prefix, days) in expiring.items()), _old_versions()]


def _expire(name: str, prefix: str, days: int) -> Rule:
    return {"id": name, "status": "Enabled", "filter": {"prefix": prefix}, "expiration": {"days": days}}


def _old_versions() -> Rule:
    return {
        "id": "old-versions",
        "status": "Enabled",
        "filter": {"prefix": ""},
        "noncurrent_version_expiration": {"noncurrent_days": _OLD_VERSION_DAYS},
        "abort_incomplete_multipart_upload": {"days_after_initiation": _UPLOAD_DAYS},
    }
