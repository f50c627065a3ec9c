"""Why some permissions are as wide as they are. What is not here is refused."""

_INTERFACE = "an interface has no ARN before it is there, and Lambda and Glue add no condition of their own"
_LOOK = "EC2 takes no resource for Describe actions"
_DELIVERY = "the delivery of logs is set up account-wide; AWS takes no resource"
_TRACES = "X-Ray takes no resource for sending traces and reading sampling rules"
_TAGS = "what has which tags is looked up account-wide; AWS takes no resource"
_BACKUP = "AWS Backup looks around before it looks at one: AWS takes no resource"
_LAKE = "Lake Formation decides by its own grants on tables; AWS takes no resource"

ON_EVERYTHING = {
    "ec2:CreateNetworkInterface": _INTERFACE,
    "ec2:DeleteNetworkInterface": _INTERFACE,
    "ec2:AssignPrivateIpAddresses": _INTERFACE,
    "ec2:UnassignPrivateIpAddresses": _INTERFACE,
    "cloudwatch:DescribeAlarms": "whoever may see some alarms alone is shown no composite ones",
    "cloudwatch:GetMetricData": "CloudWatch takes no resource for reading metrics",
    "ec2:DescribeManagedPrefixLists": _LOOK,
    "ec2:DescribeNetworkAcls": _LOOK,
    "ec2:DescribeNetworkInterfaces": _LOOK,
    "ec2:DescribeRouteTables": _LOOK,
    "ec2:DescribeSecurityGroups": _LOOK,
    "ec2:DescribeSubnets": _LOOK,
    "ec2:DescribeVpcAttribute": _LOOK,
    "ec2:DescribeVpcEndpoints": _LOOK,
    "ec2:DescribeVpcs": _LOOK,
    "events:ListRules": _BACKUP,
    "cloudwatch:PutMetricData": "CloudWatch takes no resource for publishing",
    "glue:GetSecurityConfiguration": "Glue takes no resource for reading a security configuration",
    "lakeformation:GetDataAccess": _LAKE,
    "logs:CreateLogDelivery": _DELIVERY,
    "logs:GetLogDelivery": _DELIVERY,
    "logs:UpdateLogDelivery": _DELIVERY,
    "logs:DeleteLogDelivery": _DELIVERY,
    "logs:ListLogDeliveries": _DELIVERY,
    "logs:PutResourcePolicy": _DELIVERY,
    "logs:DescribeResourcePolicies": _DELIVERY,
    "logs:DescribeLogGroups": _DELIVERY,
    "s3:ListAllMyBuckets": "it lists them all: AWS takes no resource",
    "tag:GetResources": _TAGS,
    "xray:PutTraceSegments": _TRACES,
    "xray:PutTelemetryRecords": _TRACES,
    "xray:GetSamplingRules": _TRACES,
    "xray:GetSamplingTargets": _TRACES,
}
"""Actions that may be allowed on ``*``, each with the reason."""

KEY_POLICY_ACTIONS = {
    "kms:GenerateDataKey*": "with and without plaintext: services choose",
    "kms:ReEncrypt*": "from and to: one operation has two permissions",
}
"""Families of actions that a key's policy may name."""

OPEN_ROUTES = {
    "GET /health": "health checks cannot sign; the answer is a status and nothing else",
    "GET /leads": "the same",
}
"""Routes of an API that may be asked without a signature, each with the reason."""
