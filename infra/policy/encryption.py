"""Data is encrypted with the platform's key where it rests, and with TLS on the way."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from infra.policy.declarations import Declaration, listed, statements_of, values_at

KEYS_OF = {
    "aws:cloudwatch/logGroup:LogGroup": ("kmsKeyId",),
    "aws:dynamodb/table:Table": ("serverSideEncryption.kmsKeyArn",),
    "aws:dynamodb/tableReplica:TableReplica": ("kmsKeyArn",),
    "aws:elasticache/replicationGroup:ReplicationGroup": ("kmsKeyId",),
    "aws:elasticache/serverlessCache:ServerlessCache": ("kmsKeyId",),
    "aws:glue/securityConfiguration:SecurityConfiguration": (
        "encryptionConfiguration.cloudwatchEncryption.kmsKeyArn",
        "encryptionConfiguration.jobBookmarksEncryption.kmsKeyArn",
        "encryptionConfiguration.s3Encryption.kmsKeyArn",
    ),
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": (
        "serverSideEncryption.keyArn",
        "extendedS3Configuration.kmsKeyArn",
    ),
    "aws:kinesis/stream:Stream": ("kmsKeyId",),
    "aws:lambda/function:Function": ("kmsKeyArn",),
    "aws:s3/bucketReplicationConfig:BucketReplicationConfig": (
        "rules.destination.encryptionConfiguration.replicaKmsKeyId",
    ),
    "aws:s3/bucketObjectv2:BucketObjectv2": ("kmsKeyId",),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
        "rules.applyServerSideEncryptionByDefault.kmsMasterKeyId",
    ),
    "aws:sagemaker/featureGroup:FeatureGroup": ("offlineStoreConfig.s3StorageConfig.kmsKeyId",),
    "aws:scheduler/schedule:Schedule": ("kmsKeyArn",),
    "aws:secretsmanager/secret:Secret": ("kmsKeyId",),
    "aws:sns/topic:Topic": ("kmsMasterKeyId",),
    "aws:sqs/queue:Queue": ("kmsMasterKeyId",),
}
"""Where each type that keeps data names its key. A new type of the kind belongs here."""

_TLS_SWITCHES = {
    "aws:elasticache/replicationGroup:ReplicationGroup": ("transitEncryptionEnabled",),
}
_OF_AWS = "alias/aws/"


def encrypted_with_our_key(found: Declaration) -> Iterator[str]:
    """Whatever keeps data names a key, and not one of AWS, whose policy nobody can change."""
    for path in KEYS_OF.get(found.type, ()):
        for key in values_at(found.properties, path):
            if not key or _OF_AWS in str(key):
                yield f"{path}: found {key!r}, expected the ARN of the platform's key; give it `keys.key_arn`"


def keys_rotate(found: Declaration) -> Iterator[str]:
    """A key of ours is rotated."""
    if found.type == "aws:kms/key:Key" and found.properties.get("enableKeyRotation") is not True:
        yield "enableKeyRotation: expected true; set it, old data stays readable"


def encrypted_on_the_way(found: Declaration) -> Iterator[str]:
    """Connections to a cache are encrypted; one that follows another has that from the first."""
    if found.properties.get("globalReplicationGroupId"):
        return
    for switch in _TLS_SWITCHES.get(found.type, ()):
        if found.properties.get(switch) is not True:
            yield f"{switch}: expected true; set `cacheTls: true` in the environment's configuration"


def buckets_take_tls_alone(declared: Sequence[Declaration]) -> Iterator[tuple[Declaration, str]]:
    """Each bucket has a policy that denies everybody everything without TLS."""
    refusing = {
        policy.properties.get("bucket")
        for policy in declared
        if policy.type == "aws:s3/bucketPolicy:BucketPolicy"
        and any(map(_denies_without_tls, statements_of(policy.properties.get("policy"))))
    }
    for bucket in declared:
        if bucket.type == "aws:s3/bucket:Bucket" and bucket.properties.get("id") not in refusing:
            yield bucket, "no bucket policy denies `aws:SecureTransport: false`; add one"


def _denies_without_tls(statement: Mapping[str, Any]) -> bool:
    [insecure] = values_at(statement, "Condition.Bool")
    return (
        statement.get("Effect") == "Deny"
        and "s3:*" in listed(statement.get("Action"))
        and isinstance(insecure, Mapping)
        and insecure.get("aws:SecureTransport") == "false"
    )
