"""What the rules of `infra.terraform.naming` cannot tell. Everything that is special about a type stands here."""

TYPES = {
    "aws:s3/bucketObjectv2:BucketObjectv2": "aws_s3_object",
    "aws:cloudtrail/trail:Trail": "aws_cloudtrail",
    "aws:s3/bucketReplicationConfig:BucketReplicationConfig": "aws_s3_bucket_replication_configuration",
}
"""Types whose names follow no rule."""

MODULES = {"costexplorer": "ce"}
"""Services that Terraform calls otherwise, by Pulumi's name."""

RENAMED = {
    ("aws_lambda_function", "name"): "function_name",
    ("aws_lambda_function", "code"): "filename",
    ("aws_lambda_permission", "function"): "function_name",
    ("aws_cloudwatch_metric_alarm", "name"): "alarm_name",
    ("aws_cloudwatch_composite_alarm", "name"): "alarm_name",
}
"""Properties that Pulumi calls otherwise, by the type's name in Terraform and the property's in Pulumi."""

ONE_OBJECT = {
    ("aws_acm_certificate", "domain_validation_options"),
    ("aws_elasticache_serverless_cache", "endpoint"),
}
"""Attributes that are lists or sets of exactly one object: a program may take that one, and texts in it, apart."""

MADE_IN_BLOCK = {
    ("aws_apigatewayv2_domain_name", "domain_name_configuration"): ("target_domain_name", "hosted_zone_id")
}
"""Texts that the provider puts into a block of which there is one, beside what the program gave."""

DIGESTS = {
    ("aws_lambda_function", "filename"): ("source_code_hash", "filebase64sha256"),
    ("aws_s3_object", "source"): ("source_hash", "filemd5"),
}
"""For what is a file: the attribute that makes a new content a change, and the function that computes it.

Pulumi sees what an archive or asset holds; Terraform sees only its path.
"""

BEYOND_PROVIDER: dict[tuple[str, str], str] = {}
"""Properties of resources that the judging provider is too old for, by type and Pulumi's name, with the reason.

They are left out of the export, and the report of the conformance run lists every resource that has one.
"""

TYPES_BEYOND_PROVIDER = {"aws:arcregionswitch/plan:Plan": "Region switch came to the provider with release 6"}
"""Types of resources that the judging provider is too old for, with the reason. They are left out and listed likewise.

Nothing that is exported may use what one of them puts out: that is refused.
"""

MADE_FIRST = {"aws_acm_certificate"}
"""Types of which the new one is made before the old one goes, because that is in use. Pulumi does so unless told otherwise."""
