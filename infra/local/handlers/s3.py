"""Buckets, what is said about them, and objects."""

from pathlib import Path
from typing import Any

import pulumi

from headwater.errors import LocalCloudError
from infra.local.handlers.registry import Cloud, Created, Inputs, creates, document


@creates("aws:s3/bucket:Bucket")
def create_bucket(cloud: Cloud, inputs: Inputs) -> Created:
    """Create a bucket."""
    name = inputs["bucket"]
    request: dict[str, Any] = {"Bucket": name}
    if cloud.region != "us-east-1":
        request["CreateBucketConfiguration"] = {"LocationConstraint": cloud.region}
    cloud.client("s3").create_bucket(**request)
    return Created(name, {"arn": f"arn:aws:s3:::{name}"})


@creates("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock")
def block_public_access(cloud: Cloud, inputs: Inputs) -> Created:
    """Close a bucket to the public."""
    cloud.client("s3").put_public_access_block(
        Bucket=inputs["bucket"],
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": inputs["blockPublicAcls"],
            "BlockPublicPolicy": inputs["blockPublicPolicy"],
            "IgnorePublicAcls": inputs["ignorePublicAcls"],
            "RestrictPublicBuckets": inputs["restrictPublicBuckets"],
        },
    )
    return Created(inputs["bucket"], {})


@creates("aws:s3/bucketVersioning:BucketVersioning")
def set_versioning(cloud: Cloud, inputs: Inputs) -> Created:
    """Keep old versions of objects."""
    status = inputs["versioningConfiguration"]["status"]
    cloud.client("s3").put_bucket_versioning(
        Bucket=inputs["bucket"], VersioningConfiguration={"Status": status}
    )
    return Created(inputs["bucket"], {})


@creates("aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration")
def set_encryption(cloud: Cloud, inputs: Inputs) -> Created:
    """Encrypt objects by default."""
    rules = [
        {
            "ApplyServerSideEncryptionByDefault": {
                "SSEAlgorithm": rule["applyServerSideEncryptionByDefault"]["sseAlgorithm"],
                "KMSMasterKeyID": rule["applyServerSideEncryptionByDefault"]["kmsMasterKeyId"],
            },
            "BucketKeyEnabled": rule["bucketKeyEnabled"],
        }
        for rule in inputs["rules"]
    ]
    cloud.client("s3").put_bucket_encryption(
        Bucket=inputs["bucket"], ServerSideEncryptionConfiguration={"Rules": rules}
    )
    return Created(inputs["bucket"], {})


@creates("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration")
def set_lifecycle(cloud: Cloud, inputs: Inputs) -> Created:
    """Say when objects go."""
    cloud.client("s3").put_bucket_lifecycle_configuration(
        Bucket=inputs["bucket"], LifecycleConfiguration={"Rules": [_rule(rule) for rule in inputs["rules"]]}
    )
    return Created(inputs["bucket"], {})


def _rule(rule: Inputs) -> dict[str, Any]:
    made: dict[str, Any] = {
        "ID": rule["id"],
        "Status": rule["status"],
        "Filter": {"Prefix": rule["filter"].get("prefix", "")},
    }
    if "expiration" in rule:
        made["Expiration"] = {"Days": int(rule["expiration"]["days"])}
    if "abortIncompleteMultipartUpload" in rule:
        days = int(rule["abortIncompleteMultipartUpload"]["daysAfterInitiation"])
        made["AbortIncompleteMultipartUpload"] = {"DaysAfterInitiation": days}
    if "noncurrentVersionExpiration" in rule:
        days = int(rule["noncurrentVersionExpiration"]["noncurrentDays"])
        made["NoncurrentVersionExpiration"] = {"NoncurrentDays": days}
    return made


@creates("aws:s3/bucketPolicy:BucketPolicy")
def set_policy(cloud: Cloud, inputs: Inputs) -> Created:
    """Give a bucket its policy."""
    cloud.client("s3").put_bucket_policy(Bucket=inputs["bucket"], Policy=document(inputs["policy"]))
    return Created(inputs["bucket"], {})


@creates("aws:s3/bucketObjectv2:BucketObjectv2")
def put_object(cloud: Cloud, inputs: Inputs) -> Created:
    """Put a file or a text into a bucket, encrypted with a key."""
    cloud.client("s3").put_object(
        Bucket=inputs["bucket"],
        Key=inputs["key"],
        Body=_body(inputs),
        ServerSideEncryption=inputs["serverSideEncryption"],
        SSEKMSKeyId=inputs["kmsKeyId"],
        BucketKeyEnabled=inputs["bucketKeyEnabled"],
    )
    return Created(inputs["key"], {})


def _body(inputs: Inputs) -> bytes:
    if "source" not in inputs:
        return document(inputs["content"]).encode()
    source = inputs["source"]
    if not isinstance(source, pulumi.FileAsset):
        raise LocalCloudError(
            f"object {inputs['key']!r}: source is a {type(source).__name__}, expected the path of a file; use FileAsset"
        )
    return Path(source.path).read_bytes()
